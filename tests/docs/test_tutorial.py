"""The tutorial works as it stands, from the first line to the last; so do the lines for cron."""

import json
import re
import shlex
import socket
from pathlib import Path

from simvue_conformance.server.process import running_server
from tests.docs.shell import PROJECT, Shell, blocks

TUTORIAL = PROJECT / "docs/pages/tutorials/first-run.md"
CRON = PROJECT / "docs/pages/how-to/cron-on-a-login-node.md"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_the_tutorial_works_as_it_stands(tmp_path: Path) -> None:
    shell, port = Shell(tmp_path), str(free_port())
    ((_, program),) = blocks(TUTORIAL, "python")
    (tmp_path / "first.py").write_text(program)
    lines = [content.replace("8000", port) for _, content in blocks(TUTORIAL, "sh")]
    (options,) = re.findall(r"^simvue-server (.*)$", TUTORIAL.read_text(), re.MULTILINE)
    options = options.replace("8000", port).replace("~", str(tmp_path))

    record, head, validate, configure, deliver, again, ask, receipt = lines
    shell.run(record)
    first = shell.run(head)
    verdict = shell.run(validate)
    with running_server(*shlex.split(options)):
        shell.run(configure)
        delivered, repeated = shell.run(deliver), shell.run(again)
        answer = json.loads(shell.run(ask))
    accounted = json.loads(shell.run(receipt))

    assert first.startswith('{"kind":"header"')
    assert ": valid:" in verdict
    assert "200 metrics" in delivered
    assert "exactly-once/keyed" in delivered
    assert "0 records" in repeated
    assert answer["data"][0]["name"] == "cooling"
    assert accounted["run"] == "my-first-run"
    assert sum(accounted["bytes"].values()) == accounted["size"]


def test_the_script_for_cron_starts_the_sender(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    add, script = (content for _, content in blocks(CRON, "sh"))

    shell.run(add)
    shell.run(script)

    assert shell.crontab.read_text() == "* * * * * $HOME/simvue_venv/bin/simvue_sender\n"
    assert "simvue_sender" in shell.run("~/simvue_sender.sh --version")
