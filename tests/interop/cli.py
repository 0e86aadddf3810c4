"""Run the commands of the published `simvue-cli` on top of this package, against the reference server.

The published packages are not dependencies of this one, so this is a script and not a test. Run it with the Python of
an environment that holds this package with the extra `server`, `simvue-cli` 1.4.0 and what that needs:

    python tests/interop/cli.py
    python tests/interop/cli.py --wheels DIR    # make such an environment, with simvue_cli-*.whl from there

It prints one line for each command, and ends with 1 if any of them fails or shows something else than it should.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simvue_conformance.server.process import ServerProcess, running_server

CHECKOUT = Path(__file__).parents[2]
NEEDS = (
    "click>=8.1.8",
    "click-option-group>=0.5.7",
    "click-params>=0.5",
    "flatdict",  # this and the next it has from the published client
    "pydantic-extra-types",
    "more-itertools>=10.8",
    "pydantic>=2.11",
    "regex",
    "requests",
    "tabulate",
    "toml",
    "tqdm",
)
PATIENCE = 120
_ADMIN = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDB9.bm8gb25lIGxvb2tz"  # the form of a token, good until 2100


@dataclass
class Session:
    """Runs commands one after another, and remembers which did not do what they should."""

    python: Path
    server: ServerProcess
    home: Path
    token: str
    failures: list[str] = field(default_factory=list)

    def run(self, *words: str, shows: str = "", given: str = "", fails: bool = False, seconds: float = PATIENCE) -> str:
        """Run one command; `shows` is a pattern that its output must have. Return the output."""
        command = [str(self.python.parent / "simvue"), "--plain", *words]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIMVUE_", "PYTHON"))}
        environment |= {"HOME": str(self.home), "SIMVUE_URL": self.server.url, "SIMVUE_TOKEN": self.token}
        begin = time.monotonic()
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            cwd=self.home,
            env=environment,
            timeout=seconds,
            check=False,
        )
        output = done.stdout + done.stderr
        is_good = bool(done.returncode) is fails and re.search(shows, output) is not None
        print(f"{'ok  ' if is_good else 'FAIL'} {time.monotonic() - begin:5.1f} s  simvue {' '.join(words)}")
        if not is_good:
            self.failures.append(" ".join(words))
            print(f"     exit {done.returncode}, wanted {shows!r} in:\n{output[-600:]}")
        return done.stdout.strip()

    def held(self, path: str) -> dict[str, object]:
        """Return what the server holds."""
        _, _, body = self.server.request("GET", f"/api/{path}", self.server.authorization)
        found: dict[str, object] = json.loads(body)
        return found

    def expect(self, what: str, *, holds: object) -> None:
        """Note what must be true on the server after the commands."""
        print(f"{'ok  ' if holds else 'FAIL'}          {what}")
        if not holds:
            self.failures.append(what)


def about(session: Session) -> None:
    session.run("whoami", shows=r"user01\(tenant01\)")
    session.run("about", shows=r"Server Version:\s+1\.\d+\.\d+")
    session.run("ping", "-t", "1", shows="Reply from", seconds=20)
    session.run("config", "show", shows=re.escape(session.server.url))


def life_of_a_run(session: Session) -> None:
    create = ["run", "create", "--name", "first", "--folder", "/cli/a", "--tag", "cli", "--description", "words"]
    run = session.run(*create, "--environment", shows=r"\w{22}")
    session.run("run", "log.metrics", run, '{"x": 1.5, "y": 2}')
    session.run("run", "log.metrics", run, '{"x": 2.5}')
    session.run("run", "log.event", run, "something happened")
    session.run("run", "metadata", run, '{"answer": 42}')
    session.run("run", "json", run, shows='"first"')
    session.run("run", "list", "--name", "--folder", "--status", "--tags", "--created", "-m", "answer", shows="first")
    session.run("run", "list", "--count", "5", "-F", "name~irs", shows=run)
    session.run("run", "close", run)
    found = session.held(f"runs/{run}")
    session.expect("the closed run is completed", holds=found["status"] == "completed")
    session.expect("its metadata is there", holds=found["metadata"].get("answer") == 42)  # type: ignore[attr-defined]
    session.expect("its metrics are there", holds=set(found["metrics"]) == {"x", "y"})  # type: ignore[call-overload]
    session.run("run", "log.event", run, "too late", fails=True)
    other = session.run("run", "create", "--create-only", shows=r"\w{22}")
    session.run("run", "abort", other, "--reason", "enough")
    session.expect("the aborted run is terminated", holds=session.held(f"runs/{other}")["status"] == "terminated")
    session.run("run", "remove", run)
    session.expect("the removed run is gone", holds="name" not in session.held(f"runs/{run}"))


def monitor(session: Session) -> None:
    session.run("monitor", "--name", "watched", "-d", ",", given="a,b\n1,2\n3,4\n")
    rows = session.held('runs?filters=["name == watched"]')["data"]
    session.expect("monitor has recorded two metrics", holds=rows and set(rows[0]["metrics"]) == {"a", "b"})  # type: ignore[index]


def alerts(session: Session) -> None:
    alert = session.run("alert", "create", "--description", "words", "--abort", "watchdog", shows=r"\w{22}")
    run = session.run("run", "create", "--name", "alerted")
    session.run("alert", "trigger", run, alert)
    found = session.held(f"alerts/{alert}/status/{run}")
    session.expect("the triggered alert is critical", holds=found["status"] == "critical")
    session.run("alert", "json", alert, shows="watchdog")
    session.run("alert", "list", "--name", "--source", shows="watchdog")
    session.run("alert", "remove", alert)
    session.run("alert", "json", alert, fails=True, shows="watchdog|" + alert)


def folders_and_tags(session: Session) -> None:
    session.run("run", "create", "--folder", "/cli/b/c")
    listed = session.run("folder", "list", "--path", "--created", shows="/cli/b/c")
    session.expect("the list has a heading", holds=bool(listed))
    rows = session.held('folders?filters=["path == /cli/b/c"]')["data"]
    folder = str(rows[0]["id"])  # type: ignore[index]
    session.run("folder", "json", folder, shows="/cli/b/c")
    session.run("folder", "tree", "/cli", shows="c")
    session.run("folder", "remove", "--recurse", folder, fails=True, shows="in use")
    session.run("folder", "remove", "--recurse", "--force", folder)
    tag = session.run("tag", "create", "marked", "--color", "red", "--description", "words", shows=r"\w{22}")
    session.run("tag", "json", tag, shows="marked")
    session.run("tag", "list", "--name", "--color", shows="marked")
    session.run("tag", "remove", tag)


def artifacts(session: Session) -> None:
    script = (
        "import pathlib; from simvue.api.objects import FileArtifact, Run\n"
        "run = Run.new(folder='/cli/files', name='filed'); run.commit()\n"
        "pathlib.Path('kept.txt').write_text('content')\n"
        "artifact = FileArtifact.new(name='kept.txt', file_path='kept.txt', metadata=None)\n"
        "artifact.attach_to_run(run.id, 'output'); print(run.id, artifact.id)\n"
    )
    environment = {**os.environ, "SIMVUE_URL": session.server.url, "SIMVUE_TOKEN": session.server.token}
    made = subprocess.run(
        [str(session.python), "-c", script],
        capture_output=True,
        text=True,
        cwd=session.home,
        env=environment,
        check=True,
    )
    run, artifact = made.stdout.split()
    session.run("artifact", "list", "--name", shows="kept.txt")
    session.run("artifact", "json", artifact, shows="kept.txt")
    session.run("run", "artifacts", run, "--name", "--size", shows="kept.txt")
    session.run("run", "pull", run, "-o", str(session.home / "pulled"))
    pulled = [path.read_text() for path in (session.home / "pulled").rglob("kept.txt")]
    session.expect("the pulled file has its content", holds=pulled == ["content"])


def storages(session: Session) -> None:
    secret = session.home / "secret"
    secret.write_text("hidden\n")
    options = ["--region-name", "here", "--endpoint-url", "https://s3.example.org", "--access-key-id", "key"]
    options += ["--access-key-file", str(secret), "--bucket", "pail", "--disable-check"]
    storage = session.run("storage", "add", "s3", "bucket-one", *options, shows=r"\w{22}")
    session.run("storage", "list", "--name", "--backend", shows="bucket-one")
    session.run("storage", "json", storage, shows="bucket-one")
    session.run("storage", "remove", storage)


def pushed(session: Session) -> None:
    rows = session.home / "rows.csv"
    rows.write_text("a,b\n1,2\n3,4\n")
    session.run("push", "runs", "--from-metadata", "--name", "pushed", "--folder", "/cli/push", str(rows))
    found = session.held('runs?filters=["folder.path == /cli/push"]')
    session.expect("two runs were pushed", holds=found["count"] == 2)


def tenants_and_users(session: Session) -> None:
    session.run("admin", "tenant", "add", "another")  # it refuses to remove the last one
    tenant = session.run("admin", "tenant", "add", "group", shows=r"\w{22}")
    session.run("admin", "tenant", "list", "--name", shows="group")
    session.run("admin", "tenant", "json", tenant, shows="group")
    options = ["-e", "someone@example.org", "-n", "Some One", "-t", tenant]
    user = session.run("admin", "user", "add", "someone", *options, shows=r"\w{22}")
    session.run("admin", "user", "list", "--username", shows="someone")
    session.run("admin", "user", "json", user, shows="someone")
    session.run("admin", "user", "remove", user)
    session.run("admin", "tenant", "remove", tenant)


CHAPTERS = (about, life_of_a_run, monitor, alerts, folders_and_tags, artifacts, storages, pushed, tenants_and_users)


@contextmanager
def environment(arguments: argparse.Namespace, directory: Path) -> Iterator[Path]:
    """Give the Python of an environment with the command line and this checkout in it."""
    if not arguments.wheels:
        yield Path(sys.executable)
        return
    venv.create(directory / "venv", with_pip=True)
    python = directory / "venv" / "bin" / "python"
    wheels = [str(path) for path in arguments.wheels.glob("simvue_cli-*.whl")]
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *NEEDS, "-e", str(CHECKOUT)], check=True)
    # Alone: it wants a `simvue` of at least 2.4, and pip would replace this one.
    subprocess.run([*install, "--no-deps", *wheels], check=True)
    yield python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, help="directory with the published wheels")
    parser.add_argument("--only", help="run the chapters whose name contains this")
    arguments = parser.parse_args()
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="simvue-cli-") as name, environment(arguments, Path(name)) as python:
        for chapter in CHAPTERS:
            if arguments.only and arguments.only not in chapter.__name__:
                continue
            home = Path(name, chapter.__name__)
            home.mkdir()
            with running_server("--ephemeral", "--admin-token", _ADMIN) as server:
                session = Session(python, server, home, _ADMIN if chapter is tenants_and_users else server.token)
                chapter(session)
                failures += session.failures
    print(f"{len(failures)} failed: {'; '.join(failures)}" if failures else "all commands work")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
