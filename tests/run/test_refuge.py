"""Online runs whose cache fails while they last: full, limited, removed; everything is on the server, once."""

import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter

import pytest

from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.run import site
from tests.run.refuge import BEFORE, holds, points, program, sent_later, until_sent


@pytest.fixture(scope="module")
def server():
    with running_server("--ephemeral", "--faults") as process:
        yield process


@pytest.mark.requirement("PTH-001", "PTH-005")
def test_a_cache_that_is_removed_under_a_run_is_written_again(server, tmp_path):
    code = """
    log(0, 100)
    remove()
    log(100, 200)
    until(lambda: list((cache / "journals").glob("*.jsonl")))
    log(200, 300)
    remove()
    log(300, 400)
    run.close()
    """

    result = program(server, tmp_path, code)

    assert result.returncode == 0, result.stderr
    assert holds(server, result, 400)["status"] == "completed"
    (said,) = result.stderr.splitlines()
    assert "was removed while the run records in it; it was written again" in said
    assert list((tmp_path / "home/.simvue/online").glob("*/journals/*")) == []


@pytest.fixture
def small_disk(tmp_path):
    """Return a disk of 256 KiB for a cache, as root or in a namespace, and the command that has it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    mount = f"mount -t tmpfs -o size=256k,mode=700 none '{disk}'"
    if subprocess.run([*namespace, "sh", "-c", mount], capture_output=True, check=False).returncode != 0:
        pytest.skip("no mount namespaces here")
    keep = f"{mount} && \"$@\"; status=$?; cp -a '{disk}' '{tmp_path}/left'; exit $status"
    return disk, (*namespace, "sh", "-c", keep, "sh")


@pytest.mark.requirement("PTH-004", "PTH-005")
@pytest.mark.parametrize("is_freed", [False, True])
def test_a_disk_that_fills_up_under_a_run_loses_nothing(server, tmp_path, small_disk, is_freed):
    disk, prefix = small_disk
    code = f"""
    log(0, 100)
    fill()
    log(100, 500)
    until(has_moved)
    log(500, 600)
    if {is_freed}:
        os.unlink(cache / "filler")
    print(run._cache)
    run.close()
    print(os.path.exists(run._cache))
    """

    result = program(server, tmp_path, code, prefix=prefix, SIMVUE_OFFLINE_DIRECTORY=str(disk))

    assert result.returncode == 0, result.stderr
    assert holds(server, result, 600)["status"] == "completed"
    (said,) = result.stderr.splitlines()
    assert re.search(r"cannot be recorded in .* any more: No space left on device\. It goes on in /", said)
    assert result.stdout.splitlines()[-1] == "False"
    sent = sent_later(server, tmp_path, tmp_path / "left")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    holds(server, result, 600)


@pytest.mark.requirement("PTH-004", "PTH-005", "DLV-005")
def test_what_cannot_be_taken_along_is_left_to_the_sender_and_named(server, tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    time.sleep(1)  # what has begun the run is delivered
    fill()
    log(0, 500)
    until(has_moved)
    log(500, 600)
    run.close()
    os.unlink(cache / "filler")
    """
    inject = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename", "-e", "inject=rename:error=EROFS")

    result = program(server, tmp_path, code, prefix=(*prefix, *inject), SIMVUE_OFFLINE_DIRECTORY=str(disk))

    assert result.returncode == 0, result.stderr
    moved, left = [line for line in result.stderr.splitlines() if "of the run" in line or "the run " in line]
    assert "It goes on in" in moved
    assert re.search(r"^\d+ records of the run \S+, recorded in .*/online/\S+ before, are still to be delivered", left)
    sent = sent_later(server, tmp_path, tmp_path / "left")
    assert sent.returncode in (0, 10), sent.stdout + sent.stderr
    assert holds(server, result, 600)["status"] == "completed"


@pytest.mark.requirement("PTH-005")
def test_a_disk_that_fills_up_at_the_very_end_loses_nothing(server, tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    writing._STAYS_BEHIND = 3600
    log(0, 100)
    fill()
    log(100, 200)
    run.close()
    """

    result = program(server, tmp_path, code, prefix=prefix, SIMVUE_OFFLINE_DIRECTORY=str(disk))

    assert result.returncode == 0, result.stderr
    assert holds(server, result, 200)["status"] == "completed"
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.requirement("PTH-004", "PTH-005")
def test_what_a_killed_program_had_in_memory_is_delivered_by_the_sender_that_it_names(server, tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    log(0, 100)
    fill()
    log(100, 500)
    until(has_moved)
    log(500, 600)
    os.kill(os.getpid(), 9)
    """

    result = program(server, tmp_path, code, prefix=prefix, SIMVUE_OFFLINE_DIRECTORY=str(disk))

    (said,) = [line for line in result.stderr.splitlines() if "It goes on in" in line]
    cache = re.search(r"SIMVUE_OFFLINE_DIRECTORY=(\S+) simvue_sender on this machine", said)[1]
    sent = sent_later(server, tmp_path, cache)
    assert sent.returncode in (0, 10), sent.stdout + sent.stderr
    shutil.rmtree(cache)
    assert holds(server, result, 600)["status"] == "running"


@pytest.mark.requirement("PTH-004", "PTH-005")
def test_what_was_hidden_and_is_nowhere_else_any_more_is_named_until_somebody_sees_to_it(server, tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    from simvue.run import online
    def die(said):
        print(run._online._next, flush=True)
        os.kill(os.getpid(), 9)
    online.warn = die  # before it is said where the run goes on
    fill()
    log(0, 500)
    until(has_moved)
    """
    result = program(server, tmp_path, code, prefix=prefix, SIMVUE_OFFLINE_DIRECTORY=str(disk))
    shutil.rmtree(result.stdout.splitlines()[-1])  # as if the machine had crashed
    (hidden,) = (tmp_path / "left/online").glob("*/journals/.*.jsonl.moved")
    (tmp_path / "left/online" / result.stdout.split()[1] / "filler").unlink()
    config = tmp_path / "home/.simvue.ini"
    config.write_text("[sender]\nstale_after_hours = 0.0003\n")  # 1 s
    config.chmod(0o600)

    said = []
    for _ in range(3):
        time.sleep(1.2)
        sent = sent_later(server, tmp_path, tmp_path / "left")
        said.append(sent.stdout + sent.stderr)
    given_up = list((tmp_path / "left").rglob("*.receipt.json"))
    name, size = hidden.name.removeprefix(".").removesuffix(".moved"), hidden.stat().st_size
    hidden.rename(hidden.with_name(name))
    until_sent(server, tmp_path, tmp_path / "left")

    assert f"rename it to {name}" in said[0]
    assert given_up == []
    (receipt,) = (tmp_path / "left").rglob("*.receipt.json")
    account = json.loads(receipt.read_bytes())
    assert account["size"] == sum(account["bytes"].values()) == size
    identifier = result.stdout.split()[0]
    assert account["records"]["event"] == len(set(site.events(server, identifier))) > 0


@pytest.mark.requirement("PTH-004", "PTH-005")
def test_a_kill_before_the_notes_are_taken_along_leaves_one_journal_that_can_be_delivered(server, tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    log(0, 100)
    run._online._service.wait_for(lambda: run._online._service.backlog().records == 0, 60)
    fill()
    def die(event, arguments):
        if event == "os.link" and "simvue-" in arguments[1] and arguments[1].endswith("state/00000001.jsonl"):
            print(run._online._next, flush=True)
            os.kill(os.getpid(), 9)
    sys.addaudithook(die)
    log(100, 500)
    until(has_moved)
    """
    result = program(server, tmp_path, code, prefix=prefix, SIMVUE_OFFLINE_DIRECTORY=str(disk))
    identifier, key, memory = result.stdout.split()
    (tmp_path / "left/online" / key / "filler").unlink()

    sent_later(server, tmp_path, memory)
    shutil.rmtree(memory)
    (hidden,) = (tmp_path / "left/online").glob("*/journals/.*.jsonl.moved")
    hidden.rename(hidden.with_name(hidden.name.removeprefix(".").removesuffix(".moved")))
    until_sent(server, tmp_path, tmp_path / "left")

    found = points(server, identifier)
    assert Counter(found) == Counter((number, number / 7) for number in range(len(found)))
    assert len(found) >= 100
    assert len([one for one in site.runs(server, "/refuge") if one["id"] == identifier]) == 1


@pytest.mark.requirement("PTH-004", "PTH-005")
def test_an_outage_of_disk_and_server_at_once_leaves_all_in_one_place_that_is_named(tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    log(0, 20)
    print("recorded", flush=True)
    sys.stdin.readline()
    log(20, 100)
    fill()
    log(100, 500)
    until(has_moved)
    log(500, 600)
    run.close(timeout=1.0)
    """
    script = journals.textwrap.dedent(BEFORE) + journals.textwrap.dedent(code)
    with running_server("--ephemeral", "--faults") as server:
        settings = {**site.variables(server, tmp_path / "home"), "SIMVUE_OFFLINE_DIRECTORY": str(disk)}
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [*prefix, *journals.command(script)]
        with subprocess.Popen(command, env=journals.environment(**settings), text=True, **pipes) as process:
            said = process.stdout.readline() + process.stdout.readline()
            headers = {**server.authorization, "content-type": "application/json"}
            rule = json.dumps([{"path": "^/api/", "status": 503, "times": 0}]).encode()
            assert server.request("PUT", "/faults", headers, rule)[0] == 200
            errors = process.communicate("\n", timeout=120)[1]
        result = subprocess.CompletedProcess(command, process.returncode, said, errors)

        assert result.returncode == 0, errors
        moved, left = errors.splitlines()
        cache = re.search(r"SIMVUE_OFFLINE_DIRECTORY=(\S+) simvue_sender on this machine", moved)[1]
        assert left.endswith(f"SIMVUE_OFFLINE_DIRECTORY={cache} simvue_sender does that")
        assert server.request("DELETE", "/faults", server.authorization)[0] == 200
        until_sent(server, tmp_path, cache)
        shutil.rmtree(cache)
        assert holds(server, result, 600)["status"] == "completed"
        sent_later(server, tmp_path, tmp_path / "left")  # whatever it makes of what it finds
        holds(server, result, 600)


@pytest.mark.requirement("PTH-001", "PTH-005")
def test_a_cache_that_is_removed_and_cannot_be_made_again_is_left_for_another(server, tmp_path):
    code = """
    log(0, 100)
    until(lambda: list((cache / "sender/state").glob("*")))
    while not cache.parent.is_file():
        remove()
        try:
            cache.parent.rmdir()
            cache.parent.write_text("in the way")
        except OSError:
            pass
    number = 100
    while not has_moved():
        log(number, number + 10)
        number += 10
        time.sleep(0.05)
    log(number, number + 100)
    run.close()
    print(number + 100, os.path.exists(run._cache))
    """

    result = program(server, tmp_path, code)

    assert result.returncode == 0, result.stderr
    count, is_left = result.stdout.splitlines()[-1].split()
    assert holds(server, result, int(count))["status"] == "completed"
    (said,) = result.stderr.splitlines()
    assert "any more: Not a directory. It goes on in /" in said
    assert is_left == "False"


@pytest.mark.requirement("PTH-005")
def test_memory_is_not_filled_with_what_is_delivered(server, tmp_path):
    (tmp_path / "blocked").write_text("in the way")
    code = """
    from dataclasses import replace
    from simvue.run import online
    online._IN_MEMORY = replace(online._IN_MEMORY, seconds=1.0)
    run.close()
    run = Run()
    run.config(disable_resources_metrics=True)
    run.init("name", folder="/refuge")
    cache = Path(run._cache)
    print(run.id, flush=True)
    log(0, 100)
    run._writer._chain._limit = 1  # the next record begins another journal
    log(100, 200)
    until(lambda: (cache / "delivered").exists())
    delivered = cache / "delivered"
    until(lambda: list(delivered.glob("*.receipt.json")) and not list(delivered.glob("*.jsonl")))
    assert len(list((cache / "journals").glob("*.jsonl"))) == 1
    run.close()
    """

    result = program(server, tmp_path, code, SIMVUE_OFFLINE_DIRECTORY=str(tmp_path / "blocked"))

    assert result.returncode == 0, result.stderr
    result.stdout = result.stdout.splitlines()[1]
    assert holds(server, result, 200)["status"] == "completed"


@pytest.mark.requirement("PTH-005")
def test_a_limit_on_the_size_of_files_is_got_around(server, tmp_path):
    code = """
    log(0, 100)
    (journal,) = (cache / "journals").glob("*.jsonl")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size + 50, unlimited[1]))
    log(100, 250)
    until(lambda: len(list((cache / "journals").glob("*.jsonl"))) > 1)
    log(250, 300)
    run.close()
    """

    result = program(server, tmp_path, code)

    assert result.returncode == 0, result.stderr
    assert holds(server, result, 300)["status"] == "completed"
    (said,) = [
        line for line in result.stderr.splitlines() if "cut off" not in line and "are no whole record" not in line
    ]
    assert "the run goes on in another journal" in said
    assert "File too large" in said


@pytest.mark.requirement("PTH-005")
def test_ranks_that_do_not_deliver_go_on_elsewhere_as_well(server, tmp_path, small_disk):
    disk, prefix = small_disk
    code = """
    if not sys.argv[2:]:
        import subprocess
        rank = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[1], "1"], stdin=subprocess.PIPE)
        until(lambda: len(list((cache / "journals").glob("*.jsonl"))) == 2)
        log(0, 100)
        fill()
        rank.stdin.close()
        log(100, 300)
        until(has_moved)
        assert rank.wait(60) == 0
        run.close()
        os.unlink(cache / "filler")
    else:
        run.log_metrics({"b": 0.0})
        sys.stdin.read()
        for number in range(1, 300):
            run.log_metrics({"b": number / 7})
        until(has_moved)
        run.close()
    """
    before = journals.textwrap.dedent(BEFORE).replace("Run()", 'Run(run_key="ranks", rank=len(sys.argv) - 2)')
    script = before + journals.textwrap.dedent(code)

    settings = {**site.variables(server, tmp_path / "home"), "SIMVUE_OFFLINE_DIRECTORY": str(disk)}
    result = journals.run(script, script, prefix=prefix, **settings)

    assert result.returncode == 0, result.stderr
    assert len([line for line in result.stderr.splitlines() if "It goes on in" in line]) == 2
    assert holds(server, result, 300)["status"] == "completed"
    sent = sent_later(server, tmp_path, tmp_path / "left")  # what the other rank had on the disk
    assert sent.returncode in (0, 10), sent.stdout + sent.stderr
    assert holds(server, result, 300)["metrics"]["b"]["count"] == 300
    assert len([one for one in site.runs(server, "/refuge") if one["metadata"]["simvue"]["run"] == "ranks"]) == 1
