"""The role `writer`: programs that record, called as `CMD <scenario> <directory>`; see WRITER-CLI.md.

The module for each group of scenarios has its name; `journals` has what every journal owes.
Tests: tests/conformance/writer/.
"""

from simvue_conformance.writer.places import places

__all__ = ["places"]
