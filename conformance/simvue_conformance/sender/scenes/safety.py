"""What must not happen to people: tokens in files, control characters on terminals, files of others on servers.

Tests: tests/conformance/sender/test_scenes.py.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from simvue_conformance.sender.scene import DONE, Scene
from simvue_conformance.sender.site import TOKEN, Forward, Reply, Request

__all__ = ["artifacts", "links", "secrets", "terminal", "unwritable"]

NOBODY = 65534
ON_A_TERMINAL = (
    sys.executable,
    "-c",
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))",
)
WITHOUT_FILES = (
    sys.executable,
    "-c",
    """import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
os.execvp(sys.argv[1], sys.argv[1:])""",
)
POISON = "POISON"
POISONED = (f"\x1b]0;{POISON}\x07", f"\x9b31m{POISON}")
"""What must not reach a terminal as it is: a title, and a colour by a control character beyond ASCII."""
RAW = [text.encode() for text in POISONED]
GUARANTEES = (b"exactly-once/keyed", b"exactly-once/reconciled", b"at-least-once")


def _refusals(detail: str, codes: list[int]) -> object:
    """Return a rule that answers the first changes of runs with these codes, each with this detail."""
    left = list(codes)

    def rule(request: Request, forward: Forward) -> Reply:
        if request.method == "PUT" and "/runs/" in request.path and "metadata" in request.members and left:
            return Reply(left.pop(0), json.dumps({"detail": detail}).encode())
        return forward()

    return rule


def secrets(scene: Scene) -> None:
    """Answer with errors that repeat the token: it is in no file and in no output."""
    for number in range(3):
        journal = scene.cache.run(f"run-{number}").add("metadata", values={"a": 1}).metrics(0, 3)
        journal.add("event", message="of the scene").end()
    scene.site.rule = _refusals(f"Authorization: Bearer {TOKEN} was wrong", [500, 422, 401])  # type: ignore[assignment]
    for _ in range(3):
        scene.once()
        scene.once(wrapped=ON_A_TERMINAL)


def terminal(scene: Scene) -> None:
    """Deliver names and answers with control characters, on a terminal and off it."""
    hostile = " and ".join(POISONED)
    scene.cache.journal("named").add("run", name=hostile).add("event", message=hostile).end()
    scene.cache.run("measured").add("metrics", values={hostile: 1.0}, step=0, time=0.0).end()
    scene.cache.run("answered").add("metadata", values={"a": 1}).end()
    scene.cache.run("attached").add("artifact", name=hostile, category="input", path=f"/nowhere/{hostile}")
    scene.cache.run("kind").add("alert", name=hostile, source="user").append(b'{"kind":"\x1b]0;POISON\x07"}\n').end()
    scene.site.rule = _refusals(hostile, [422])  # type: ignore[assignment]
    outputs = []
    for wrapped in (ON_A_TERMINAL, (), ON_A_TERMINAL):
        ended = scene.once(wrapped=wrapped)
        outputs += [ended.stdout, ended.stderr]
    for output in outputs:
        for raw in RAW:
            scene.require(
                raw not in output,
                "DLV-048",
                f"{raw!r} of a journal or an answer was printed as it is: escape control characters, "
                "U+0080 to U+009F too",
            )
    said = b"".join([*outputs, *(content for _, content in scene.cache.files())])
    scene.require(
        any(guarantee in said for guarantee in GUARANTEES),
        "DLV-026",
        "no output and no file of the cache says which guarantee is in force: say exactly-once/keyed, "
        "exactly-once/reconciled or at-least-once",
    )


def links(scene: Scene) -> None:
    """Put links, a pipe, a directory and files with other names among the journals: they are passed over."""
    outside = scene.cache.directory.parent / "outside"
    outside.mkdir()
    directory = scene.cache.directory / "journals"
    for number, name in enumerate(("link.jsonl", ".hidden.jsonl", "a blank.jsonl", "journal.txt", "foreign.jsonl")):
        journal = scene.cache.journal(f"bait-{number}").add("run", name=name).end()
        scene.cache.journals.remove(journal)
        journal.path.rename(outside / name if name == "link.jsonl" else directory / name)
    (directory / "link.jsonl").symlink_to(outside / "link.jsonl")
    if os.geteuid() == 0:
        os.chown(directory / "foreign.jsonl", NOBODY, -1)
    else:
        (directory / "foreign.jsonl").unlink()
    os.mkfifo(directory / "pipe.jsonl")
    (directory / "directory.jsonl").mkdir()
    (outside / "secret").write_bytes(b"of somebody else")
    (outside / "link").symlink_to(outside / "secret")
    good = scene.cache.run("good").metrics(0, 3)
    plain = scene.expected([good])
    good.add("artifact", name="link", category="input", path=str(outside / "link"))
    for _ in range(2):
        scene.once()
    held = scene.held()
    read = sorted(str(run.name) for run in held.values() if str(run.name).endswith(("l", "t")))
    linked = [name for name in read if name in {"link.jsonl", "foreign.jsonl"}]
    scene.require(not linked, "DLV-045", f"{linked} in journals was read: follow no link, read own files only")
    others = [name for name in read if name not in {"link.jsonl", "foreign.jsonl"}]
    scene.require(not others, "JRN-003", f"{others} in journals was read: pass over what has no name of a journal")
    secret = hashlib.sha256(b"of somebody else").hexdigest()
    sent = [each for run in held.values() for each in run.artifacts if each.sha256 == secret]
    scene.require(not sent, "DLV-045", "an artifact was read through a link: open its path without following one")
    scene.look(plain, {key: run for key, run in held.items() if key == "good"}, without=["artifacts"])


def artifacts(scene: Scene) -> None:
    """Name files that are missing or are not what the record says: others do not wait, and they come later."""
    place = scene.cache.directory.parent
    contents = {name: name.encode() * 20 for name in ("good", "missing", "other", "longer")}
    journal = scene.cache.run("artifacts")
    for name, content in contents.items():
        sha256 = {"sha256": hashlib.sha256(content).hexdigest()} if name != "longer" else {"size": len(content)}
        journal.add("artifact", name=name, category="output", path=str(place / name), **sha256)
    journal.metrics(0, 3).add("event", message="after")
    (place / "good").write_bytes(contents["good"])
    (place / "other").write_bytes(contents["other"].swapcase())
    (place / "longer").write_bytes(contents["longer"] + b"!")
    for _ in range(2):
        scene.once()
    wanted = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    held = scene.held()
    there = {each.name: each.sha256 for run in held.values() for each in run.artifacts if each.sha256 != "nothing"}
    wrong = {name: sha256 for name, sha256 in there.items() if sha256 != wanted[name]}
    scene.require(not wrong, "DLV-046", f"{sorted(wrong)} were uploaded with other content than their records say")
    marked = [request for request in scene.site.requests("PUT", "^/api/artifacts/[^/]+$") if request.status == 200]
    scene.require(
        len(marked) <= 1, "DLV-046", f"{len(marked)} artifacts were marked as uploaded, and one file is as recorded"
    )
    for name, content in contents.items():
        Path(place / name).write_bytes(content)
    scene.look(scene.expected(), held, lost="DLV-070", without=["artifacts"])
    journal.end()
    scene.finish()
    scene.look(lost="DLV-070")


def unwritable(scene: Scene) -> None:
    """Let no file grow: a sender that cannot write its state sends nothing."""
    scene.cache.run("unwritable").metrics(0, 5).add("event", message="one").end()
    ended = scene.once(wrapped=WITHOUT_FILES)
    sent = [request.target for request in scene.site.requests() if request.method in {"POST", "PUT"}]
    scene.require(not sent, "DLV-005", f"{sent[:3]} were sent though no file could be written: write the state first")
    scene.require(ended.code != DONE, "SND-004", "the call ended with exit code 0 though its state cannot be written")
    scene.finish()
    scene.look()
