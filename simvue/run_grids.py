"""Metrics that are arrays on grids, and units of metrics. Tests: tests/test_run_grids.py."""

from simvue.recording import Recording

__all__ = ["Gridded"]


class Gridded(Recording):
    """To be written."""
