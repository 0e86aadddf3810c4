"""Processes that a run starts and watches. What a process is, is in `simvue.executor`. Tests: tests/test_run_processes.py."""

from simvue.recording import Recording

__all__ = ["Processes"]


class Processes(Recording):
    """To be written."""
