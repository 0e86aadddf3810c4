"""Facts about the machine, as the published client gives them."""

import os
import platform
import sys

from simvue import system


def test_the_system_has_the_published_keys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    found = system.get_system()

    assert set(found) == {"cwd", "hostname", "pythonversion", "platform", "cpu", "gpu"}
    assert set(found["platform"]) == {"system", "release", "version"}
    assert set(found["cpu"]) == {"arch", "processor"}
    assert set(found["gpu"]) == {"name", "driver"}
    assert found["cwd"] == str(tmp_path)
    assert found["hostname"] == os.uname().nodename
    assert found["pythonversion"] == ".".join(map(str, sys.version_info[:3]))
    assert found["platform"]["system"] == platform.system()


def test_the_processor_is_its_model_and_its_architecture():
    model, architecture = system.get_cpu_info()

    assert architecture == os.uname().machine
    assert (model, architecture) == tuple(system.get_system()["cpu"][key] for key in ("processor", "arch"))


def test_the_gpu_is_asked_for_where_no_file_tells_of_it(tmp_path, monkeypatch):
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\necho 'NVIDIA A100-SXM4, 550.1'\necho 'NVIDIA A100-SXM4, 550.1'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert system.get_gpu_info() == {"name": "NVIDIA A100-SXM4", "driver_version": "550.1"}


def test_without_a_gpu_the_texts_are_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert system.get_gpu_info() == {"name": "", "driver_version": ""}


def test_a_command_that_fails_tells_nothing(tmp_path, monkeypatch):
    command = tmp_path / "nvidia-smi"
    command.write_text("#!/bin/sh\nexit 9\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert system.get_gpu_info() == {"name": "", "driver_version": ""}
