"""The writer among processes, threads and signals: real ones."""

import multiprocessing
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import suppress

import psutil
import pytest

from tests.journal import journals

ENDLESS = """
import os, sys
from simvue import Run
run = Run(mode="offline", cache_directory=sys.argv[1])
run.config(disable_resources_metrics=True)
run.init("name")
step = 0
while True:
    run.log_metrics({"a": step / 7, "b": float("inf")}, step=step)
    os.write(1, b"%d\\n" % step)
    step += 1
"""


@pytest.mark.requirement("WRT-003", "WRT-001", "JRN-042")
def test_a_kill_at_any_moment_keeps_every_record_whose_call_returned(tmp_path):
    chance = random.Random(20260301)
    for number in range(25):
        cache = tmp_path / str(number)
        process = subprocess.Popen(journals.command(ENDLESS, cache), env=journals.environment(), stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(chance.random() / 50)
        process.kill()
        returned = process.stdout.read().split()
        process.wait()
        process.stdout.close()

        path = journals.only(cache)
        found = journals.accepted(path)
        steps = [record["step"] for record in found if record["kind"] == "metrics"]
        assert steps == list(range(len(steps)))
        assert len(steps) >= (int(returned[-1]) + 1 if returned else 1)
        assert {entry.verdict.value for entry in journals.verdicts(path).entries} <= {"accepted", "torn"}
        assert "end" not in [record["kind"] for record in found]


@pytest.mark.requirement("WRT-021", "SEQ-002", "FRM-001")
def test_eight_threads_write_whole_lines_with_unbroken_numbers(tmp_path):
    writer = journals.writer(tmp_path)

    def log(thread: int) -> None:
        for step in range(1000):
            writer.append_metrics({f"thread {thread}": step / 7}, step)

    threads = [threading.Thread(target=log, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.end("completed")

    found = journals.whole(journals.only(tmp_path))[1:-1]
    assert len(found) == 8000
    for number in range(8):
        mine = [record["step"] for record in found if f"thread {number}" in record["values"]]
        assert mine == list(range(1000))


FORKING = """
import multiprocessing, os, sys
from simvue import Run

def work(run, number):
    for step in range(50):
        run.log_metrics({f"child {number}": 1.0}, step=step)

if __name__ == "__main__":
    with Run(mode="offline", cache_directory=sys.argv[1], run_key="key") as run:
        run.config(disable_resources_metrics=True)
        run.init("name")
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=work, args=(run, number)) for number in range(3)]
        for child in children:
            child.start()
        for step in range(50):
            run.log_metrics({"parent": 1.0}, step=step)
        for child in children:
            child.join()
"""


@pytest.mark.requirement("WRT-020", "JRN-030", "JRN-032")
def test_forked_children_record_into_journals_of_their_own(tmp_path):
    result = journals.run(FORKING, tmp_path)

    assert (result.returncode, result.stderr) == (0, "")
    found = [journals.whole(path) for path in journals.journals(tmp_path)]
    headers = [records[0] for records in found]
    assert {header["run"] for header in headers} == {"key"}
    assert len({header["journal"] for header in headers}) == len({header["writer"]["pid"] for header in headers}) == 4
    assert not any("continues" in header for header in headers)
    assert sorted([len(records) for records in found]) == [52, 52, 52, 54]
    for records in found:
        names = {name for record in records if record["kind"] == "metrics" for name in record["values"]}
        assert len(names) == 1


@pytest.mark.requirement("WRT-020")
def test_only_the_parent_speaks_for_the_run(tmp_path):
    journals.run(FORKING, tmp_path)

    kinds = [[record["kind"] for record in journals.whole(path)] for path in journals.journals(tmp_path)]
    assert sorted((found.count("run"), found.count("status"), found.count("end")) for found in kinds) == [
        (0, 0, 1),
        (0, 0, 1),
        (0, 0, 1),
        (1, 1, 1),
    ]
    assert sum("status" in journals.whole(path)[-1] for path in journals.journals(tmp_path)) == 1


@pytest.mark.requirement("WRT-020")
def test_a_child_never_touches_the_descriptor_of_its_parent(tmp_path):
    log = tmp_path / "strace"

    journals.run(
        FORKING, tmp_path / "cache", prefix=("strace", "-f", "-qq", "-y", "-o", str(log), "-e", "trace=write,openat")
    )

    for path in journals.journals(tmp_path / "cache"):
        writers = {line.split()[0] for line in log.read_text().splitlines() if "write(" in line and path.name in line}
        assert len(writers) == 1


@pytest.mark.requirement("WRT-020", "WRT-021")
def test_a_fork_while_threads_write_leaves_no_lock_behind(tmp_path):
    code = """
    import os, sys, threading, time
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1], run_key="key")
    run.config(disable_resources_metrics=True)
    run.init("name")
    stop = threading.Event()
    def log():
        while not stop.is_set():
            run.log_metrics({"parent": 1.0})
            time.sleep(0.0002)
    threads = [threading.Thread(target=log) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        child = os.fork()
        if child == 0:
            run.log_metrics({"child": 1.0})
            os._exit(0)
        os.waitpid(child, 0)
    stop.set()
    for thread in threads:
        thread.join()
    run.close()
    """

    result = journals.run(code, tmp_path)

    assert (result.returncode, result.stderr) == (0, "")
    assert len(journals.journals(tmp_path)) == 31
    for path in journals.journals(tmp_path):
        journals.whole(path)


@pytest.mark.requirement("WRT-020", "JRN-030")
@pytest.mark.parametrize("first", ["append_metrics({'child': 1.0})", "append('event', {'message': 'child'})", "tend()"])
def test_a_writer_without_a_run_is_the_childs_own_after_a_fork_too(tmp_path, first):
    code = f"""
    import os, sys
    from simvue.journal.writer import Limits, Place, Writer
    writer = Writer(Place(directory=sys.argv[1] + "/journals", run="key", facts=dict))
    writer.append_metrics({{"parent": 1.0}})
    child = os.fork()
    if child == 0:
        writer.{first}
        writer.end()
        os._exit(0)
    os.waitpid(child, 0)
    writer.append_metrics({{"parent": 1.0}})
    writer.end("completed")
    """

    journals.run(code, tmp_path)

    found = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert [len(records) for records in found] == ([4, 3] if "append" in first else [4])


@pytest.mark.requirement("JRN-032", "JRN-031", "WRT-012")
def test_a_restarted_program_opens_another_journal_of_the_same_run(tmp_path):
    code = """
    import sys
    from simvue import Run
    with Run(mode="offline", cache_directory=sys.argv[1], run_key="requeued") as run:
        run.config(disable_resources_metrics=True)
        run.init("name")
    """

    journals.run(code, tmp_path)
    journals.run(code, tmp_path)

    headers = [journals.whole(path)[0] for path in journals.journals(tmp_path)]
    assert [header["run"] for header in headers] == ["requeued", "requeued"]
    assert headers[0]["journal"] != headers[1]["journal"]


@pytest.mark.requirement("WRT-021", "WRT-014")
def test_a_signal_handler_that_records_harms_no_record_and_never_blocks(tmp_path):
    code = """
    import signal, sys, time
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1])
    run.config(disable_resources_metrics=True)
    run.init("name")
    rang = 0
    def ring(*_):
        global rang
        rang += 1
        run.log_event(f"ring {rang}")
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
    end = time.monotonic() + 0.3
    logged = 0
    while time.monotonic() < end:
        run.log_metrics({"a": 1.0})
        logged += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    run.close()
    print(rang, logged)
    """

    result = journals.run(code, tmp_path)

    rang, logged = map(int, result.stdout.split())
    found = journals.whole(journals.only(tmp_path))
    messages = [record["message"] for record in found if record["kind"] == "event"]
    assert sorted(messages) == sorted(f"ring {number}" for number in range(1, rang + 1))
    assert sum(record["kind"] == "metrics" for record in found) == logged
    assert rang > 100


@pytest.mark.requirement("WRT-010", "WRT-011")
def test_an_interrupt_inside_a_call_costs_no_record_and_doubles_none(tmp_path):
    code = """
    import os, signal, sys, time
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1])
    run.config(disable_resources_metrics=True)
    run.init("name")
    class Interrupt(Exception): pass
    armed = False
    def strike(*_):
        global armed
        if armed:
            armed = False
            raise Interrupt
    signal.signal(signal.SIGALRM, strike)
    end = time.monotonic() + 0.5
    returned, interrupted, step = set(), 0, 0
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.00051)
    while time.monotonic() < end:
        try:
            step += 1
            armed = True
            run.log_metrics({"a": 1.0}, step=step)
            returned.add(step)
            armed = False
        except Interrupt:
            interrupted += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    run.close()
    print(interrupted, *sorted(returned))
    """

    result = journals.run(code, tmp_path)

    interrupted, *returned = map(int, result.stdout.split())
    path = journals.only(tmp_path)
    found = journals.accepted(path)
    steps = [record["step"] for record in found if record["kind"] == "metrics"]
    assert interrupted > 100, result.stderr
    assert len(steps) == len(set(steps))
    assert set(returned) <= set(steps)
    assert journals.verdicts(path).findings == []
    assert [record["seq"] for record in found] == list(range(len(found)))


@pytest.mark.requirement("WRT-020")
def test_the_journal_is_not_inherited_by_other_programs(tmp_path):
    writer = journals.writer(tmp_path)
    writer.append_metrics({"a": 1.0})

    listed = subprocess.run(
        ["sh", "-c", "ls -l /proc/self/fd"], capture_output=True, text=True, check=True, close_fds=False
    )

    assert "jsonl" not in listed.stdout


@pytest.mark.requirement("WRT-001")
def test_a_program_without_standard_streams_does_not_print_into_its_journal(tmp_path):
    code = """
    import os, sys
    from simvue import Run
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.config(disable_resources_metrics=True)
        run.init("name")
        for descriptor in (0, 1, 2):
            try:
                os.write(descriptor, b"output of the program")
            except OSError:
                pass
    """

    journals.run(code, tmp_path)

    journals.whole(journals.only(tmp_path))


@pytest.mark.requirement("WRT-020")
def test_a_fork_after_the_end_closes_nothing_of_the_programs(tmp_path):
    reader, other = os.pipe()
    writer = journals.writer(tmp_path)
    writer.append_metrics({"a": 1.0})
    writer.end()
    stranger = os.dup(other)  # takes the number that the journal had

    child = os.fork()
    if child == 0:
        with suppress(OSError):
            os.write(stranger, b"still open")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(stranger)
    os.close(other)
    said = os.read(reader, 100)
    os.close(reader)

    assert said == b"still open"


def test_no_process_is_left_by_these_tests():
    assert multiprocessing.active_children() == []
    assert [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE] == []
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
