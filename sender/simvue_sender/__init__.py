"""The cron program: one bounded pass over a cache, delivering every journal in it.

`cli` is the command, `sweep` the pass, `scan` finds journals, `receipts` puts delivered ones away, `report` says what
happened. How a journal is delivered is `simvue.delivery`, which online mode uses as well. Tests: tests/sender/.
"""
