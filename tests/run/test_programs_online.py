"""Programs, resources and log records of an online run, as the server has them when the run is closed."""

import pytest

from simvue_conformance.server.process import running_server
from tests.journal import journals
from tests.run import site


@pytest.fixture(scope="module")
def server():
    with running_server("--ephemeral") as process:
        yield process


@pytest.fixture
def program(server, tmp_path):
    """Run code after the usual beginning; returns the process and the server's run."""

    def run(code: str, before: str = ""):
        script = site.SCRIPT.format(before=before) + journals.textwrap.dedent(code)
        result = journals.run(script, tmp_path, **site.variables(server, tmp_path / "home"))
        identifier = result.stdout.split()[0] if result.stdout else ""
        return result, site.get(server, f"/runs/{identifier}") if identifier else {}

    return run


def test_a_program_that_failed_is_on_the_server_with_its_output(program, server, tmp_path):
    code = """
    os.chdir(sys.argv[1])
    run.add_process("good", "true")
    run.add_process("bad", "bash", "-c", "echo out; echo boom >&2; exit 3")
    run.close()
    """

    result, run = program(code)

    assert result.returncode == 3
    assert run["status"] == "failed"
    states = {alert["alert"]["name"]: alert["status"]["current"] for alert in run["alerts"]}
    assert states == {"good_exit_status": "ok", "bad_exit_status": "critical"}
    assert run["metadata"]["good_command"] == "true"
    artifacts = site.get(server, f"/runs/{run['id']}/artifacts")
    assert sorted((one["name"], one["size"]) for one in artifacts) == [("name_bad.err", 5), ("name_bad.out", 4)]
    assert all(one["uploaded"] for one in artifacts)


def test_resources_are_on_the_server_beside_the_programs_own_metrics(program):
    code = """
    import time
    run.config(system_metrics_interval=1)
    for number in range(3):
        run.log_metrics({"mine": number})
        time.sleep(0.5)
    run.close()
    """

    result, run = program(code)

    assert (result.returncode, result.stderr) == (0, "")
    assert (run["metrics"]["mine"]["count"], run["metrics"]["mine"]["step"]) == (3, 2)
    memory = run["metrics"]["resources/cpu.usage.memory"]
    assert memory["step"] == memory["count"] - 1
    assert 5 < memory["last"] < 1000
    assert "resources/cpu.usage.percentage" in run["metrics"]


def test_emissions_of_an_online_run_need_an_intensity_or_a_token(program, tmp_path):
    code = """
    os.chdir(sys.argv[1])
    try:
        run.config(enable_emission_metrics=True)
    except RuntimeError as error:
        print(error)
    """

    result, _ = program(code)

    assert "co2_intensity" in result.stdout
    assert "co2_signal_api_token" in result.stdout


def test_what_a_program_logs_is_on_the_server_also_at_debug(program, server):
    """All loggers of the process at their finest: delivering an event must not make another one."""
    code = """
    import logging, time
    from simvue.handler import Handler
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.addHandler(Handler(run))
    logging.getLogger("solver").warning("residual is high")
    time.sleep(3)
    run.close()
    """

    result, run = program(code)

    assert result.returncode == 0
    assert site.events(server, run["id"]) == ["residual is high"]
