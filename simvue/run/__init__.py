"""Run, and the parts that it is composed of: how it is made, what it records, how it lives and ends.

`run` has the class, `recording` what every part builds on; `life` calls the parts at the turns of a run's life.
Delivery is left to `simvue.delivery`, the journal to `simvue.journal`. Tests: tests/run/.
"""

from simvue.run.run import FOLDER_REGEX, Run, SimvueRunError, get_system

__all__ = ["FOLDER_REGEX", "Run", "SimvueRunError", "get_system"]
