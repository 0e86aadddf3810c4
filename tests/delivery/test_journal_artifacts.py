"""An artifact goes to the server as its record says, or never, and holds up nothing meanwhile."""

import pytest

from simvue.core.http import Request, Response
from simvue_sender.report import Exit
from tests.delivery.growing import DAY, RUN, metrics, values, wait
from tests.delivery.scenes import (
    is_there,
    journal,
    letters_of,
    make_server,
    one_pass,
    put,
    requests_of,
    state_of,
)
from tests.delivery.simulation import SimDisk, SimWorld


def artifact_journal(**members: object) -> bytes:
    record = {"kind": "artifact", "name": "field", "category": "output", "path": "field.dat", **members}
    return journal("with-artifact", RUN, record, metrics(1.0), {"kind": "end", "records": 4})


@pytest.mark.requirement("DLV-069", "DLV-070")
def test_an_artifact_without_its_file_holds_up_nothing_and_is_delivered_when_the_file_is_there() -> None:
    disk, server = SimDisk(), make_server()
    put(disk, "a.jsonl", artifact_journal())
    one_pass(disk, server)
    early = values(server)

    disk.write("/data/field.dat", b"field", durable=True)
    one_pass(disk, server)

    assert early == [1.0]
    assert state_of(server)["artifacts"][0][:3] == ("field", "output", True)
    assert letters_of(disk) == []
    assert not is_there(disk, "a.jsonl")


@pytest.mark.requirement("DLV-046", "DLV-070")
def test_an_artifact_that_differs_from_its_record_is_never_sent_and_a_dead_letter_after_ten_minutes() -> None:
    disk, server = SimDisk(), make_server()
    disk.write("/data/field.dat", b"other", durable=True)
    put(disk, "a.jsonl", artifact_journal(sha256="0" * 64, size=5))
    one_pass(disk, server, pause=300.0)
    one_pass(disk, server, pause=250.0)
    before = letters_of(disk)

    one_pass(disk, server, pause=60.0)
    one_pass(disk, server)

    assert before == []
    assert [(letter["requirement"], letter["line"]) for letter in letters_of(disk)] == [("DLV-070", 3)]
    assert "changed since it was recorded" in letters_of(disk)[0]["reason"]
    assert requests_of(server, "POST", "/artifacts") == []
    assert values(server) == [1.0]
    assert not is_there(disk, "a.jsonl")


@pytest.mark.requirement("DLV-070")
def test_the_ten_minutes_of_one_artifact_do_not_begin_anew_with_the_delivery_of_another() -> None:
    disk, server = SimDisk(), make_server()
    records = [{"kind": "artifact", "name": name, "category": "output", "path": name} for name in ("first", "second")]
    put(disk, "a.jsonl", journal("two-artifacts", RUN, *records, {"kind": "end", "records": 4}))
    one_pass(disk, server, pause=400.0)
    disk.write("/data/first", b"field", durable=True)
    one_pass(disk, server, pause=250.0)

    one_pass(disk, server)

    assert [letter["line"] for letter in letters_of(disk)] == [4]
    assert not is_there(disk, "a.jsonl")


@pytest.mark.requirement("DLV-070")
def test_an_artifact_of_a_live_journal_is_waited_for_without_end() -> None:
    disk, server = SimDisk(), make_server()
    record = {"kind": "artifact", "name": "field", "category": "output", "path": "field.dat"}
    put(disk, "a.jsonl", journal("live-artifact", RUN, record))

    wait(disk, server, DAY / 2)

    assert letters_of(disk) == []


@pytest.mark.requirement("DLV-046")
@pytest.mark.parametrize("declared", [True, False], ids=["with its hash", "without"])
def test_an_artifact_that_changes_while_it_is_sent_is_not_marked_as_uploaded(*, declared: bool) -> None:
    disk, server = SimDisk(), make_server()
    disk.write("/data/field.dat", b"field", durable=True)
    digest = "c0d2856b74d0df05b9d4456b177950351bd88e98b77f12574dfb7a911acee0d0"
    put(disk, "a.jsonl", artifact_journal(**({"sha256": digest} if declared else {})))

    def rewrite(world: SimWorld) -> None:
        def intercept(request: Request) -> Response | None:
            if "/storage/" in request.path and disk.files["/data/field.dat"] == b"field":
                response = world._answer(request, server)
                disk.write("/data/field.dat", b"fresh", durable=True)
                return response
            return None

        world.intercept = intercept

    one_pass(disk, server, change=rewrite)
    marked = [row for row in requests_of(server, "PUT") if row["path"].startswith("/api/artifacts/")]
    one_pass(disk, server)

    found = state_of(server)["artifacts"]
    assert len(marked) == (0 if declared else 1)  # what is there now is as good, where nothing was said of it
    assert [row[:3] for row in found] == ([] if declared else [("field", "output", True)])


OTHER = b'{"kind":"artifact","seq":2,"at":"2026-03-01T08:00:02Z","name":"x","category":"code","path":"y"}'


@pytest.mark.parametrize("kept", [b"{oops", b"", bytes(60), OTHER], ids=["nonsense", "short", "zeros", "another"])
def test_a_record_that_was_set_aside_and_has_changed_since_is_reported_and_kept(kept: bytes) -> None:
    disk, server = SimDisk(), make_server()
    data = artifact_journal()
    put(disk, "a.jsonl", data)
    one_pass(disk, server)
    place = data.index(b'{"kind":"artifact"')
    end = data.index(b"\n", place)
    put(disk, "a.jsonl", data[:place] + kept[: end - place].ljust(end - place) + data[end:])
    disk.write("/data/field.dat", b"field", durable=True)

    _, summary = one_pass(disk, server)
    put(disk, "a.jsonl", data)
    one_pass(disk, server)

    assert summary is not None
    assert summary.exit is not Exit.DEAD_LETTERS
    assert "set aside" in summary.troubles["a.jsonl"]
    assert len(state_of(server)["artifacts"]) == 1
