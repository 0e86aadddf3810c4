"""Facts about machine and job."""

import os
import socket
from pathlib import Path

import pytest

from simvue import environment
from tests.journal import journals


@pytest.mark.requirement("REC-021")
def test_the_system_has_the_facts_that_the_server_knows():
    facts = environment.system_facts()

    assert facts["hostname"] == socket.gethostname()
    assert facts["cwd"] == str(Path.cwd())
    assert set(facts["platform"]) == {"system", "release", "version"}
    assert set(facts["cpu"]) == {"arch", "processor"}
    assert set(facts["gpu"]) == {"name", "driver"}


def test_the_facts_cost_no_process(tmp_path):
    log = tmp_path / "strace"
    code = "from simvue import environment; environment.system_facts(); environment.writer_facts()"

    journals.run(code, prefix=("strace", "-f", "-qq", "-o", str(log), "-e", "trace=execve,clone,clone3,fork,vfork"))

    assert len(log.read_text().splitlines()) == 1  # Python itself


@pytest.mark.requirement("JRN-016")
@pytest.mark.parametrize("variable", ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"])
def test_the_writer_names_itself_its_process_and_its_job(monkeypatch, variable):
    monkeypatch.setenv(variable, "4711.node")

    facts = environment.writer_facts(rank=3)

    assert (facts["name"], facts["language"], facts["pid"]) == ("simvue-python", "python", os.getpid())
    assert (facts["rank"], facts["job"]) == (3, "4711.node")


def test_without_a_job_or_a_rank_there_is_none(monkeypatch):
    for variable in ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"):
        monkeypatch.delenv(variable, raising=False)

    assert not {"rank", "job"} & set(environment.writer_facts())


@pytest.mark.requirement("JRN-019")
def test_a_directory_that_is_gone_is_no_directory(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert environment.current_directory() is None


def test_a_graphics_card_is_read_from_its_driver(tmp_path):
    (tmp_path / "gpus" / "0000:01:00.0").mkdir(parents=True)
    (tmp_path / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 2024\n")
    (tmp_path / "gpus" / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA A100\nIRQ: 5\n")

    assert environment._gpu(tmp_path) == {"name": "NVIDIA A100", "driver": "550.54.15"}


def test_a_processor_that_is_not_described_is_unknown(tmp_path):
    assert environment._processor(tmp_path / "missing") == ""
    assert environment._gpu(tmp_path) == {"name": "", "driver": ""}
