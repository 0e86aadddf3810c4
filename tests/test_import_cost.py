"""What a simulation loads: nothing that it does not need. What that costs is measured by `make bench`."""

import json
import os

import pytest

import simvue
from tests.journal import journals

HEAVY = ["requests", "urllib3", "http.client", "fastjsonschema", "psutil", "numpy"]


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


def test_importing_the_package_loads_none_of_it():
    result = journals.run("import simvue, sys; print([name for name in sys.modules if name.startswith('simvue')])")

    assert result.stdout == "['simvue._version', 'simvue']\n"


def test_every_public_name_can_be_had():
    for name in simvue.__all__:
        assert getattr(simvue, name) is not None
        assert name in dir(simvue)
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = simvue.Nonsense
