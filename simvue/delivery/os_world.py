"""The world as it is: the operating system's files, clocks and processes, and HTTP by a given transport.

It keeps the promises of `simvue.delivery.world.World` where a shared filesystem loses the answer to a call
that succeeded, and reads nothing through a name that someone could have pointed elsewhere. What a lost answer
leaves undecided goes to the caller as OSError. HTTP itself is left to `simvue.server`.
Tests: tests/delivery/test_os_world.py, tests/delivery/test_os_world_names.py.
"""

# This is the one place that wants the system calls themselves, on plain paths.
# ruff: noqa: PTH102, PTH104, PTH106, PTH108, PTH112, PTH115, PTH118, PTH120, PTH123, PTH208

import errno
import os
import secrets
import stat
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from simvue.core.http import Request, Response, Transport
from simvue.core.lease import Identity, NoStart
from simvue.delivery.world import World, is_temporary, temporary_name
from simvue.errors import ConfigurationError, NotOurs

__all__ = ["OsWorld", "open_artifact"]

_CHUNK = 1 << 20
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EACCES}
_NO_DIRECTORY_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: else opening a pipe that someone put there waits for its other end.
_PLAIN = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
# Every machine's first time namespace has this number; in another one the clocks since boot differ.
_FIRST_TIME_NAMESPACE = "time:[4026531834]"


def open_artifact(path: str) -> BinaryIO:
    """Open a plain file of our own for reading; raises `NotOurs` for any other (`World.read`)."""
    return os.fdopen(_open_own(path, os.O_RDONLY), "rb")


class OsWorld(World):
    """The real effects.

    `transport` carries out requests; without one, delivery is offline. `link` makes hard links: a filesystem
    without them refuses, and then names are claimed by exclusive creation.
    """

    def __init__(self, transport: Transport | None = None, *, link: Callable[[str, str], None] = os.link) -> None:
        self._transport = transport
        self._link = link
        self._chance = secrets.SystemRandom()

    def listdir(self, path: str) -> list[str]:
        """Return the sorted names in a directory."""
        try:
            return sorted(os.listdir(path))
        except FileNotFoundError:
            return []

    def makedirs(self, path: str) -> None:
        """Create a directory and its missing parents, each with mode 0700."""
        try:
            os.mkdir(path, 0o700)
        except FileNotFoundError:
            self.makedirs(os.path.dirname(path))
            self.makedirs(path)
        except FileExistsError:
            if not os.path.isdir(path):
                raise

    def read(self, path: str, offset: int = 0, size: int = -1) -> bytes:
        """Return bytes of a plain file of our own, opened anew."""
        descriptor = _open_own(path, os.O_RDONLY)
        try:
            return _read(descriptor, offset, size)
        finally:
            os.close(descriptor)

    def size(self, path: str) -> int:
        """Return the size of what the path itself names."""
        return os.lstat(path).st_size

    def append(self, path: str, data: bytes) -> None:
        """Add bytes at the end of a file in one write."""
        descriptor = _open_own(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with _closing(descriptor):
            _write(descriptor, data, path)

    def sync(self, path: str) -> None:
        """Make the bytes of a file durable."""
        with _closing(_open_own(path, os.O_WRONLY)) as descriptor:
            os.fsync(descriptor)

    def sync_directory(self, path: str) -> None:
        """Make the names in a directory durable."""
        with _closing(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)) as descriptor:
            try:
                os.fsync(descriptor)
            except OSError as error:
                if error.errno not in _NO_DIRECTORY_SYNC:
                    raise

    def create(self, path: str, data: bytes) -> bool:
        """Create a file with its content unless the name is taken."""
        temporary = self._prepare(path, data)
        try:
            outcome = self._claim(temporary, path)
        finally:
            self.unlink(temporary)
        if outcome is None:
            outcome = _create_exclusively(path, data)
        if outcome:
            self.sync_directory(os.path.dirname(path))
        return outcome

    def replace(self, path: str, data: bytes) -> None:
        """Give a file new content."""
        temporary = self._prepare(path, data)
        try:
            self.rename(temporary, path)
        except OSError:
            self.unlink(temporary)
            raise

    def rename(self, old: str, new: str) -> None:
        """Move a file over whatever has the new name."""
        try:
            os.rename(old, new)
        except FileNotFoundError:
            # A repeated request after a lost answer finds the old name gone: the first one did it.
            os.lstat(new)
        self.sync_directory(os.path.dirname(new))
        if os.path.dirname(old) != os.path.dirname(new):
            self.sync_directory(os.path.dirname(old))

    def unlink(self, path: str) -> None:
        """Remove a name, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(path)

    def remove_directory(self, path: str) -> bool:
        """Remove an empty directory."""
        try:
            os.rmdir(path)
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
                return False
            raise
        return True

    def open_artifact(self, path: str) -> BinaryIO:
        """Open a plain file of our own for reading."""
        return open_artifact(path)

    def request(self, request: Request) -> Response:
        """Hand a request to the transport."""
        if self._transport is None:
            raise ConfigurationError("no server is configured: set its URL and token to deliver")
        return self._transport(request)

    def now(self) -> datetime:
        """Return the date and time in UTC."""
        return datetime.now(UTC)

    def boottime(self) -> float:
        """Return seconds since boot, or monotonic ones where the system has no such clock."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def random(self) -> float:
        """Return a number from the system's source, which a fork does not repeat."""
        return self._chance.random()

    def identity(self) -> Identity:
        """Return who this process is, as far as the system tells."""
        start = self.process_start(os.getpid())
        return Identity(
            host=os.uname().nodename,
            boot_id=_boot_id(),
            pid_namespace=_pid_namespace(),
            pid=os.getpid(),
            start_ticks=start if isinstance(start, int) else 0,
            uid=os.geteuid(),
        )

    def process_start(self, pid: int) -> int | NoStart:
        """Return the clock tick since boot at which a process was started."""
        try:
            os.kill(pid, 0)  # no signal; asked first because /proc may hide processes that live
        except ProcessLookupError:
            return NoStart.GONE
        except (OSError, OverflowError):
            return NoStart.UNKNOWN
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                return _start_in(file.read())
        except (OSError, ValueError, IndexError):
            return NoStart.UNKNOWN

    def _prepare(self, path: str, data: bytes) -> str:
        directory, name = os.path.split(path)
        temporary = os.path.join(directory, temporary_name(name, secrets.token_hex(8)))
        try:
            with _closing(os.open(temporary, _NEW, 0o600)) as descriptor:
                _write(descriptor, data, temporary)
                os.fsync(descriptor)
        except OSError:
            self.unlink(temporary)
            raise
        return temporary

    def _claim(self, temporary: str, path: str) -> bool | None:
        """Whether the file now has this name through us, or None if the filesystem has no hard links."""
        try:
            self._link(temporary, path)
        except OSError as error:
            # The answer may be lost and the repeated request refused: two names mean that the first one
            # worked.
            if os.lstat(temporary).st_nlink == 2:
                return True
            if isinstance(error, FileExistsError):
                return False
            if error.errno in _NO_LINKS:
                return None
            raise
        if stat.S_ISLNK(os.lstat(path).st_mode):
            # BeeGFS can be set up to make symbolic links instead; the name is ours all the same.
            os.rename(temporary, path)
        return True


class _closing:  # noqa: N801 - reads as a verb, like contextlib.closing
    """Closes a descriptor and lets its error through: on NFS it may be the first news of a full disk."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _open_own(path: str, flags: int) -> int:
    # More than once: an NFS client may still count the second name of a file that `create` has just finished.
    for _ in range(3):
        try:
            descriptor = os.open(path, flags | _PLAIN, 0o600)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EISDIR}:
                raise NotOurs(error.errno, "not a plain file: a link, pipe, socket or directory", path) from error
            raise
        try:
            problem = _problem(descriptor, path)
        except OSError:
            os.close(descriptor)
            raise
        if problem is None:
            return descriptor
        os.close(descriptor)
    raise NotOurs(errno.EPERM, problem, path)


def _problem(descriptor: int, path: str) -> str | None:
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        return "not a plain file: a pipe, device or directory"
    if facts.st_uid != os.geteuid():
        return f"owned by user {facts.st_uid}, not by us"
    # A second name elsewhere may be a file that someone wants us to read for them. A temporary name is
    # `create`'s, at work or dead in the middle. It disappears meanwhile at most, so the count is taken after
    # it was looked for.
    if facts.st_nlink > 1:
        names = 1 + _count_temporaries(path, facts)
        if os.fstat(descriptor).st_nlink > names:
            return "it has another name elsewhere (a hard link): copy it instead"
    return None


def _count_temporaries(path: str, facts: os.stat_result) -> int:
    directory, name = os.path.split(path)
    count = 0
    for other in os.listdir(directory):
        if is_temporary(other) and other.startswith(f".{name}."):
            with suppress(FileNotFoundError):
                count += os.path.samestat(os.lstat(os.path.join(directory, other)), facts)
    return count


def _read(descriptor: int, offset: int, size: int) -> bytes:
    pieces: list[bytes] = []
    while size:
        piece = os.pread(descriptor, _CHUNK if size < 0 else min(size, _CHUNK), offset)
        if not piece:
            break
        pieces.append(piece)
        offset += len(piece)
        size -= len(piece) if size > 0 else 0
    return b"".join(pieces)


def _write(descriptor: int, data: bytes, path: str) -> None:
    count = os.write(descriptor, data)
    if count != len(data):
        raise OSError(errno.EIO, f"only {count} of {len(data)} bytes were written; is the disk or quota full?", path)


def _create_exclusively(path: str, data: bytes) -> bool:
    try:
        descriptor = os.open(path, _NEW, 0o600)
    except FileExistsError:
        return False
    try:
        with _closing(descriptor):
            _write(descriptor, data, path)
            os.fsync(descriptor)
    except OSError:
        with suppress(OSError):  # the first error says more
            os.unlink(path)
        raise
    return True


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot_id = file.read().strip()
    except OSError:
        # Boots are not told apart then, but a boot only sets the clock back: a wait grows, never shrinks.
        return f"node-{uuid.getnode():012x}"
    namespace = _namespace("time")
    return boot_id if namespace in {"", _FIRST_TIME_NAMESPACE} else f"{boot_id} {namespace}"


def _pid_namespace() -> str:
    try:
        # /proc may be another namespace's: then PIDs looked up there are not the ones we know.
        if os.readlink("/proc/self") != str(os.getpid()):
            return ""
    except OSError:
        return ""
    return _namespace("pid")


def _namespace(kind: str) -> str:
    try:
        return os.readlink(f"/proc/self/ns/{kind}")
    except OSError:
        return ""


def _start_in(status: bytes) -> int | NoStart:
    # The name in parentheses may hold anything; what follows it is numbered from 3 in proc(5).
    fields = status[status.rindex(b")") + 2 :].split()
    state, threads, start = fields[0], int(fields[17]), int(fields[19])
    if state in b"ZXx" and threads <= 1:  # a dead main thread may have living ones
        return NoStart.GONE
    return start
