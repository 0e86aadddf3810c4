"""Programs that a run starts: their command lines, output files, exit statuses, and how they are ended.

How a failed program ends its run is left to `simvue.run.processes`. Tests: tests/test_executor.py.
"""

from simvue.executor.command import CommandNotFound, command_line, get_current_shell
from simvue.executor.executor import CompletionCallback, Executor, Trigger

__all__ = ["CommandNotFound", "CompletionCallback", "Executor", "Trigger", "command_line", "get_current_shell"]
