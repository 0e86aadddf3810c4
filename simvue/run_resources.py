"""Use of processor, memory, GPU and energy, measured beside the run. Tests: tests/test_run_resources.py."""

from simvue.recording import Recording

__all__ = ["Resources"]


class Resources(Recording):
    """To be written."""
