"""What the scheduler says of this process: the job it belongs to, and its number among the job's processes.

Read from variables of the environment; nothing is asked of a scheduler. What a job's key and a rank mean for a
run is left to `simvue.run`. Tests: tests/run/test_ranks.py.
"""

import os
from collections.abc import Mapping
from zlib import crc32

from simvue.errors import SimvueRunError

__all__ = ["job_key", "job_rank"]

# What starts the processes knows their numbers best; the scheduler's own number may be that of a daemon that does.
_RANKS = (
    "OMPI_COMM_WORLD_RANK",
    "PMIX_RANK",
    "PMI_RANK",
    "MV2_COMM_WORLD_RANK",
    "PALS_RANKID",
    "JSM_NAMESPACE_RANK",
    "SLURM_PROCID",
)
_KEY_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
_LONGEST_KEY = 58  # 64, without room for the suffix of a later run of the process

_given: dict[str, int] = {}


def job_rank(variables: Mapping[str, str] | None = None) -> int | None:
    """Return the number of this process among those of its job, from 0; None outside of any."""
    found = os.environ if variables is None else variables
    return next((int(found[name]) for name in _RANKS if found.get(name, "").isdecimal()), None)


def job_key() -> str:
    """Return a run key that all processes of this job make, also when the job is requeued.

    A process that asks again gets another, with a number at its end; so do the other processes of the job, if
    all of them make their runs in the same order.

    Raises:
        SimvueRunError: This process belongs to no job.
    """
    base = _of_job(os.environ)
    _given[base] = _given.get(base, 0) + 1
    return base if _given[base] == 1 else f"{base}-{_given[base]}"


def _of_job(variables: Mapping[str, str]) -> str:
    def first(*names: str) -> str:
        return next((variables[name] for name in names if variables.get(name)), "")

    by_open_mpi = bool(first("OMPI_COMM_WORLD_RANK"))
    if job := first("SLURM_JOB_ID", "SLURM_JOBID"):
        # Under mpirun only the ranks of other nodes have a step: that of the daemons that start them.
        step = "" if by_open_mpi else first("SLURM_STEP_ID", "SLURM_STEPID")
        return _key("slurm", first("SLURM_CLUSTER_NAME"), job, step)
    if job := first("PBS_JOBID"):
        return _key("pbs", job)
    if job := first("LSB_JOBID"):
        index = first("LSB_JOBINDEX")
        return _key("lsf", job, "" if index == "0" else index)
    if by_open_mpi and (job := first("OMPI_MCA_ess_base_jobid", "PMIX_NAMESPACE")):
        # Its numbers come again; the address of the process that started the ranks tells them apart.
        return _key("ompi", job, f"{crc32(first('OMPI_MCA_orte_hnp_uri').encode()):08x}")
    raise SimvueRunError(
        "run_key='job': this process belongs to no job of Slurm, PBS, LSF or Open MPI; give a text of your own that "
        "all processes of the run share, or leave run_key out for a run of this process alone"
    )


def _key(*parts: str) -> str:
    text = "-".join(part for part in parts if part)
    key = "".join(character if character in _KEY_CHARACTERS else "-" for character in text)
    return key if len(key) <= _LONGEST_KEY else f"{key[: _LONGEST_KEY - 9]}-{crc32(text.encode()):08x}"
