"""Ranks and jobs: who the scheduler says this process is, and which run that makes it part of."""

import json

import pytest

from simvue import Run, SimvueRunError
from simvue.run.job import job_rank
from tests.journal import journals

SLURM = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "0", "SLURM_CLUSTER_NAME": "tiny"}
OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_MCA_ess_base_jobid": "123", "OMPI_MCA_orte_hnp_uri": "123.0;tcp://a:1"}
CODE = """
import sys
from simvue import Run
runs = [Run(mode="offline", cache_directory=sys.argv[1], run_key="job") for _ in range(2)]
print(*(run.key for run in runs), runs[0].rank)
runs[0].init("heat")
runs[0].log_metrics({"a": 1.0})
runs[0].close()
"""
NONE = dict.fromkeys(
    ["PBS_JOBID", "LSB_JOBID", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID", *SLURM, *OPEN_MPI, "PMIX_NAMESPACE"], ""
)


@pytest.fixture(autouse=True)
def _no_job(monkeypatch, tmp_path):
    """The developer's own job is none of the tests'."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in NONE:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "key", "rank"),
    [
        ({**SLURM, "SLURM_PROCID": "3"}, "slurm-tiny-4711-0", "3"),
        ({**SLURM, "SLURM_PROCID": "3", "SLURM_RESTART_COUNT": "2"}, "slurm-tiny-4711-0", "3"),
        ({"SLURM_JOB_ID": "4711", "SLURM_PROCID": "0"}, "slurm-4711", "0"),
        ({**SLURM, **OPEN_MPI, "SLURM_PROCID": "7"}, "slurm-tiny-4711", "1"),
        ({"PBS_JOBID": "12[3].server", "PMI_RANK": "5"}, "pbs-12-3-.server", "5"),
        ({"LSB_JOBID": "99", "LSB_JOBINDEX": "0", "PMIX_RANK": "2"}, "lsf-99", "2"),
        ({"LSB_JOBID": "99", "LSB_JOBINDEX": "4"}, "lsf-99-4", "None"),
        (OPEN_MPI, "ompi-123-27fdfb9b", "1"),
    ],
)
def test_the_key_is_the_jobs_and_a_second_run_has_its_own(tmp_path, variables, key, rank):
    result = journals.run(CODE, tmp_path, **{**NONE, **variables})

    assert result.stdout.split() == [key, f"{key}-2", rank], result.stderr


def test_all_ranks_of_a_job_make_one_run(tmp_path):
    for rank in range(3):
        journals.run(CODE, tmp_path, **{**NONE, **SLURM, "SLURM_PROCID": str(rank)})

    found = [journals.whole(path) for path in journals.journals(tmp_path)]
    assert {records[0]["run"] for records in found} == {"slurm-tiny-4711-0"}
    assert [records[0]["writer"]["rank"] for records in found] == [0, 1, 2]
    assert [[record["kind"] for record in records[1:]] for records in found] == [
        ["run", "metrics", "status", "end"],
        *[["metrics", "end"]] * 2,
    ]


def test_a_plain_run_in_a_job_is_a_run_of_its_own(tmp_path, monkeypatch):
    for name, value in {**SLURM, "SLURM_PROCID": "3"}.items():
        monkeypatch.setenv(name, value)

    with Run(mode="offline", cache_directory=tmp_path / "cache") as run:
        run.init("task")

    assert run.rank is None
    assert "4711" not in run.key
    assert [record["kind"] for record in journals.whole(journals.only(tmp_path / "cache"))][1] == "run"


def test_a_rank_that_is_given_goes_before_the_schedulers(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_PROCID", "3")

    assert Run(mode="offline", cache_directory=tmp_path, run_key="mine").rank == 3
    assert Run(mode="offline", cache_directory=tmp_path, run_key="mine", rank=0).rank == 0


def test_a_task_of_a_sweep_with_a_key_of_its_own_describes_and_ends_its_run(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_PROCID", "3")
    kinds = {}

    for name, arguments in {"only": {"rank": 0}, "one of many": {}}.items():
        with Run(mode="offline", cache_directory=tmp_path / name, run_key="case-3", **arguments) as run:
            run.init("case 3")
            run.log_metrics({"a": 1.0})
        kinds[name] = [record["kind"] for record in journals.whole(journals.only(tmp_path / name))]

    assert kinds["only"] == ["header", "run", "metrics", "status", "end"]
    assert "run" not in kinds["one of many"]


def test_outside_of_a_job_there_is_no_key_of_one(tmp_path):
    with pytest.raises(SimvueRunError, match="no job of Slurm, PBS, LSF or Open MPI"):
        Run(mode="offline", cache_directory=tmp_path, run_key="job")


def test_a_long_name_of_a_job_makes_a_valid_key(tmp_path):
    variables = {**NONE, "PBS_JOBID": "1." + "very.long.name.of.a.server." * 5}

    result = journals.run(CODE, tmp_path, **variables)

    keys = result.stdout.split()[:2]
    assert all(len(key) <= 64 for key in keys), result.stderr
    assert json.loads(journals.only(tmp_path).read_bytes().splitlines()[0])["run"] == keys[0]


def test_what_is_no_number_is_no_rank():
    assert job_rank({"PMI_RANK": "x", "SLURM_PROCID": ""}) is None
    assert job_rank({"PMI_RANK": "x", "SLURM_PROCID": "4"}) == 4
