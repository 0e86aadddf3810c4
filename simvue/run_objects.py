"""Artifacts made of Python objects, of directories and of lists. Tests: tests/test_run_objects.py."""

from simvue.recording import Recording

__all__ = ["Saving"]


class Saving(Recording):
    """To be written."""
