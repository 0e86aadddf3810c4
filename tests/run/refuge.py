"""Programs that are online while their cache fails, and what a server holds of them."""

import json
import time
from collections import Counter

from tests.journal import journals
from tests.run import site

BEFORE = """
import json, os, resource, shutil, sys, time
from pathlib import Path
import simvue.journal.writer as writing
writing._TICK = 0.2
writing._STAYS_BEHIND = 1.0
from simvue import Run
def until(condition):
    limit = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.05)
run = Run()
run.config(disable_resources_metrics=True)
run.init("name", folder="/refuge")
cache = Path(run._cache)
print(run.id, run.key, flush=True)
def remove():
    while cache.exists():  # what is delivered meanwhile writes into it
        shutil.rmtree(cache, ignore_errors=True)
def fill():
    filler = os.open(cache / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (4096, 1):
        try:
            while os.write(filler, b"x" * size):
                pass
        except OSError:
            pass
    os.close(filler)
def has_moved():
    return Path(run._cache) != cache
def log(first, last):
    for number in range(first, last):
        run.log_metrics({"a": number / 7})
        if number % 10 == 0:
            run.log_event(f"event {number}")
"""


def program(server, tmp_path, code, *, prefix=(), **more):
    script = journals.textwrap.dedent(BEFORE) + journals.textwrap.dedent(code)
    settings = {**site.variables(server, tmp_path / "home"), **more}
    return journals.run(script, tmp_path, prefix=prefix, **settings)


def points(server, identifier):
    """Return the steps and values of the metric that the programs log."""
    metrics = json.dumps(["a"]).replace('"', "%22")
    runs = json.dumps([identifier]).replace('"', "%22")
    path = f"/metrics?runs={runs}&metrics={metrics}&xaxis=step&aggregate=False"
    return [(row["step"], row["value"]) for row in site.get(server, path)[identifier]["a"]]


def holds(server, result, count):
    """Assert that the server has the run once, with all its values and events exactly once."""
    assert result.stdout, result.stderr
    identifier = result.stdout.split()[0]
    run = site.get(server, f"/runs/{identifier}")
    assert Counter(points(server, identifier)) == Counter((number, number / 7) for number in range(count))
    assert Counter(site.events(server, identifier)) == Counter(f"event {number}" for number in range(0, count, 10))
    assert len([one for one in site.runs(server, "/refuge") if one["id"] == identifier]) == 1
    return run


def sent_later(server, tmp_path, cache):
    """Run simvue_sender on a cache; return what it says."""
    return site.send(tmp_path / "home", server, SIMVUE_OFFLINE_DIRECTORY=str(cache))


def until_sent(server, tmp_path, cache):
    """Run simvue_sender until it has nothing to do: a back-off is remembered."""
    for _ in range(60):
        sent = sent_later(server, tmp_path, cache)
        if sent.returncode == 0:
            return
        time.sleep(1)
    raise AssertionError(sent.stdout + sent.stderr)
