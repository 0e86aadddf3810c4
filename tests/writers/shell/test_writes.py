"""How simvue-journal.sh writes: whole records, appended to a new file, whatever ends the job or fills the disk."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.writers.shell.shells import Site, checked, kinds, whole

VALIDATE = str(Path(sys.executable).parent / "simvue-validate")
WRITE = re.compile(r'write\(\d+</[^>]*\.jsonl>, "(.*)", (\d+)\) = (\d+)$', re.MULTILINE)

needs_strace = pytest.mark.skipif(
    not shutil.which("strace") or subprocess.run(["strace", "-o", os.devnull, "true"], check=False).returncode != 0,
    reason="strace cannot be used here",
)


@needs_strace
@pytest.mark.requirement("WRT-001", "WRT-002", "WRT-012", "JRN-031", "FRM-002")
def test_each_record_is_one_write_to_a_file_made_for_it(site: Site) -> None:
    script = """
    . "$LIBRARY"
    journal_open --name traced
    for length in 10 1000 3900 4096 8192 70000; do
        x=$(head -c $length /dev/zero | tr '\\000' x); journal_event "$x"
    done
    journal_event "two
lines"
    simvue-journal metric loss=1 --step 1
    journal_end
    """
    logs = site.directory / "logs"
    logs.mkdir()
    calls = "trace=openat,write,ftruncate"
    shell = ["strace", "-ff", "-ttt", "-y", "-s", "80000", "-e", calls, "-o", str(logs / "log")]
    site.shell = [*shell, *site.shell]
    assert site.run(script) == ""

    trace = "\n".join(sorted(line for log in logs.iterdir() for line in log.read_text().splitlines()))
    writes = WRITE.findall(trace)
    assert len(writes) == len(site.records()) == 11
    for data, asked, done in writes:
        assert asked == done
        assert data.startswith((r"\n{\"kind\":\"", r"{\"kind\":\"header"))
        assert data.endswith(r"Z\"}\n")
        assert data.count(r"\n{") <= 1
    opened = [line for line in trace.splitlines() if "openat" in line and ".jsonl" in line]
    assert "O_CREAT|O_EXCL" in opened[0]
    appending = [line for line in opened[1:] if "O_RDONLY" not in line]
    # The last opens it to sync it, and writes nothing.
    assert ["O_APPEND" in line for line in appending] == [True] * (len(appending) - 1) + [False]
    assert not [line for line in opened if "O_TRUNC" in line]
    assert not re.search(r"ftruncate\(\d+</[^>]*\.jsonl>", trace)


@pytest.mark.requirement("JRN-030", "WRT-012")
def test_several_processes_of_a_job_append_side_by_side(site: Site) -> None:
    script = """
    set -eu
    eval "$(simvue-journal open --name side-by-side)"
    . "$LIBRARY"
    for worker in 1 2 3; do
        (for step in 0 1 2 3 4 5 6 7 8 9; do
            journal_metric worker$worker=$step --step $step
            [ $step -ne 5 ] || simvue-journal event "worker $worker$(printf '%5000s' '')"
        done) &
    done
    wait
    seq 3 | while read -r step; do journal_metric piped="$step"; done
    simvue-journal end
    """
    assert site.run(script) == ""

    records = site.records()
    values = [tuple(record["values"].items()) for record in records if record["kind"] == "metrics"]
    expected = [((f"worker{worker}", step),) for worker, step in itertools.product(range(1, 4), range(10))]
    assert sorted(values) == sorted([*expected, *((("piped", number),) for number in (1, 2, 3))])
    assert kinds(records).count("event") == 3
    assert records[-1]["records"] == len(records) - 1 == 38


@pytest.mark.requirement("JRN-014", "JRN-030", "JRN-032", "JRN-015")
def test_several_scripts_have_a_journal_each_and_make_one_run(site: Site) -> None:
    script = 'eval "$(simvue-journal open --run-key shared $1)"; simvue-journal event "$2"; simvue-journal end'
    jobs = [site.start(script, "--join" if number else "--strict", str(number)) for number in range(4)]
    for job in jobs:
        assert job.communicate(timeout=60) == (b"", b"")

    journals = [checked(path) for path in site.journals()]
    assert {journal[0]["run"] for journal in journals} == {"shared"}
    assert len({journal[0]["journal"] for journal in journals}) == 4
    assert sorted(journal[-2]["message"] for journal in journals) == ["0", "1", "2", "3"]
    assert sum("run" in kinds(journal) for journal in journals) == 1


@pytest.mark.requirement("JRN-042", "FRM-003", "WRT-003")
def test_a_job_killed_at_any_moment_leaves_whole_records(site: Site) -> None:
    script = """
    . "$LIBRARY"
    journal_open
    echo "$SIMVUE_JOURNAL"
    n=0
    while :; do journal_metric n=$n; simvue-journal event "number $n$(printf '%4500s' '')"; n=$((n + 1)); done
    """
    for pause in (0.01, 0.03, 0.07):
        job = subprocess.Popen(
            [*site.shell, "-c", script],
            cwd=site.directory,
            env=site.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert job.stdout is not None
        journal = Path(os.fsdecode(job.stdout.readline().strip()))
        deadline = time.monotonic() + 30
        while journal.read_bytes().count(b"\n{") < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(pause)
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        job.stdout.close()

        # What comes through a pipe can be cut off there, and then it is the torn tail of the journal (FRM-003).
        complete, _, tail = journal.read_bytes().rpartition(b"\n")
        assert tail == b"" or (len(tail) > 3_000 and b'"kind":"event"' in tail), tail
        (site.directory / "complete").write_bytes(complete)
        records = checked(site.directory / "complete")
        values = [record["values"]["n"] for record in records if record["kind"] == "metrics"]
        assert values == list(range(len(values)))
        assert values


FULL = """
set -eu
. "$LIBRARY"
journal_open
journal_event before
full
for n in 1 2 3; do
    journal_event "$n $(printf '%500s' '')"
    simvue-journal metric n=$n
done
! (journal_event 'not this' && false)
free
simvue-journal event after
journal_end
"""


def check_after_a_full_disk(site: Site, said: str) -> None:
    [journal] = site.journals()
    records = whole(journal)
    assert said.count("\n") == 1
    assert "is the disk or the quota full?" in said
    found = kinds(records)
    assert found[:3] == ["header", "run", "event"]
    assert found[-3:] == ["lost", "event", "end"]
    written = len(found) - 3 - 3
    assert records[-3]["count"] == 7 - written
    assert (records[-2]["message"], records[-1]["records"]) == ("after", len(found) - 1)
    verdict = subprocess.run([VALIDATE, "--json", str(journal)], capture_output=True, text=True, check=False).stdout
    assert "REC-126" not in verdict
    assert "RDR-031" not in verdict
    assert list(site.temporary.iterdir()) == []


@pytest.mark.requirement("WRT-010", "WRT-014", "WRT-016", "REC-120", "REC-126")
def test_a_file_that_may_not_grow_loses_records_and_no_job(site: Site) -> None:
    unit = 1024 if site.shell[0] == "bash" else 512
    script = f"""
    full() {{ ulimit -S -f {2048 // unit}; }}
    free() {{ ulimit -S -f unlimited; }}
    """
    said = site.run(script + FULL)

    check_after_a_full_disk(site, said)


@pytest.mark.requirement("WRT-010", "WRT-014", "WRT-016")
def test_a_full_disk_loses_records_and_no_job(site: Site) -> None:
    disk = site.cache
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        script = """
        full() { cat /dev/zero >"$SIMVUE_OFFLINE_DIRECTORY/filler" 2>/dev/null || :; }
        free() { rm "$SIMVUE_OFFLINE_DIRECTORY/filler"; }
        """
        # A tmpfs grants whole pages: what is left of the journal's last one has to be filled first.
        said = site.run(script + FULL.replace("500s", "5000s"))
        check_after_a_full_disk(site, said)

        for status, option in ((0, ""), (69, "--strict")):
            script = f'cat /dev/zero >{disk}/filler; eval "$(simvue-journal open {option})" 2>&1; echo $?'
            script += "; simvue-journal event a; echo ${SIMVUE_JOURNAL-unset}"
            out, err = site.start(script).communicate(timeout=60)
            assert b"disk" in err
            assert out.split() in ([str(status).encode()], [b"74"]), out
        assert len(site.journals()) == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.requirement("JRN-040", "JRN-043")
def test_nothing_follows_an_end(site: Site) -> None:
    script = """
    set -eu
    eval "$(simvue-journal open)"
    trap 'simvue-journal end --exit-code $?' 0
    simvue-journal end --status terminated
    simvue-journal event late
    . "$LIBRARY"
    journal_open
    journal_end; journal_event late; simvue-journal event late; journal_end
    """
    said = site.run(script)

    assert said.count("has ended") == said.count("\n") == 1
    assert [kinds(checked(path)) for path in site.journals()] == [["header", "run", "end"]] * 2


@pytest.mark.requirement("JRN-033", "JRN-034", "RDR-043", "WRT-040")
@pytest.mark.parametrize("join", ["", "--join"])
def test_a_script_rotates_when_it_wants(site: Site, join: str) -> None:
    script = f"""
    set -eu
    eval "$(simvue-journal open --run-key chain {join})"
    simvue-journal event first
    eval "$(simvue-journal rotate)"
    simvue-journal event second
    . "$LIBRARY"
    journal_rotate
    journal_event third
    journal_end
    """
    site.run(script)

    chain = sorted((checked(path) for path in site.journals()), key=lambda records: records[0]["at"])
    assert [[record["message"] for record in each if record["kind"] == "event"] for each in chain] == [
        ["first"],
        ["second"],
        ["third"],
    ]
    for before, after in itertools.pairwise(chain):
        assert (before[-1]["kind"], before[-1]["reason"], before[-1]["records"]) == ("end", "rotate", len(before) - 1)
        assert "status" not in before[-1]
        assert after[0]["continues"] == {"journal": before[0]["journal"]}
        assert after[0]["run"] == "chain"
    said = [record for record in chain[-1] if record["kind"] == "status"]
    assert [record["status"] for record in said] == ([] if join else ["completed"])


@pytest.mark.requirement("WRT-014", "WRT-017")
def test_on_a_full_disk_nothing_is_rotated_and_a_status_is_kept(site: Site) -> None:
    unit = 1024 if site.shell[0] == "bash" else 512
    script = f"""
    set -eu
    . "$LIBRARY"
    journal_open
    journal_event "$(printf %900s x)"; journal_event "$(printf %900s x)"
    ulimit -S -f {2048 // unit}
    journal_status running --reason kept
    journal_rotate
    SIMVUE_JOURNAL_STRICT=1; export SIMVUE_JOURNAL_STRICT
    journal_rotate || echo "status $?" >&2
    unset SIMVUE_JOURNAL_STRICT
    ulimit -S -f unlimited
    journal_event after
    journal_end
    """
    said = site.run(script)

    [journal] = [path for path in site.journals() if path.name.endswith(".jsonl")]
    assert len(site.journals()) == 1, "a journal that was not begun is removed"
    assert said.count("not rotated") == 2
    assert "status 74" in said
    found = whole(journal)
    assert [record["reason"] for record in found if record["kind"] == "status"] == ["kept"]
    assert kinds(found) == ["header", "run", "event", "event", "status", "event", "end"]


@pytest.mark.requirement("JRN-010", "JRN-030", "WRT-014")
def test_a_journal_that_is_gone_or_of_another_node_gets_no_record(site: Site) -> None:
    script = """
    set -eu
    simvue-journal event 'before any'
    eval "$(simvue-journal open --run-key moved)"
    SIMVUE_JOURNAL_HOST=elsewhere simvue-journal event 'of another node'
    mv "$SIMVUE_JOURNAL" "$SIMVUE_JOURNAL.away"
    simvue-journal event gone
    [ ! -e "$SIMVUE_JOURNAL" ]
    mv "$SIMVUE_JOURNAL.away" "$SIMVUE_JOURNAL"
    SIMVUE_JOURNAL= simvue-journal event 'switched off'
    simvue-journal end
    """
    said = site.run(script).splitlines()

    reasons = ("no journal is open", "elsewhere", "is gone")
    assert [reason for line, reason in zip(said, reasons, strict=True) if reason not in line] == []
    assert kinds(site.records()) == ["header", "run", "end"]
