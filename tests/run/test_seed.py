"""Calls of the client's first versions: accepted, with a warning that names today's spelling."""

import inspect

import pytest

import simvue
from simvue import Run, SimvueRunError
from tests.journal import journals


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIMVUE_DISABLE_ENVIRONMENT_METRICS", "1")
    monkeypatch.setenv("SIMVUE_DISABLE_GIT_METRICS", "1")
    monkeypatch.chdir(tmp_path)
    run = Run("offline", cache_directory=tmp_path / "cache")
    with pytest.warns(DeprecationWarning, match=r"init\(name, metadata=\.\.\., tags=\.\.\.\)"):
        run.init("name", {"a": 1}, ["t"], "description", "/f", True)
    yield run
    run.close()


def recorded(run, tmp_path):
    run.close()
    found = journals.whole(journals.only(tmp_path / "cache"))[1:-2]
    return [{name: record[name] for name in record if name not in ("seq", "at", "crc", "system")} for record in found]


def test_init_takes_its_first_parameters_by_position(run, tmp_path):
    (first,) = recorded(run, tmp_path)

    assert (first["name"], first["metadata"], first["tags"]) == ("name", {"a": 1}, ["t"])
    assert (first["description"], first["folder"], first["status"]) == ("description", "/f", "running")


def test_save_takes_a_path_or_an_object(run, tmp_path):
    (tmp_path / "x.txt").write_text("x")

    with pytest.warns(DeprecationWarning, match=r"save_file\(path, category="):
        run.save(str(tmp_path / "x.txt"), "input", "text/plain")
    with pytest.warns(DeprecationWarning, match=r"save_object\(object, category="):
        run.save({"a": 1}, "output", name="facts")

    _, file, thing = recorded(run, tmp_path)
    assert (file["name"], file["category"], file["mimetype"]) == ("x.txt", "input", "text/plain")
    assert (thing["name"], thing["category"], thing["mimetype"]) == ("facts", "output", "application/json")


@pytest.mark.parametrize(
    ("given", "expected", "today"),
    [
        ({"rule": "is above", "metric": "a", "threshold": 1.0}, {"threshold": 1, "window": 5}, "metric_threshold"),
        ({"rule": "is inside range", "metric": "a", "range_low": 1, "range_high": 2}, {"range_low": 1}, "metric_range"),
        ({"source": "events", "pattern": "x", "frequency": 2}, {"pattern": "x", "frequency": 2}, "event"),
        ({"source": "user", "notification": "email"}, {"source": "user", "notification": "email"}, "user"),
    ],
)
def test_add_alert_defines_every_kind(run, tmp_path, given, expected, today):
    with pytest.warns(DeprecationWarning, match=f"create_{today}_alert"):
        assert run.add_alert("name", **given) == "name"

    record = recorded(run, tmp_path)[1]
    assert {name: record[name] for name in expected} == expected


def test_folder_details_took_the_path_first(run, tmp_path):
    with pytest.warns(DeprecationWarning, match="set_folder_details"):
        run.set_folder_details("/other", {"a": 1}, ["t"], "text")
    with pytest.warns(DeprecationWarning, match="set_folder_details"):
        run.set_folder_details(path="/third", description="text")
    run.set_folder_details({"b": 2})

    details = [{name: record[name] for name in record if name != "kind"} for record in recorded(run, tmp_path)[1:]]
    assert details == [
        {"path": "/other", "metadata": {"a": 1}, "tags": ["t"], "description": "text"},
        {"path": "/third", "description": "text"},
        {"path": "/f", "metadata": {"b": 2}},
    ]


@pytest.mark.parametrize(
    ("given", "today"),
    [({"queue_size": 5}, "no queue"), ({"resources_metrics_interval": 30}, "system_metrics_interval")],
)
def test_config_took_other_parameters(run, given, today):
    with pytest.warns(DeprecationWarning, match=today):
        assert run.config(**given)


def test_what_config_never_took_is_refused(run):
    with pytest.raises(SimvueRunError, match="'speed'"):
        run.config(speed=1)


ANY = inspect.Parameter.empty
PUBLISHED = {
    "add_alerts": {"ids": None, "names": None},
    "add_process": {
        "identifier": ANY,
        "executable": None,
        "script": None,
        "input_file": None,
        "completion_callback": None,
        "completion_trigger": None,
        "env": None,
        "cwd": None,
    },
    "assign_metric_to_grid": {"metric_name": ANY, "grid_name": None, "axes_ticks": None, "axes_labels": None},
    "close": {},
    "config": dict.fromkeys(
        (
            "suppress_errors",
            "queue_blocking",
            "system_metrics_interval",
            "enable_emission_metrics",
            "disable_resources_metrics",
            "storage_id",
            "abort_on_alert",
        )
    ),
    "create_event_alert": {
        "name": ANY,
        "pattern": ANY,
        "description": None,
        "frequency": 1,
        "notification": "none",
        "trigger_abort": False,
        "attach_to_run": True,
    },
    "create_metric_range_alert": {
        "name": ANY,
        "metric": ANY,
        "range_low": ANY,
        "range_high": ANY,
        "rule": ANY,
        "description": None,
        "window": None,
        "frequency": 1,
        "aggregation": "average",
        "notification": "none",
        "trigger_abort": False,
        "attach_to_run": True,
    },
    "create_metric_threshold_alert": {
        "name": ANY,
        "metric": ANY,
        "threshold": ANY,
        "rule": ANY,
        "description": None,
        "window": None,
        "frequency": 1,
        "aggregation": "average",
        "notification": "none",
        "trigger_abort": False,
        "attach_to_run": True,
    },
    "create_user_alert": {
        "name": ANY,
        "description": None,
        "notification": "none",
        "trigger_abort": False,
        "attach_to_run": True,
    },
    "init": {
        "name": None,
        "metadata": None,
        "tags": None,
        "description": None,
        "folder": None,
        "notification": "none",
        "running": True,
        "retention_period": None,
        "timeout": 180,
        "visibility": None,
        "no_color": False,
        "record_shell_vars": None,
    },
    "kill_all_processes": {},
    "kill_process": {"process_id": ANY},
    "log_alert": {"identifier": None, "name": None, "state": "critical"},
    "log_event": {"message": ANY, "timestamp": None, "log_level": None},
    "log_metrics": {"metrics": ANY, "step": None, "time": None, "timestamp": None},
    "reconnect": {"run_id": ANY},
    "save_all": {"items": ANY, "category": ANY, "file_type": None, "preserve_path": False},
    "save_directory": {"directory": ANY, "category": ANY, "file_type": None, "preserve_path": False},
    "save_file": {
        "file_path": ANY,
        "category": ANY,
        "file_type": None,
        "preserve_path": False,
        "preserve_path_relative_to": None,
        "snapshot": False,
        "name": None,
        "metadata": None,
    },
    "save_object": {"obj": ANY, "category": ANY, "name": None, "allow_pickle": False, "metadata": None},
    "set_folder_details": {"metadata": None, "tags": None, "description": None},
    "set_metric_units": {"metric_name": ANY, "units": ANY, "mks_unit": None, "mks_conversion": None},
    "set_pid": {"pid": ANY},
    "set_status": {"status": ANY},
    "set_tags": {"tags": ANY},
    "update_metadata": {"metadata": ANY},
    "update_tags": {"tags": ANY},
}
PROPERTIES = (
    *("dispatcher", "duration", "executor", "id", "mode", "name", "processes", "status", "uid", "user_config"),
    *("key", "rank", "url"),
)
WIDER = {("reconnect", "run_id")}


@pytest.mark.parametrize("method", PUBLISHED)
def test_the_published_clients_methods_are_here_with_their_parameters(method):
    parameters = inspect.signature(getattr(Run, method)).parameters
    expected = {name: default for name, default in PUBLISHED[method].items() if (method, name) not in WIDER}

    assert {name: parameters[name].default for name in expected} == expected
    needed = {name for name, parameter in parameters.items() if parameter.default is ANY and name != "self"}
    variable = {name for name, parameter in parameters.items() if parameter.kind in (2, 4)}
    assert needed - variable <= set(PUBLISHED[method])


def test_the_published_clients_properties_are_here():
    assert all(isinstance(getattr(Run, name), property) for name in PROPERTIES)


def test_run_is_made_with_the_published_parameters():
    parameters = inspect.signature(Run).parameters

    assert {name: parameters[name].default for name in parameters} == {
        "mode": None,  # published: online, whatever [run] mode says
        "abort_callback": None,
        "server_token": None,
        "server_url": None,
        "debug": False,
        "server_profile": None,
        "run_key": None,
        "rank": None,
        "cache_directory": None,
    }


def test_what_programs_reach_for_in_the_published_modules_is_here():
    assert simvue.run.SimvueRunError is SimvueRunError
    assert simvue.run.get_system()["hostname"]
    assert simvue.run.FOLDER_REGEX
    with pytest.raises(AttributeError):
        _ = simvue.nonsense
