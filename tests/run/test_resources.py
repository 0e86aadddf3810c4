"""Resource and emission metrics of a run: when they are recorded, and with which steps."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simvue import Run, SimvueRunError
from tests.journal import journals

CPU = "resources/cpu.usage.percentage"
ENERGY = "sustainability.energy_consumed"


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    yield run
    run.kill_all_processes()
    if run.status == "running":
        run.close()


def metrics(tmp_path: Path) -> list[journals.Record]:
    data = journals.only(tmp_path / "cache").read_bytes()
    return [record for record in journals.records(data) if record["kind"] == "metrics"]


def resources(tmp_path: Path) -> list[journals.Record]:
    return [record for record in metrics(tmp_path) if CPU in record["values"]]


def until(condition, patience: float = 15.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_resources_have_steps_of_their_own_and_leave_the_programs_alone(run, tmp_path):
    run.config(system_metrics_interval=0.1)
    run.init("name")
    for number in range(3):
        seen = len(resources(tmp_path))
        run.log_metrics({"mine": number})
        until(lambda: len(resources(tmp_path)) > seen)  # noqa: B023 - used up within the turn
    run.close()

    journals.whole(journals.only(tmp_path / "cache"))
    assert [record["step"] for record in metrics(tmp_path) if "mine" in record["values"]] == [0, 1, 2]
    steps = [record["step"] for record in resources(tmp_path)]
    assert steps == list(range(len(steps)))
    assert len(steps) >= 3
    times = [record["time"] for record in resources(tmp_path)]
    assert times == sorted(times)
    assert 0.05 < times[0] < 5
    assert all(set(record["values"]) == {CPU, "resources/cpu.usage.memory"} for record in resources(tmp_path))


def test_the_first_measurement_says_what_the_program_used_so_far(run, tmp_path):
    run.init("name")  # by default it comes after a second, the next after sixty
    started = time.monotonic()
    burn(0.5)
    until(lambda: resources(tmp_path))
    elapsed = time.monotonic() - started

    (first,) = resources(tmp_path)
    assert first["time"] >= 1
    assert first["values"][CPU] > 0.8 * 100 * 0.5 / elapsed
    assert 5 < first["values"]["resources/cpu.usage.memory"] < 1000


def test_programs_of_the_run_count(run, tmp_path):
    run.config(system_metrics_interval=0.2)
    run.init("name")
    run.add_process("burner", sys.executable, "-c", "while True: pass")

    until(lambda: any(record["values"][CPU] > 30 for record in resources(tmp_path)))


def test_another_process_can_be_measured_in_place_of_this_one(run, tmp_path):
    with subprocess.Popen(["sleep", "30"]) as sleeper:
        run.set_pid(sleeper.pid)
        run.config(system_metrics_interval=0.1)
        run.init("name")
        until(lambda: resources(tmp_path))
        sleeper.kill()

    memory = resources(tmp_path)[0]["values"]["resources/cpu.usage.memory"]
    assert 0 < memory < 12  # that of sleep, not of Python
    seen = len(resources(tmp_path))
    until(lambda: len(resources(tmp_path)) > seen + 1)  # it is gone, and that is no error
    assert resources(tmp_path)[-1]["values"]["resources/cpu.usage.memory"] == 0


def test_the_number_of_a_process_is_positive(run):
    with pytest.raises(SimvueRunError, match="pid"):
        run.set_pid(-1)


def test_a_run_can_be_left_unmeasured(run, tmp_path):
    run.config(disable_resources_metrics=True)
    run.init("name")
    time.sleep(1.3)
    run.close()

    assert metrics(tmp_path) == []


def test_a_run_that_is_only_announced_is_not_measured(run, tmp_path):
    run.config(system_metrics_interval=0.1)
    run.init("name", running=False)
    time.sleep(0.4)
    run.close()

    assert metrics(tmp_path) == []


def test_the_interval_can_be_changed_while_the_run_lasts(run, tmp_path):
    run.init("name")
    until(lambda: resources(tmp_path))

    run.config(system_metrics_interval=0.1)  # else the next would come after a minute
    until(lambda: len(resources(tmp_path)) > 3)
    run.config(disable_resources_metrics=True)
    time.sleep(0.2)
    seen = len(resources(tmp_path))
    time.sleep(0.4)

    assert len(resources(tmp_path)) == seen


def test_the_interval_may_come_from_the_configuration(tmp_path):
    (tmp_path / "simvue.toml").write_text("[metrics]\nsystem_metrics_interval = 0.1\n")
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")

    until(lambda: len(resources(tmp_path)) > 2)
    run.close()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"system_metrics_interval": 5, "disable_resources_metrics": True}, "ambiguous"),
        ({"enable_emission_metrics": True, "disable_resources_metrics": True}, "require resource metrics"),
        ({"system_metrics_interval": 0}, "more than 0"),
        ({"system_metrics_interval": -1}, "more than 0"),
        ({"system_metrics_interval": "often"}, "seconds"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_whole(run, tmp_path, arguments, word):
    with pytest.raises(SimvueRunError, match=word):
        run.config(**arguments)

    run.config(enable_emission_metrics=True)  # resources are still measured


def test_emissions_need_resources_also_later(run):
    run.config(disable_resources_metrics=True)

    with pytest.raises(SimvueRunError, match="require resource metrics"):
        run.config(enable_emission_metrics=True)


def test_energy_and_emissions_are_summed_up_to_the_end_of_the_run(run, tmp_path):
    (tmp_path / "simvue.toml").write_text(
        "[eco]\nco2_intensity = 250\ncpu_thermal_design_power = 200\ncpu_n_cores = 2\n"
    )
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.config(enable_emission_metrics=True, system_metrics_interval=30)
    run.init("name")
    before = time.process_time()
    burn(0.3)
    until(lambda: resources(tmp_path))
    burn(0.3)
    run.close()
    used = time.process_time() - before

    first, last = [record["values"] for record in metrics(tmp_path)]
    joules = last[f"{ENERGY}.total"] * 3.6e6
    assert 0.55 * 100 <= joules <= (used + 0.3) * 100  # 100 W for a core in full use
    assert last[f"{ENERGY}.total"] == pytest.approx(first[f"{ENERGY}.delta"] + last[f"{ENERGY}.delta"])
    assert last["sustainability.emissions.total"] == pytest.approx(last[f"{ENERGY}.total"] * 0.25)


def test_emissions_may_be_switched_on_by_the_configuration(tmp_path, caplog):
    (tmp_path / "simvue.toml").write_text("[metrics]\nenable_emission_metrics = true\nsystem_metrics_interval = 0.1\n")
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    until(lambda: len(resources(tmp_path)) > 1)
    run.close()

    assert f"{ENERGY}.total" in metrics(tmp_path)[0]["values"]
    assert "sustainability.emissions.total" not in metrics(tmp_path)[0]["values"]  # nobody knows the intensity
    assert caplog.text.count("co2_intensity") == 1


def test_a_forked_child_does_not_measure_and_does_not_hang(run, tmp_path):
    run.config(system_metrics_interval=0.05)
    run.init("name")
    until(lambda: resources(tmp_path))

    child = os.fork()
    if child == 0:
        try:
            run.log_event("child")
            time.sleep(0.3)
            run.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    run.close()

    kinds = [
        {record["kind"] for record in journals.records(path.read_bytes())}
        for path in journals.journals(tmp_path / "cache")
    ]
    assert ["event" in found for found in kinds] == [False, True]
    assert ["metrics" in found for found in kinds] == [True, False]


def test_only_the_first_rank_measures(tmp_path):
    run = Run(mode="offline", cache_directory=tmp_path / "cache", run_key="key", rank=1)
    run.config(system_metrics_interval=0.05)
    run.init("name")
    run.log_event("x")
    time.sleep(0.3)
    run.close()

    assert metrics(tmp_path) == []


def test_a_short_run_loads_nothing_for_its_measurement(tmp_path):
    code = """
    import sys
    from simvue import Run
    with Run(mode="offline", cache_directory=sys.argv[1]) as run:
        run.init("name")
        run.log_metrics({"a": 1})
    print([name for name in ("psutil", "simvue.resources", "simvue.emissions") if name in sys.modules])
    """

    result = journals.run(code, tmp_path / "cache")

    assert (result.returncode, result.stdout, result.stderr) == (0, "[]\n", "")


def test_a_long_interval_does_not_keep_the_program_from_ending(tmp_path):
    code = """
    import sys, time
    from simvue import Run
    run = Run(mode="offline", cache_directory=sys.argv[1])
    run.init("name")
    time.sleep(1.5)
    """
    started = time.monotonic()

    result = journals.run(code, tmp_path / "cache")

    assert (result.returncode, result.stderr) == (0, "")
    assert time.monotonic() - started < 15
    assert len(resources(tmp_path)) == 1
