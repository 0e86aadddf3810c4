"""Every command of simvue-journal.sh makes the record that it promises, and the specification allows."""

import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.writers.shell.shells import NAMES, SHELLS, Site, kinds

VALIDATE = str(Path(sys.executable).parent / "simvue-validate")
OPEN = 'eval "$(simvue-journal open --name test)"\n'

JOB = """
set -eu
eval "$(simvue-journal open --run-key heat-7 --name "heat 2d" --folder /heat --description "größe" --tag a --tag 'b"c' \
    --metadata nx=128 --metadata version=1.2.3 --timeout 60 --retention 86400 --notification error)"
simvue-journal metric loss=0.1 a=b=-1.5e-3 c=NaN d=-inf --step 3 --time -0.5
simvue-journal event 'time step "halved"' --level warning
simvue-journal event ''
simvue-journal metadata nx=64 solver=cg on=true day=2026-03-01 'x=a=b' large=1e999 padded=007 none=
simvue-journal metadata --text nx=64 on=true
simvue-journal tag converged 2d
simvue-journal tag --set only
printf 'content' >out.dat
simvue-journal artifact ./out.dat
simvue-journal artifact out.dat --category input --name 'in put' --mime text/plain --store --metadata k=1
simvue-journal alert 'disk full' --description scratch
simvue-journal alert diverged --source metrics --metric loss --rule 'is above' --threshold 10.5 --window 2 \
    --frequency 3 --aggregation all --email --abort
simvue-journal alert range --source metrics --metric loss --rule 'is outside range' --range-low -1e0 --range-high 2
simvue-journal alert words --source events --pattern 'NaN "here"'
simvue-journal alert-state 'disk full' critical
simvue-journal folder /heat --description 'all of it' --tag pde --metadata project=A17
simvue-journal heartbeat
simvue-journal status failed --reason 'mesh is broken'
simvue-journal end --exit-code 1 --reason 'solver said so'
"""


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in ("kind", "at", *names)}


@pytest.mark.requirement("JRN-010", "JRN-013", "JRN-014", "JRN-019", "REC-126", "WRT-030")
def test_each_command_makes_its_record(site: Site) -> None:
    assert site.run(JOB) == ""

    header, run, *others = site.records()
    assert (header["kind"], header["run"], header["cwd"]) == ("header", "heat-7", str(site.directory))
    assert "seq" not in header
    assert site.journals()[0].name == header["journal"] + ".jsonl"
    assert without(run) == {
        "name": "heat 2d",
        "folder": "/heat",
        "description": "größe",
        "tags": ["a", 'b"c'],
        "metadata": {"nx": 128, "version": "1.2.3"},
        "status": "running",
        "timeout": 60,
        "retention": 86400,
        "notification": "error",
    }
    assert [(record["kind"], without(record, "sha256")) for record in others] == [
        ("metrics", {"values": {"loss": 0.1, "a=b": -1.5e-3, "c": "NaN", "d": "-Infinity"}, "step": 3, "time": -0.5}),
        ("event", {"message": 'time step "halved"', "log_level": "warning"}),
        ("event", {"message": ""}),
        (
            "metadata",
            {
                "values": {
                    "nx": 64,
                    "solver": "cg",
                    "on": True,
                    "day": "2026-03-01",
                    "x": "a=b",
                    "large": "1e999",
                    "padded": "007",
                    "none": "",
                }
            },
        ),
        ("metadata", {"values": {"nx": "64", "on": "true"}}),
        ("tags", {"add": ["converged", "2d"]}),
        ("tags", {"set": ["only"]}),
        (
            "artifact",
            {"name": "out.dat", "category": "output", "path": f"{site.directory}/./out.dat", "size": 7},
        ),
        (
            "artifact",
            {
                "name": "in put",
                "category": "input",
                "stored": True,
                "size": 7,
                "mimetype": "text/plain",
                "metadata": {"k": 1},
            },
        ),
        ("alert", {"name": "disk full", "source": "user", "description": "scratch"}),
        (
            "alert",
            {
                "name": "diverged",
                "source": "metrics",
                "metric": "loss",
                "rule": "is above",
                "threshold": 10.5,
                "window": 2,
                "frequency": 3,
                "aggregation": "all",
                "notification": "email",
                "abort": True,
            },
        ),
        (
            "alert",
            {
                "name": "range",
                "source": "metrics",
                "metric": "loss",
                "rule": "is outside range",
                "range_low": -1.0,
                "range_high": 2,
            },
        ),
        ("alert", {"name": "words", "source": "events", "pattern": 'NaN "here"'}),
        ("alert_state", {"name": "disk full", "state": "critical"}),
        (
            "folder",
            {"path": "/heat", "description": "all of it", "tags": ["pde"], "metadata": {"project": "A17"}},
        ),
        ("heartbeat", {}),
        ("status", {"status": "failed", "reason": "mesh is broken"}),
        ("end", {"status": "failed", "records": len(others) + 1, "reason": "solver said so"}),
    ]
    verdict = subprocess.run([VALIDATE, *site.journals()], capture_output=True, text=True, check=False)
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.requirement("REC-083", "REC-085", "REC-088")
def test_content_that_is_put_aside_lies_under_its_digest(site: Site) -> None:
    site.run(OPEN + "printf 123 >f; simvue-journal artifact f --store; simvue-journal artifact f --store")

    digest = "a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3"
    assert [path.name for path in (site.cache / "artifacts").iterdir()] == [digest]
    assert (site.cache / "artifacts" / digest).read_text() == "123"
    assert [record["sha256"] for record in site.records()[2:]] == [digest, digest]


NUMBERS = ["0", "-0", "1", "12", "0.5", "-1.5e-3", "1E5", "1e+05", "1e0005", "0e9999", "1e-9999", "5e-324", "100.25"]
NUMBERS += ["1.7976931348623157e308", "17976931348623157e292", "0.00001e313", "9" * 40]
REFUSED = {
    ".5": "write 0.5",
    "-.5e3": "write -0.5e3",
    "5.": "write 5.0",
    "5.e-3": "write 5.0e-3",
    "+1": "without the +",
    "01": "without leading zeros",
    "1e": "digits after the e",
    "1e+": "digits after the e",
    "0,5": "write 0.5, with a decimal point",
    "1.0+100": "write 1.0e+100",
    "1.0D+05": "write 1.0e+05",
    "******": "too narrow",
    "": "empty",
    "abc": "write digits",
    "0x10": "write digits",
    "1 2": "write digits",
    "-": "write digits",
    "1e999": "too large",
    "1.8e308": "too large",
    "1e99999999999999999999999": "too large",
    "9" * 41: "longer than 40",
}
NOT_FINITE = {"nan": "NaN", "-NaN": "NaN", "inf": "Infinity", "+Inf": "Infinity", "-INFINITY": "-Infinity"}


@pytest.mark.requirement("FRM-026", "FRM-027", "FRM-028", "WRT-030")
def test_numbers_are_written_as_they_are_or_refused_with_what_to_write(site: Site) -> None:
    accepted = [*NUMBERS, " 12 ", *NOT_FINITE]
    script = '. "$LIBRARY"; journal_open; for value; do journal_metric "x=$value"; done'
    assert site.run(script, *accepted) == ""
    [first] = site.journals()
    said = site.run(script, *REFUSED).splitlines()

    [second] = set(site.journals()) - {first}
    records = [json.loads(line, parse_int=float) for line in first.read_bytes().splitlines() if b'"metrics"' in line]
    values = [record["values"]["x"] for record in records]
    assert values == [*(float(text) for text in NUMBERS), 12, *NOT_FINITE.values()]
    assert all(isinstance(value, str) or math.isfinite(value) for value in values)
    assert b'"metrics"' not in second.read_bytes()
    assert len(said) == len(REFUSED)
    for line, advice in zip(said, REFUSED.values(), strict=True):
        assert advice in line


WRONG = {
    "metric loss": "write name=value",
    "metric loss=1 loss=2": "given twice",
    "metric loss=1 --step -1": "whole number",
    "metric loss=1 --step 9007199254740992": "9007199254740991",
    "metric loss=1 --time nan": "write seconds",
    "event text --level warn": "write one of: debug, info, warning, error, critical",
    "metadata a=1 a=2": "twice",
    "metadata novalue": "write key=value",
    "artifact nowhere.dat": "no file that can be read",
    "alert-state a good": "write one of: ok, critical",
    "status done": "write one of",
    "end --exit-code x": "whole number",
    "folder heat": "begin with /",
    f"tag {'x' * 251}": "1 to 250",
    f"metric {'ü' * 126}=1": "252 bytes",
    "alert r --source metrics --metric m --rule 'is inside range' --range-low 2 --range-high 2": "not below",
}
USAGE = {
    "nothing": "no command",
    "metric a=1 --stpe 3": "unknown option",
    "event two words": "in quotes",
    "event": "no text",
    "metric a=1 --step": "needs a value",
    "metric a=1 --step 1 --step 2": "twice",
    "alert a --source metrics": "needs --metric",
    "alert a --source events": "needs --pattern",
    "artifact": "no file",
    "heartbeat now": "unexpected",
}


@pytest.mark.requirement("WRT-014", "WRT-041", "FRM-021")
def test_what_cannot_be_recorded_is_said_and_ends_no_job(site: Site) -> None:
    script = OPEN.replace('"$(', '"$(LC_ALL=C.UTF-8 ')
    script += "\n".join(f"simvue-journal {wrong}; echo $?; simvue-journal --strict {wrong}; echo $?" for wrong in WRONG)
    script += "\n" + "\n".join(f"simvue-journal {wrong}; echo $?" for wrong in USAGE)
    process = site.start("set -u\n" + script)
    out, err = process.communicate(timeout=60)

    assert out.split() == [b"0", b"65"] * len(WRONG) + [b"2"] * len(USAGE)
    said = err.decode().splitlines()
    advice = [text for text in WRONG.values() for _ in range(2)] + list(USAGE.values())
    assert [line for line, text in zip(said, advice, strict=True) if text not in line] == []
    assert kinds(site.records()) == ["header", "run"]


@pytest.mark.requirement("FRM-010", "WRT-041")
def test_a_record_longer_than_a_line_may_be_is_refused(site: Site) -> None:
    script = '. "$LIBRARY"; x=$(head -c {} /dev/zero | tr "\\000" x); journal_open; journal_event "$x"; journal_end'
    said = site.run(script.format(1_048_600))
    assert "the limit is 1048576" in said
    assert kinds(site.records()) == ["header", "run", "end"]

    site.journals()[0].unlink()
    assert site.run(script.format(1_048_450)) == ""
    assert len(site.records()[2]["message"]) == 1_048_450


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
BYTES = st.one_of(
    TEXT.map(str.encode),
    st.binary(max_size=12).map(lambda data: data.replace(b"\0", b"\1")),
    st.lists(
        st.sampled_from([b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xf0\x9f\x92", b"\xe2\x82", b'"', b"\\"]),
        max_size=4,
    ).map(b"".join),
    st.sampled_from([b"-n", b"-e", b"--", b"%s%d\\n", b"$(id)`id`", b"*", b"\\u0041", b"\\\\", b'\\"', b"a\n\n", b"'"]),
)


@pytest.mark.requirement("FRM-001", "FRM-020", "FRM-022", "FRM-023", "FRM-024", "WRT-032")
@pytest.mark.parametrize("shell", SHELLS, ids=NAMES)
@settings(max_examples=2, deadline=None)
@given(texts=st.lists(BYTES, min_size=30, max_size=40))
def test_any_text_comes_back_as_it_was(shell: list[str], texts: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        site = Site(Path(directory), shell)
        keys = [b"k%d" % number + text.replace(b"=", b":")[:100] for number, text in enumerate(texts)]
        pairs = [b"%s=%s" % (key, text) for key, text in zip(keys, texts, strict=True)]
        both = 'journal_event "$text"; journal_event -- "$text"'
        script = f'. "$LIBRARY"; journal_open --description "$1"; for text; do {both}; done'
        assert site.run(script, *texts, LC_ALL="C.UTF-8") == ""
        assert site.run('simvue-journal --journal cache/journals/*.jsonl metadata --text "$@"', *pairs) == ""

        expected = [text.decode(errors="replace") for text in texts]
        run, *events, metadata = site.records()[1:]
        assert run["description"] == expected[0]
        assert [event["message"] for event in events] == [text for text in expected for _ in range(2)]
        assert metadata["values"] == dict(zip([key.decode(errors="replace") for key in keys], expected, strict=True))
