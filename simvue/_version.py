"""The version of the Python package (not of the journal format)."""

__version__ = "0.1.0"
