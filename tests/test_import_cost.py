"""What a simulation pays: at its start, and for each record."""

import json
import os
import time

import orjson
import pytest

import simvue
from simvue import Run
from tests.journal import journals

HEAVY = ["requests", "urllib3", "http.client", "fastjsonschema", "psutil", "numpy"]


def quickest(function, repeats: int) -> float:
    """Return the least time of several: what the machine does besides only adds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def test_an_offline_run_loads_no_http_and_nothing_heavy(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    code = """
    import json, sys
    from simvue import Run
    with Run(mode="offline", cache_directory=sys.argv[1] + "/cache") as run:
        run.init("name", metadata={"a": 1})
        run.log_metrics({"a": 1.0}, step=1, timestamp="2026-03-01T09:00:00")
        run.log_event("x")
        run.save_file(sys.argv[1] + "/x.txt", "input", snapshot=True)
        run.create_user_alert("u")
    print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
    """

    result = journals.run(code, tmp_path, *HEAVY)

    assert json.loads(result.stdout) == []


def test_an_offline_run_needs_neither_token_nor_address(tmp_path):
    variables = {name: "" for name in os.environ if name.startswith("SIMVUE_")}
    code = """
    import sys
    from simvue import Run
    with Run(mode="offline") as run:
        run.init("name")
    """

    result = journals.run(code, **variables, HOME=str(tmp_path))

    assert (result.returncode, result.stderr) == (0, "")
    journals.whole(journals.only(tmp_path / ".simvue"))


def test_importing_the_package_costs_less_than_four_times_starting_python():
    nothing = quickest(lambda: journals.run("pass"), 7)

    package = quickest(lambda: journals.run("import simvue"), 7)

    print(f"import simvue / pass = {package / nothing:.2f}")
    assert package / nothing < 4


def test_importing_the_package_loads_none_of_it():
    result = journals.run("import simvue, sys; print([name for name in sys.modules if name.startswith('simvue')])")

    assert result.stdout == "['simvue._version', 'simvue']\n"


def test_every_public_name_can_be_had():
    for name in simvue.__all__:
        assert getattr(simvue, name) is not None
        assert name in dir(simvue)
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = simvue.Nonsense


def test_a_record_costs_less_than_four_times_its_json_and_its_write(tmp_path):
    values = {"residual": 0.00125371, "energy/total": 1.0e3 / 7, "cfl": 0.31}
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    run.log_metrics(values)
    record = orjson.loads(journals.only(tmp_path / "cache").read_bytes().splitlines()[-1])
    descriptor = os.open(tmp_path / "plain", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def plain() -> None:
        for _ in range(300):
            os.write(descriptor, orjson.dumps(record))

    def ours() -> None:
        for _ in range(300):
            run.log_metrics(values)

    pairs = [(quickest(plain, 1), quickest(ours, 1)) for _ in range(100)]
    ratio = min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)

    os.close(descriptor)
    run.close()
    print(f"log_metrics / (orjson.dumps + os.write) = {ratio:.2f}")
    assert ratio < 4
