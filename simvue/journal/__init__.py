"""The only place that opens a journal: reading, writing, checking."""
