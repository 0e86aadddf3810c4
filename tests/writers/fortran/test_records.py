"""What a program said is what its journal holds: each kind, each text, each double, in every journal of a run."""

import hashlib
import math
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import simvue_spec
from tests.writers.fortran.programs import (
    Driver,
    drive,
    journals,
    metric,
    only,
    opening,
    records,
    surroundings,
    text,
    validate,
)

HOSTILE = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=40).map(lambda drawn: drawn.encode(errors="surrogatepass")),
    st.lists(st.sampled_from([b"\xf4\x90", b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82", b'"', b"\\", b"\n", b"\0"])).map(
        b"".join
    ),
)
DOUBLES = st.one_of(
    st.floats(width=64),
    st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0]),
)
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
UNWRITABLE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def said(data: bytes) -> str:
    """Return what a reader sees of a text: without padding, with U+FFFD for what is no text."""
    return data.rstrip(b" ").decode(errors="replace").replace("\0", "\ufffd")


def seen(value: float | str) -> bytes | str:
    """Return a value so that -0.0 and 0.0 differ."""
    return value if isinstance(value, str) else struct.pack("<d", value)


def expected(value: float) -> bytes | str:
    return "NaN" if math.isnan(value) else seen(UNWRITABLE.get(value, value))


@pytest.mark.requirement("JRN-010", "REC-005", "SEQ-004", "JRN-016", "JRN-018", "JRN-019")
def test_each_kind_is_valid_by_its_schema(program: Callable[[str], Path], cache: Path) -> None:
    result = subprocess.run([program("kinds")], check=True, capture_output=True, text=True, env=surroundings(cache))

    assert (result.stdout, result.stderr) == ("", "")  # what the program did not expect
    said_kinds = {record["kind"] for path in journals(cache) for record in records(path)}
    assert said_kinds == {path.name.split(".")[0] for path in schemas()} - {"lost"}
    assert validate(*journals(cache)).returncode == 0
    assert cache.stat().st_mode & 0o777 == 0o700


def schemas() -> list[Path]:
    return list((Path(simvue_spec.__file__).parents[1] / "v1" / "schemas").glob("*.schema.json"))


@pytest.mark.requirement("WRT-030", "WRT-031", "FRM-020", "FRM-023", "FRM-024", "FRM-026")
@SETTINGS
@given(st.lists(st.tuples(HOSTILE, HOSTILE, DOUBLES), min_size=1, max_size=40))
@example([(b"x", bytes(range(256)), 5e-324), (b"\xff", b" \0 ", 1.7976931348623157e308), (b"y", b"", -0.0)])
def test_texts_and_doubles_come_back(
    driver: Path, tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[bytes, bytes, float]]
) -> None:
    cache = tmp_path_factory.mktemp("round") / "cache"
    commands = [opening()]
    for number, (name, message, value) in enumerate(drawn):
        commands += [
            metric(name, value, number),
            b"e" + text(message) + text("debug"),
            b"m" + text(name) + text(message),
        ]

    stats = drive(driver, cache, b"".join([*commands, b"c"]))

    kept = [each for each in drawn if 1 <= len(said(each[0]).encode()) <= 250]
    found = records(only(cache))
    assert [stat for stat in stats if stat not in {0, 1}] == []
    assert [next(iter(each["values"].items())) for each in found if each["kind"] == "metadata"] == [
        (said(name), said(message)) for name, message, _ in kept
    ]
    assert [each["message"] for each in found if each["kind"] == "event"] == [said(message) for _, message, _ in drawn]
    metrics = [next(iter(each["values"].items())) for each in found if each["kind"] == "metrics"]
    assert [(name, seen(value)) for name, value in metrics] == [
        (said(name), expected(value)) for name, _, value in kept
    ]


@SETTINGS
@given(
    st.floats(width=32), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)
)
@example(2.0**-149, -(2**31), -(2**63), 2.0**53)
def test_each_type_of_number_comes_back(
    driver: Path, tmp_path_factory: pytest.TempPathFactory, single: float, short: int, long: int, time: float
) -> None:
    cache = tmp_path_factory.mktemp("types") / "cache"
    commands = [
        opening(),
        b"f" + text("f") + struct.pack("<fif", single, 3, 0.5),
        b"i" + text("i") + struct.pack("<iqq", short, 2**53 - 1, -5),
        b"l" + text("l") + struct.pack("<qqd", long, 0, time),
        b"l" + text("l") + struct.pack("<qqd", long, 2**53, 0.0),
        b"c",
    ]

    stats = drive(driver, cache, b"".join(commands))

    found = [record for record in records(only(cache)) if record["kind"] == "metrics"]
    assert stats == [0, 0, 0, int(math.isinf(time)), 1, 0]
    assert seen(found[0]["values"]["f"]) == expected(single)
    assert (found[1]["values"]["i"], found[1]["step"], found[1]["time"]) == (short, 2**53 - 1, -5)
    if not math.isinf(time):
        assert (found[2]["values"]["l"], seen(found[2]["time"])) == (long, seen(time))


@pytest.mark.requirement("WRT-041", "FRM-010", "FRM-021")
def test_many_values_are_split_where_a_record_would_be_too_long(driver: Path, cache: Path) -> None:
    names = [f"{'n' * 240}{number:06d}" for number in range(9_000)]
    body = b"".join(text(name) + struct.pack("<d", number / 7) for number, name in enumerate(names))

    stats = drive(driver, cache, opening() + b"v" + struct.pack("<i", len(names)) + body + b"D" + text("x") + bytes(8))

    assert stats == [0, 0, 0]
    found = [record for record in records(only(cache)) if record["kind"] == "metrics"]
    assert len(found) == 4
    assert {record["step"] for record in found[:3]} == {7}
    assert {name: value for record in found[:3] for name, value in record["values"].items()} == {
        name: number / 7 for number, name in enumerate(names)
    }


@pytest.mark.requirement("REC-084", "REC-085", "REC-082")
@pytest.mark.parametrize("size", [0, 1, 55, 56, 63, 64, 119, 128, 65_535, 65_536, 200_001])
def test_artifacts_have_their_checksum(program: Callable[[str, str], Path], cache: Path, size: int) -> None:
    content = bytes(number * 7 % 251 for number in range(size))
    cache.parent.mkdir()
    artifact, link = cache.parent / "out put.dat", cache.parent / "link"
    artifact.write_bytes(content)
    link.symlink_to(artifact)

    drive(program("driver", "fast"), cache, opening() + b"a" + text(str(link)) + b"c")

    found = records(only(cache))[2]
    assert (found["name"], found["path"]) == ("out put.dat", str(artifact))
    assert (found["size"], found["sha256"]) == (size, hashlib.sha256(content).hexdigest())


@pytest.mark.requirement("REC-083", "REC-088")
def test_content_that_is_put_aside_lies_under_its_digest(driver: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    sizes = (0, 1, 65_536, 200_001)
    for size in sizes:
        (cache / f"{size}.dat").write_bytes(os.urandom(size))
    commands = b"".join(b"A" + text(str(cache / f"{size}.dat")) for size in sizes)

    assert drive(driver, cache, opening() + commands + b"A" + text("/no such") + b"c") == [0, *[0] * 4, 5, 0]

    found = [record for record in records(only(cache)) if record["kind"] == "artifact"]
    assert [record["size"] for record in found] == list(sizes)
    for record in found:
        content = (cache / record["name"]).read_bytes()
        assert record["stored"] is True
        assert record["sha256"] == hashlib.sha256(content).hexdigest()
        assert (cache / "artifacts" / record["sha256"]).read_bytes() == content
    assert len(list((cache / "artifacts").iterdir())) == len(sizes)


def test_a_disk_without_room_for_a_copy_leaves_none(checked_driver: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "big").write_bytes(os.urandom(200_000))
    with Driver(checked_driver, cache) as driver:
        driver.say(opening())
        driver.limit(100_000)

        stat, message = driver.say(b"A" + text(str(cache / "big")))

        assert (stat, "too large" in message) == (5, True)
        assert list((cache / "artifacts").iterdir()) == []


def test_blanks_at_the_end_are_padding_unless_they_are_said_to_be_more(driver: Path, cache: Path) -> None:
    said = text(" a \n  ")

    drive(driver, cache, opening() + b"e" + said + text("info") + b"x" + said + said + b"c")

    found = records(only(cache))
    assert [record["message"] for record in found if record["kind"] == "event"] == [" a \n", " a \n  "]
    assert [record["values"] for record in found if record["kind"] == "metadata"] == [{"exact": " a \n  "}]


@pytest.mark.requirement("JRN-033", "JRN-034", "JRN-021", "RDR-043", "WRT-040")
def test_a_journal_that_is_long_goes_on_in_another(driver: Path, cache: Path) -> None:
    events = b"".join(b"e" + text("x" * 500) + text("info") for _ in range(40))

    stats = drive(driver, cache, opening(rotate_bytes=8_192) + events + b"r" + b"D" + text("x") + bytes(8) + b"c")

    assert set(stats) == {0}
    found = [records(path) for path in journals(cache)]
    assert len(found) >= 3
    for path, before, after in zip(journals(cache), found, found[1:], strict=False):
        assert before[-1]["kind"] == "end"
        assert before[-1]["reason"] == "rotate"
        assert after[0]["run"] == before[0]["run"]
        assert after[0]["continues"] == {
            "journal": before[0]["journal"],
            "bytes": path.stat().st_size,
            "seq": before[-1]["seq"],
        }
    assert [record["kind"] for record in found[-1]] == ["header", "metrics", "status", "end"]
    assert sum(record["kind"] == "event" for each in found for record in each) == 40
    assert validate(*journals(cache)).returncode == 0


@pytest.mark.requirement("JRN-030", "JRN-013", "JRN-014", "JRN-031")
def test_two_journals_at_once_do_not_mix(driver: Path, cache: Path) -> None:
    commands = [b"0" + opening("left"), b"1" + opening("right", crc=False)]
    commands += [b"0" + metric("left", 1.0, step) + b"1" + metric("right", 2.0, step) for step in range(50)]

    stats = drive(driver, cache, b"".join([*commands, b"1c", b"0c"]))

    assert set(stats) == {0}
    found = {each[0]["run"]: each for each in map(records, journals(cache))}
    assert {run: {name for record in each for name in record.get("values", {})} for run, each in found.items()} == {
        "left": {"left"},
        "right": {"right"},
    }
    assert len({each[0]["journal"] for each in found.values()}) == 2


@pytest.mark.requirement("WRT-021")
def test_threads_write_whole_records_in_order(program: Callable[[str, str], Path], cache: Path) -> None:
    subprocess.run([program("threads", "fast")], check=True, env=surroundings(cache))

    for path in journals(cache):
        metrics = [record for record in records(path) if record["kind"] == "metrics"]
        parity = metrics[0]["step"] % 2
        assert sorted(record["step"] for record in metrics) == [n for n in range(1, 2_001) if n % 2 == parity]


JOBS = {
    "slurm-c1-77-0": {"SLURM_JOB_ID": "77", "SLURM_CLUSTER_NAME": "c1", "SLURM_STEP_ID": "0", "SLURM_PROCID": "3"},
    "pbs-12.server": {"PBS_JOBID": "12.server", "PMIX_RANK": "3"},
    "lsf-5-2": {"LSB_JOBID": "5", "LSB_JOBINDEX": "2", "PMI_RANK": "3"},
}


@pytest.mark.parametrize("key", JOBS)
def test_a_job_gives_its_key_and_its_rank(driver: Path, cache: Path, key: str) -> None:
    result = subprocess.run(
        [driver],
        input=opening("job") + b"c" + opening("job") + b"c",
        check=True,
        capture_output=True,
        env=surroundings(cache, **JOBS[key]),
    )

    assert result.stdout.split() == [b"0"] * 4
    headers = [records(path)[0] for path in journals(cache)]
    assert [header["run"] for header in headers] == [key, f"{key}-2"]
    assert {header["writer"]["rank"] for header in headers} == {3}


@pytest.mark.parametrize("variables", [*JOBS.values(), {"PBS_JOBID": "x y" * 40}])
def test_a_job_has_the_key_that_the_client_makes(
    driver: Path, cache: Path, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from simvue.run import job  # noqa: PLC0415 - the one thing here that both have to make alike

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(job, "_given", {})

    subprocess.run(
        [driver], input=opening("job") + b"c", check=True, capture_output=True, env=surroundings(cache, **variables)
    )

    assert records(only(cache))[0]["run"] == job.job_key()
