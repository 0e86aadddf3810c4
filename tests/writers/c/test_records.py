"""Every kind of record as its schema has it, what is refused, and journals that continue one another."""

import hashlib
import math
import os
import stat

import jsonlines
import jsonschema
import pytest

from simvue_spec import kinds, schema
from tests.writers.c import journals
from tests.writers.c.journals import (
    EARGUMENT,
    ECLOSED,
    EFILE,
    ENOJOB,
    EPLACE,
    ETOOLONG,
    OK,
    bits,
    drive,
    event,
    metrics,
    needs_gcc,
    records,
    text,
    texts,
    validate,
    values,
)

pytestmark = needs_gcc
RUN_MEMBERS = ("name", "folder", "description", "status", "notification", "visibility", "server_id")


def run(retention=0, timeout=0, tags=(), metadata=None, **members):
    said = " ".join(text(members.get(name)) for name in RUN_MEMBERS)
    return f"run {said} {retention} {timeout} {texts(*tags)} {values(metadata or {})}"


def alert(*, threshold=0.0, low=0.0, high=0.0, window=0, frequency=0, abort=0, disabled=0, **members):
    def said(*names):
        return " ".join(text(members.get(name)) for name in names)

    bounds = " ".join(map(bits, (threshold, low, high)))
    first = said("id", "name", "source", "pattern", "metric", "rule")
    last = said("aggregation", "notification", "description")
    return f"alert {first} {bounds} {window} {frequency} {last} {abort} {disabled}"


def artifact(path, *, name=None, category="output", mimetype=None, stored=0, metadata=None, call="artifact"):
    said = " ".join(map(text, (name, category, str(path), mimetype)))
    return f"{call} {said} {stored} {values(metadata or {})}"


def grid(name, *axes, metrics=()):
    said = [f"{text(label)} {len(ticks)} {' '.join(map(bits, ticks))}".strip() for label, ticks in axes]
    said += ["- 0"] * (2 - len(axes))
    return f"grid {text(name)} {' '.join(said)} {texts(*metrics)}"


def tensor(metric, rows, columns, given, step=-1):
    return f"tensor {text(metric)} {rows} {columns} {step} {' '.join(map(bits, given))}"


def close(status=None, reason=None):
    return f"close {text(status)} {text(reason)}"


THRESHOLD = {"name": "t", "source": "metrics", "metric": "residual", "rule": "is above", "threshold": 10.5}
RANGE = {"name": "r", "source": "metrics", "metric": "cfl", "rule": "is outside range", "low": 0.1, "high": 0.9}
FACTS = {"nx": 128, "alpha": 0.1, "solver": "explicit", "periodic": True, "far": -(2**63), "bad": math.nan}


@pytest.mark.requirement("JRN-010", "JRN-012", "FRM-009", "REC-005", "SEQ-004")
def test_every_kind_is_as_its_schema_and_the_validator_have_it(driver, cache, tmp_path):
    (tmp_path / "out.dat").write_bytes(b"field" * 3000)
    calls = [
        run(name="heat", folder="/heat", description="", status="running", notification="error", visibility="tenant",
            retention=3600, timeout=-1, tags=["a", "b"], metadata=FACTS),
        f"users {texts('ann', 'bob')}",
        metrics({"residual": 0.00125, "cfl": math.nan}, 0, 0.25),
        event("time step halved", "warning"),
        f"metadata {values(FACTS)}",
        f"tags_add {texts('converged')}",
        f"tags_set {texts()}",
        f"folder {text('/heat')} {text('all')} 5 {texts('pde')} {values({'project': 'A17'})}",
        alert(**THRESHOLD, window=2, frequency=3, aggregation="at least one", notification="email", abort=1),
        alert(**RANGE, description="d", disabled=1),
        alert(name="e", source="events", pattern="halved"),
        alert(name="u", source="user"),
        alert(id="4711"),
        f"alert_state {text('u')} - {text('ok')}",
        f"alert_state - {text('4711')} {text('critical')}",
        artifact("out.dat", name="field", mimetype="text/plain;charset=utf-8", metadata={"n": 1}),
        artifact("out.dat", stored=1),
        artifact("some text", name="notes", category="input", call="bytes"),
        "heartbeat",
        f"status {text('running')} {text('again')}",
        grid("plate", ("x", [0.0, 0.5, 1.0]), ("y", [0.0, 1.0]), metrics=["temperature"]),
        grid("line", ("x", [-1.0])),
        tensor("temperature", 3, 2, [300.0, 300.5, 301.0, math.nan, 300.0, math.inf], 100),
        tensor("profile", 0, 3, [1.0, 2.0, 3.0]),
        close("completed", "done"),
    ]  # fmt: skip

    outcome = drive(driver, cache, calls, "rank=3", "program=heat")

    assert (outcome.opened, outcome.statuses, outcome.err) == (OK, [OK] * len(calls), "")
    found = records(outcome.path)
    with jsonlines.open(outcome.path) as reader:
        for record in reader:
            jsonschema.Draft7Validator(schema(record["kind"])).validate(record)
    assert validate(outcome.path)["findings"] == 0
    assert {record["kind"] for record in found} == set(kinds()) - {"lost"}  # that one is in test_faults.py
    by_kind = {record["kind"]: record for record in reversed(found)}
    envelope = {"kind", "seq", "at", "crc"}

    def members(record):
        return {name: value for name, value in record.items() if name not in envelope}

    header = by_kind["header"]
    assert header["writer"] == header["writer"] | {"name": "simvue-c", "language": "c", "rank": 3, "program": "heat"}
    assert header["cwd"] == str(tmp_path)
    expected = {**FACTS, "bad": "NaN"}
    system = by_kind["run"].pop("system")
    assert (system["cwd"], system["hostname"]) == (str(tmp_path), os.uname().nodename)
    assert members(by_kind["run"]) == {
        "name": "heat", "folder": "/heat", "description": "", "status": "running", "notification": "error",
        "visibility": "tenant", "retention": 3600, "timeout": None, "tags": ["a", "b"], "metadata": expected,
    }  # fmt: skip
    assert members(found[2]) == {"visibility": ["ann", "bob"]}
    assert members(by_kind["metrics"]) == {"values": {"residual": 0.00125, "cfl": "NaN"}, "step": 0, "time": 0.25}
    assert members(by_kind["metadata"]) == {"values": expected}
    assert [members(record) for record in found if record["kind"] == "tags"] == [{"add": ["converged"]}, {"set": []}]
    assert [members(record) for record in found if record["kind"] == "alert"] == [
        {"name": "t", "source": "metrics", "metric": "residual", "rule": "is above", "threshold": 10.5, "window": 2,
         "frequency": 3, "aggregation": "at least one", "notification": "email", "abort": True},
        {"name": "r", "source": "metrics", "metric": "cfl", "rule": "is outside range", "range_low": 0.1,
         "range_high": 0.9, "description": "d", "enabled": False},
        {"name": "e", "source": "events", "pattern": "halved"},
        {"name": "u", "source": "user"},
        {"id": "4711"},
    ]  # fmt: skip
    files = [members(record) for record in found if record["kind"] == "artifact"]
    sha256 = hashlib.sha256(b"field" * 3000).hexdigest()
    content = {"path": str(tmp_path / "out.dat"), "size": 15000, "sha256": sha256, "category": "output"}
    assert files[0] == {**content, "name": "field", "mimetype": "text/plain;charset=utf-8", "metadata": {"n": 1}}
    assert files[1] == {**content, "name": "out.dat", "stored": True}
    assert (cache / "artifacts" / sha256).read_bytes() == b"field" * 3000
    assert (cache / "artifacts" / files[2]["sha256"]).read_bytes() == b"some text"
    assert len(list((cache / "artifacts").iterdir())) == 2
    assert members(by_kind["grid"])["ticks"] == [[0.0, 0.5, 1.0], [0.0, 1.0]]
    assert by_kind["tensor"]["array"] == [[300.0, 300.5], [301.0, "NaN"], [300.0, "Infinity"]]
    assert members(by_kind["end"]) == {"status": "completed", "reason": "done", "records": len(calls)}


REFUSED = {
    "a name of a metric that is empty": metrics({"": 1.0}),
    "a name that is too long": metrics({"a" * 251: 1.0}),
    "a name that is too long in bytes": metrics({"é" * 126: 1.0}),
    "two names that are one": "metrics 2 =61 {0} =61 {0} -1 {0}".format(bits(1.0)),
    "two names that become one": "metrics 2 =61ff {0} =61efbfbd {0} -1 {0}".format(bits(1.0)),
    "no metrics": metrics({}),
    "a step below 0": metrics({"a": 1.0}, -2),
    "a step too large": metrics({"a": 1.0}, 2**53),
    "a time that is none": metrics({"a": 1.0}, 1, math.nan),
    "a time without end": metrics({"a": 1.0}, 1, -math.inf),
    "a level that is none": event("m", "fatal"),
    "no message": "event - -",
    "a key of metadata that is empty": f"metadata {values({'': 1})}",
    "metadata with a key twice": "metadata 2 =61 i 1 =61 i 2",
    "an empty tag": f"tags_add {texts('')}",
    "a tag that is too long": f"tags_set {texts('é' * 251)}",
    "a folder without a slash": f"folder {text('heat')} - 0 0 0",
    "a run in a folder without a slash": run(folder="heat"),
    "a run with an empty name": run(name=""),
    "a status that is none": run(status="done"),
    "a notification that is none": run(notification="some"),
    "a visibility that is none": run(visibility="all"),
    "a server's identifier with a point": run(server_id="a.b"),
    "a timeout below 0": run(timeout=-5),
    "an alert without a source": alert(name="a"),
    "an alert with id and name": alert(name="a", id="b", source="user"),
    "an alert on events without a pattern": alert(name="a", source="events"),
    "an alert without a rule": alert(name="a", source="metrics", metric="m"),
    "an alert without a metric": alert(name="a", source="metrics", rule="is above"),
    "a threshold that is not finite": alert(**THRESHOLD | {"threshold": math.inf}),
    "a range the wrong way round": alert(**RANGE | {"low": 1.0}),
    "a window below 1": alert(**THRESHOLD, window=-1),
    "a state that is none": f"alert_state {text('u')} - {text('bad')}",
    "a state of nothing": f"alert_state - - {text('ok')}",
    "a state of two": f"alert_state {text('u')} {text('i')} {text('ok')}",
    "an artifact without a category": artifact("out.dat", category=None),
    "a media type of one part": artifact("out.dat", mimetype="text"),
    "a media type of three parts": artifact("out.dat", mimetype="a/b/c"),
    "a media type with a blank": artifact("out.dat", mimetype="text/plain; a=b"),
    "no status": "status - -",
    "ticks that do not ascend": grid("g", ("x", [0.0, 0.0])),
    "ticks that are not finite": grid("g", ("x", [0.0, math.nan])),
    "a tensor that is too large": tensor("t", 251, 200, [0.0]),
    "a tensor of nothing": tensor("t", 3, 0, []),
    "an end that is none": close("running"),
}


@pytest.mark.requirement("WRT-041", "FRM-021", "REC-007")
def test_what_the_format_does_not_allow_is_refused_and_leaves_no_trace(driver, cache, tmp_path):
    (tmp_path / "out.dat").write_bytes(b"x")

    outcome = drive(driver, cache, [*REFUSED.values(), "heartbeat", close()])

    wrong = [name for name, status in zip(REFUSED, outcome.statuses, strict=False) if status != EARGUMENT]
    assert wrong == []
    assert outcome.statuses[len(REFUSED) :] == [OK, OK]
    assert [record["kind"] for record in records(outcome.path)] == ["header", "heartbeat", "end"]


@pytest.mark.requirement("FRM-010", "WRT-041")
def test_a_record_too_long_for_a_line_or_for_the_buffer_is_refused(driver, cache):
    calls = [event("x" * 70_000), event("x" * 60_000), close()]
    small = drive(driver, cache, calls)
    calls = [event("x" * (1 << 20)), event("x" * 1_048_400), close()]
    large = drive(driver, cache, calls, "buffer=4000000")

    assert small.statuses == large.statuses == [ETOOLONG, OK, OK]
    assert len(large.path.read_bytes().splitlines(keepends=True)[1]) < 1 << 20
    validate(small.path, large.path)


def test_files_that_cannot_be_read_are_refused(driver, cache, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "out.dat").write_bytes(b"x")
    (tmp_path / "link").symlink_to("out.dat")
    calls = [artifact("gone"), artifact("."), artifact("pipe"), artifact("link"), close(), "heartbeat", close()]

    outcome = drive(driver, cache, calls)

    assert outcome.statuses == [EFILE, EFILE, EFILE, OK, OK, ECLOSED, ECLOSED]
    kept = records(outcome.path)[1]
    assert (kept["name"], kept["path"]) == ("link", str(tmp_path / "out.dat"))


def test_sha_256_is_right(driver, cache, tmp_path):
    contents = [os.urandom(size) for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 8191, 8192, 8193, 100_001)]
    for number, content in enumerate(contents):
        (tmp_path / f"data{number}").write_bytes(content)

    outcome = drive(driver, cache, [*(artifact(f"data{number}") for number in range(len(contents))), close()])

    kept = [(record["size"], record["sha256"]) for record in records(outcome.path)[1:-1]]
    assert kept == [(len(content), hashlib.sha256(content).hexdigest()) for content in contents]


@pytest.mark.requirement("JRN-033", "JRN-034", "RDR-043")
def test_journals_continue_one_another_and_the_last_has_the_status(driver, cache):
    calls = [run(name="long"), *(metrics({"r": number / 7}) for number in range(200)), close("completed")]

    outcome = drive(driver, cache, calls, "rotate=5000", "run=chain")

    assert set(outcome.statuses) == {OK}
    chain = journals.journals(cache)
    assert len(chain) > 3
    assert validate(*chain)["findings"] == 0
    found = [records(path) for path in chain]
    assert [[record["step"] for record in each if record["kind"] == "metrics"] for each in found][-1][-1] == 199
    assert sum(record["kind"] == "metrics" for each in found for record in each) == 200
    for before, after, path in zip(found, found[1:], chain, strict=False):
        assert before[-1]["reason"] == "rotate"
        identity = before[0]["journal"]
        assert after[0]["continues"] == {"journal": identity, "bytes": path.stat().st_size, "seq": before[-1]["seq"]}
        assert {before[0]["run"], after[0]["run"]} == {"chain"}
    assert [record["kind"] for record in found[-1][-2:]] == ["status", "end"]  # the run is in another journal
    times = [record["at"] for each in found for record in each]
    assert len(times) == len(set(times))


@pytest.mark.requirement("JRN-001", "JRN-002", "JRN-031")
def test_where_the_journal_goes(driver, cache, tmp_path):
    (tmp_path / "home").mkdir()
    by_variable = drive(driver, cache, [close()], "run=..x")
    by_home = drive(driver, tmp_path / "home" / "c", [close()], SIMVUE_OFFLINE_DIRECTORY="")
    nowhere = drive(driver, tmp_path / "home" / "c", [close()], SIMVUE_OFFLINE_DIRECTORY="", HOME="")

    assert by_variable.path.parent == cache / "journals"
    assert by_variable.path.name.startswith("x-")
    assert by_home.path.parent == tmp_path / "home" / ".simvue" / "journals"
    assert nowhere.opened == EPLACE
    assert nowhere.statuses == [ECLOSED]
    for folder in (cache, cache / "journals", tmp_path / "home" / ".simvue"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(by_variable.path.stat().st_mode) == 0o600


def test_the_key_of_a_job_is_that_of_the_python_client(driver, cache, monkeypatch):
    from simvue.run import job  # noqa: PLC0415 - beside what it is held against

    jobs = [
        {"SLURM_JOB_ID": "17", "SLURM_CLUSTER_NAME": "big one", "SLURM_STEP_ID": "0", "SLURM_PROCID": "5"},
        {"SLURM_JOBID": "17", "OMPI_COMM_WORLD_RANK": "3", "SLURM_STEP_ID": "9"},
        {"PBS_JOBID": "1234[7].server", "PMI_RANK": "2"},
        {"LSB_JOBID": "5", "LSB_JOBINDEX": "0"},
        {"LSB_JOBID": "5", "LSB_JOBINDEX": "3" * 70},
        {"OMPI_COMM_WORLD_RANK": "0", "PMIX_NAMESPACE": "n1", "OMPI_MCA_orte_hnp_uri": "1.0;tcp://10.0.0.1:3"},
    ]
    for name in {name for each in jobs for name in each} | {"SLURM_STEPID"}:
        monkeypatch.delenv(name, raising=False)
    for each in jobs:
        outcome = drive(driver, cache, [close()], "job=1", "rank=-2", **each)
        with monkeypatch.context() as context:
            for name, value in each.items():
                context.setenv(name, value)
            monkeypatch.setattr(job, "_given", {})
            assert outcome.run == job.job_key()
            assert records(outcome.path)[0]["writer"].get("rank") == job.job_rank()
    assert drive(driver, cache, [close()], "job=1").opened == ENOJOB


def test_without_checksums_there_are_none(driver, cache):
    outcome = drive(driver, cache, [metrics({"a": 1.0}), close()], "crc=0")

    assert b"crc" not in outcome.path.read_bytes()
    validate(outcome.path)
