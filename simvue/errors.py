"""Every error that simvue raises on purpose, in one tree.

The branches follow whose fault it is: the configuration, a journal, the machine that writes, the network,
another sender. Turning an error into an exit code or a log line is left to whoever catches it.
Tests: tests/test_errors.py.
"""

__all__ = [
    "ConfigurationError",
    "JournalEnded",
    "JournalError",
    "LeaseLost",
    "NoAnswer",
    "NotOurs",
    "SimvueError",
    "SimvueRunError",
    "StateUnwritable",
    "TlsFailure",
    "Unauthorised",
    "Unreachable",
    "WriterError",
]


class SimvueError(Exception):
    """Anything that simvue raises on purpose."""


class SimvueRunError(SimvueError, RuntimeError):
    """A method of a run was used in a state, or with a value, that the run does not allow."""


class ConfigurationError(SimvueError):
    """A setting is missing or cannot be used; the message names the setting and what to write there."""


class JournalError(SimvueError):
    """A journal breaks a requirement of the specification."""

    def __init__(self, requirement: str, problem: str, line: int) -> None:
        super().__init__(requirement, problem, line)  # all of them, in order: it pickles
        self.requirement, self.problem, self.line = requirement, problem, line

    def __str__(self) -> str:
        return f"line {self.line}: {self.problem} [{self.requirement}]"


class WriterError(SimvueError):
    """A journal cannot be written: a value that no record can hold, or a disk that takes no more."""


class JournalEnded(WriterError):  # noqa: N818 - says what came too late
    """A record comes after the end of its journal, from a thread that did not know: it is not written."""


class NotOurs(SimvueError, OSError):  # noqa: N818 - says whose the file is; catch it as OSError
    """A path is no plain file of our own: a link, a pipe, another user's file (errno, problem, path)."""


class Unreachable(SimvueError):  # noqa: N818 - the design's word for it
    """The server could not be reached, so nothing was sent: name, refusal, or time-out while connecting."""


class TlsFailure(Unreachable):
    """The server did not prove who it is, so nothing was sent; configure its CA certificate."""


class NoAnswer(SimvueError):  # noqa: N818 - the design's word for it
    """A request was sent and no usable answer came, so the server may or may not have applied it."""


class Unauthorised(SimvueError):  # noqa: N818 - named like the server's answer
    """The server refused the token (401) or its permission (403); renew the token, nothing was discarded."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(status, problem)
        self.status, self.problem = status, problem

    def __str__(self) -> str:
        return f"the server answered {self.status}: {self.problem}; check the token and its permissions"


class LeaseLost(SimvueError):  # noqa: N818 - the event, not a mistake
    """The right to deliver from a cache may have passed to another sender: send nothing more."""

    def __init__(self, epoch: int, problem: str) -> None:
        super().__init__(epoch, problem)
        self.epoch, self.problem = epoch, problem

    def __str__(self) -> str:
        return f"lease {self.epoch} is lost: {self.problem}; the next holder delivers what is left"


class StateUnwritable(SimvueError):  # noqa: N818 - the design's word for it
    """The sender's own state cannot be written, and without it nothing may be sent."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path, self.problem = path, problem

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.problem}; nothing is sent before: check space, quota, owner"
