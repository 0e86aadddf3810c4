"""The rules without the world: bytes, values and `now` come in, verdicts and decisions go out.

Nothing here opens a file, sends a request or reads a clock.
"""
