"""The demonstration, `make demo`: `python -m docs.examples.demo`."""
