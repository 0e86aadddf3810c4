"""Record in a run what a program of any language writes into its logs, while it runs.

`Follower` is for Python programs, the command `simvue-follow` for everybody else.

    bytes ── tail ── parser (lines → patterns, tables, keyed, namelists) ── recorder ── Run

Everything between tail and recorder is pure.
"""

from simvue.follow.follower import Follower
from simvue.follow.found import Tally
from simvue.follow.rules import Rules

__all__ = ["Follower", "Rules", "Tally"]
