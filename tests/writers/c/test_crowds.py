"""Killed programs, several programs at once, threads, and children that were forked."""

import random
import subprocess
import time

import orjson
import pytest

from tests.writers.c.journals import HERE, build, clean_environment, drive, metrics, needs_gcc, ran, records, validate

pytestmark = needs_gcc


@pytest.fixture(scope="module")
def crowd(programs):
    """The program, in which a race of two threads ends it where the sanitizer finds it."""
    return build(HERE / "crowd.c", programs / "crowd", "-std=c99", "-O1", "-g", "-fsanitize=thread")


@pytest.mark.requirement("WRT-002", "WRT-003")
def test_what_was_returned_as_written_survives_a_kill(driver, cache, tmp_path):
    source = random.Random(17)
    script = tmp_path / "calls"
    script.write_text("".join(metrics({"r": step / 7, "s": float(step)}, step) + "\n" for step in range(200_000)))
    for trial in range(6):
        place = cache / str(trial)
        place.mkdir(parents=True)
        with script.open() as calls, (tmp_path / "said").open("w+") as said:
            environment = clean_environment(place / "c")
            process = subprocess.Popen([driver], stdin=calls, stdout=said, env=environment, cwd=place)
            while said.tell() < 100:  # it has opened, and records
                said.seek(0, 2)
                time.sleep(0.005)
            time.sleep(source.random() / 10)
            process.kill()
            process.wait()
            said.seek(0)
            returned = said.read().splitlines()[1:].count("0")
        (path,) = (place / "c" / "journals").iterdir()

        lines = path.read_bytes().split(b"\n")
        steps = [orjson.loads(line)["step"] for line in lines[1:-1]]
        assert returned > 0
        assert len(steps) >= returned
        assert steps == list(range(len(steps)))
        validate(path, live=True)


@pytest.mark.requirement("JRN-030", "JRN-031", "JRN-013")
def test_many_processes_of_one_run_have_a_journal_each(driver, cache, tmp_path):
    calls = "\n".join([metrics({"r": 0.5}, 0, 0.0)] * 200 + ["close - -"]) + "\n"
    processes = [
        subprocess.Popen(
            [driver, "run=many", f"rank={rank}"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env=clean_environment(cache), cwd=tmp_path,
        )
        for rank in range(8)
    ]  # fmt: skip
    for process in processes:
        process.stdin.write(calls)
        process.stdin.close()
    assert [process.wait() for process in processes] == [0] * 8

    found = [records(path) for path in (cache / "journals").iterdir()]
    assert len({each[0]["journal"] for each in found}) == 8
    assert sorted(each[0]["writer"]["rank"] for each in found) == list(range(8))
    assert [len(each) for each in found] == [202] * 8
    validate(*(cache / "journals").iterdir())


@pytest.mark.requirement("WRT-021", "WRT-033")
def test_threads_share_a_handle(crowd, cache, tmp_path):
    result = ran([crowd, "threads", "8", "300"], env=clean_environment(cache), cwd=tmp_path)

    assert (result.returncode, result.stderr) == (0, "")
    (path,) = (cache / "journals").iterdir()
    found = records(path)  # whole lines, and numbers without a gap
    for number in range(8):
        name = f"thread{number}"
        assert [each["step"] for each in found if name in each.get("values", ())] == list(range(300))
    assert len({each["at"] for each in found}) == len(found)
    assert validate(path)["findings"] == 0


MOMENTS = """
#define SIMVUE_JOURNAL_IMPLEMENTATION
#include "simvue_journal.h"
int main(void) {
    static simvue_journal journal;
    int64_t last = 0, equal = 0;
    int number;
    for (number = 0; number < 10000; number++) {
        int64_t moment = svj_moment(&journal);
        equal += moment <= last;
        last = moment;
    }
    return equal != 0;
}
"""


@pytest.mark.requirement("WRT-033")
def test_records_of_one_microsecond_are_told_apart(tmp_path):
    (tmp_path / "moments.c").write_text(MOMENTS)
    program = build(tmp_path / "moments.c", tmp_path / "moments", "-O2")

    assert ran([program]).returncode == 0


@pytest.mark.requirement("WRT-020")
def test_a_forked_child_records_in_a_journal_of_its_own(crowd, cache, tmp_path):
    subprocess.run([crowd, "fork", "1"], env=clean_environment(cache), cwd=tmp_path, check=True)

    journals = (records(path) for path in (cache / "journals").iterdir())
    found = sorted(journals, key=lambda journal: "rank" in journal[0]["writer"])
    assert [[each.get("message") for each in journal if each["kind"] == "event"] for journal in found] == [
        ["of the parent"],
        ["of the child"],
    ]
    assert len({each[0]["run"] for each in found}) == 1


def test_a_handle_can_be_opened_again_after_the_end(driver, cache):
    first = drive(driver, cache, ["close - -"], "run=again")
    second = drive(driver, cache, ["close - -"], "run=again")

    assert first.path != second.path
    validate(first.path, second.path)
