"""The role `online`: a program that records into a journal and delivers it at once (spec/v1/passthrough.md).

`CMD <scenario> <directory>` as in the role `writer`, with SIMVUE_MODE=online or offline (ONLINE-CLI.md). The reference
server is what it delivers to, any sender finishes what it leaves. Tests: tests/conformance/online/.
"""

from simvue_conformance.online.places import places

__all__ = ["places"]
