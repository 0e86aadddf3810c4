"""The reader role: journals in, verdicts out.

The command is described in conformance/READER-CLI.md. Tests: tests/conformance/reader/.
"""

from simvue_conformance.reader.places import places

__all__ = ["places"]
