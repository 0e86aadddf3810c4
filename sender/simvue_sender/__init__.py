"""The cron program: one bounded pass over a cache, delivering every journal in it.

`entry` starts it and `idle` spares the start, `cli` is the command, `sweep` the pass, `crew` serves many runs at once,
`scan` finds journals, `receipts` puts delivered ones away, `report` and `told` say what happened, `dead` and `dead_cli`
are for records that were refused. How a journal is delivered is `simvue.delivery`, which online mode uses as well.
Tests: tests/sender/.
"""
