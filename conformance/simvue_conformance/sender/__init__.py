"""The sender role: `CMD --cache DIR` delivers the journals of a cache, one pass each time it is called.

A scene writes journals, calls the sender until nothing is left, spoils requests or kills it meanwhile, and compares
what the server holds then. The command is described in SENDER-CLI.md. Tests: tests/conformance/sender/.
"""

from simvue_conformance.sender.scenes.table import places

__all__ = ["places"]
