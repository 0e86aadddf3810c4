"""The one interface through which delivery touches the world: files, HTTP, time, chance, its own process.

Everything above it is plain code that a simulator can run, and stop for ever between, or inside, any two
effects. So each member says what may be on disk if the process dies inside the call. The real world is
`simvue.delivery.os_world.OsWorld`; tests/delivery/test_os_world.py holds it to these words.

Paths are absolute. Every file and directory belongs to the user who runs delivery, and nobody else may write
there. Where a member promises *durable*, the promise outlives the loss of the node; otherwise only the death
of the process.
"""

from datetime import datetime
from typing import BinaryIO, Protocol

from simvue.core.http import Request, Response
from simvue.core.lease import Identity, NoStart

__all__ = ["World", "is_temporary", "temporary_name"]

_SUFFIX = ".new"


def temporary_name(name: str, unique: str) -> str:
    """Return the name under which `create` and `replace` prepare the file `name`, in the same directory."""
    return f".{name}.{unique}{_SUFFIX}"


def is_temporary(name: str) -> bool:
    """Whether a name in a listing is an unfinished file, left by a process that is at work or has died."""
    return name.startswith(".") and name.endswith(_SUFFIX)


class World(Protocol):
    """The effects of delivery. Members that touch files raise OSError for anything not named here."""

    def listdir(self, path: str) -> list[str]:
        """Return the sorted names in a directory, temporary ones included; none if it is missing.

        A shared filesystem may show the names of up to a minute ago.
        """

    def makedirs(self, path: str) -> None:
        """Create a directory and its missing parents with mode 0700; an existing one is left as it is.

        Death inside: some of the parents exist.
        """

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        """Return up to `size` bytes from `offset`, to the end if negative; fewer only where the file ends.

        The file is opened anew, so that data closed on another node before is seen.

        Raises:
            FileNotFoundError: There is no such file.
            NotOurs: It is no plain file of ours: a symbolic link, a pipe, hard-linked elsewhere, another
            user's.
        """

    def size(self, path: str) -> int:
        """Return the size of what the path itself names; raises FileNotFoundError if that is nothing.

        A shared filesystem may show an old size, so `read` decides where a file ends.
        """

    def append(self, path: str, data: bytes) -> None:
        """Add bytes at the end of a file in one write, creating it with mode 0600; not durable before `sync`.

        Death inside, or OSError: none, some or all of the bytes are there, but nothing else.
        """

    def sync(self, path: str) -> None:
        """Make the bytes of a file durable.

        After an OSError, no byte that came after the last success can be trusted.

        The name of a new file needs `sync_directory` as well.
        """

    def sync_directory(self, path: str) -> None:
        """Make the names in a directory durable. It does nothing where directories cannot be synchronised."""

    def create(self, path: str, data: bytes) -> bool:
        """Create a file with its content, durable, unless the name is taken: then return False.

        Of all who create one name at once, on any node, exactly one is told True. False may, after a lost
        answer, be told to the winner too; content that names its author settles it.

        Death inside, or OSError: no file or a whole one, and perhaps a temporary one beside it. Where the
        filesystem has no hard links: no file, or any first part of the content.
        """

    def replace(self, path: str, data: bytes) -> None:
        """Give a file new content, durable, creating it if need be.

        Death inside, or OSError: the old content or the new, whole, and perhaps a temporary file beside it.
        """

    def rename(self, old: str, new: str) -> None:
        """Move a file within one filesystem over whatever has the new name, durable; done already is success.

        Death inside: one of the names, never none; both after a lost write of the directories.
        """

    def unlink(self, path: str) -> None:
        """Remove a name; one that is not there is success. Death inside: there or not."""

    def remove_directory(self, path: str) -> bool:
        """Remove an empty directory; False where it holds something, True also where there was none.

        Whoever creates something in it at the same time either keeps it, or does not get it created.
        """

    def open_artifact(self, path: str) -> BinaryIO:
        """Open a file for reading, with the checks and errors of `read`; the caller closes it."""

    def request(self, request: Request) -> Response:
        """Carry out a request and return the complete answer, whatever its status.

        Death inside: the server has applied it, will apply it, or never sees it.

        Raises:
            Unreachable: Nothing was sent. `TlsFailure`, a kind of it, will not pass by itself.
            NoAnswer: It was sent, at least in part, and may have been applied.
        """

    def now(self) -> datetime:
        """Return the date and time in UTC: for people, never for deciding who waits how long."""

    def boottime(self) -> float:
        """Return seconds on a clock that no one sets and that runs on while the machine sleeps."""

    def sleep(self, seconds: float) -> None:
        """Wait; a signal may end it early by an exception."""

    def random(self) -> float:
        """Return a number from 0 up to, not including, 1, different in each process."""

    def identity(self) -> Identity:
        """Return who this process is."""

    def process_start(self, pid: int) -> int | NoStart:
        """Return the start of the process with this PID, as in `Identity.start_ticks`, or why there is none.

        Meaningful only for PIDs of this machine and PID namespace.
        """
