"""Record a run with each of the published connectors, on top of this package, online and offline.

Run it with the Python of an environment that holds this package with the extra `server`, the connectors without their
dependencies, and what these import besides simvue:

    pip install '.[server]' pydantic ukaea-multiparser f90nml fdsreader==1.11.7 semver numpy pandas
    pip install --no-deps simvue-connector simvue-openfoam simvue-fds
    python tests/interop/connectors.py

The solvers are shell scripts that write what OpenFOAM and FDS write. What reached the server is compared with it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simvue_conformance.server.process import ServerProcess, running_server

_FOAM = """#!/bin/sh
cd "$(dirname "$0")"
{
cat <<'END'
/*---------------------------------------------------------------------------*\\
  =========                 |
\\*---------------------------------------------------------------------------*/
Build  : 11
Exec   : icoFoam
Host   : "node7"
Case   : /cavity
nProcs : 1
// * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * //
Create time

END
for step in 1 2 3 4 5; do
sleep 0.3
echo "Time = 0.$step"
echo "smoothSolver:  Solving for Ux, Initial residual = 0.${step}1, Final residual = 1e-0$step, No Iterations 2"
echo "ExecutionTime = 0.$step s  ClockTime = 0 s"
done
} > log.icoFoam
mkdir -p 0.5; echo 1 > 0.5/U
exit ${FOAM_STATUS:-0}
"""

_FDS = """#!/bin/sh
echo 'Time,HRR' > fire_hrr.csv
printf 's,kW\\nTime,HRR\\n' > fire_hrr.csv
{
echo ' Fire Dynamics Simulator'
echo ' Version          : FDS6.9.1'
} > fire.out
for step in 1 2 3 4 5; do
sleep 0.3
printf '       Time Step       %s   January 1, 2026  10:00:0%s\\n' $step $step >> fire.out
printf '       Step Size:    0.100E+00 s, Total Time:       0.%s0 s\\n' $step >> fire.out
echo "0.$step,1$step.5" >> fire_hrr.csv
done
echo ' STOP: FDS completed successfully' >> fire.out
"""

_OPENFOAM_SCRIPT = """
import sys
from simvue_openfoam.connector import OpenfoamRun
with OpenfoamRun(mode=sys.argv[1]) as run:
    run.init("cavity", folder="/foam", tags=["openfoam"])
    run.launch(openfoam_case_dir=sys.argv[2])
"""

_FDS_SCRIPT = """
import sys
from simvue_fds.connector import FDSRun
with FDSRun(mode=sys.argv[1]) as run:
    run.init("fire", folder="/fds")
    run.launch(fds_input_file_path=sys.argv[2] + "/fire.fds", workdir_path=sys.argv[2], ulimit=8388608)
"""

_CONNECTOR_SCRIPT = """
import sys
import multiparser.parsing.tail as tail
from simvue_connector.connector import WrappedRun

class Solver(WrappedRun):
    def _pre_simulation(self):
        super()._pre_simulation()
        self.add_process("solver", executable="/bin/sh", script=sys.argv[2] + "/solver.sh",
                         completion_trigger=self._trigger)

    def _during_simulation(self):
        self.file_monitor.tail(path_glob_exprs=[sys.argv[2] + "/out.csv"], parser_func=tail.record_csv,
                               callback=lambda data, meta: self.log_metrics({"u": data["u"]}, step=int(data["n"])))

    def launch(self):
        super().launch()

with Solver(mode=sys.argv[1]) as run:
    run.init("wrapped", folder="/wrapped")
    run.launch()
"""

_SOLVER = """#!/bin/sh
cd "$(dirname "$0")"
echo 'n,u' > out.csv
for n in 1 2 3 4; do sleep 0.3; echo "$n,$n.25" >> out.csv; done
sleep 1
"""


def _prepare(directory: Path) -> None:
    for name in ("system", "constant", "0"):
        (directory / "case" / name).mkdir(parents=True)
    (directory / "case/system/controlDict").write_text("application icoFoam;\n")
    (directory / "case/0/U").write_text("0\n")
    (directory / "bin").mkdir()
    (directory / "fire").mkdir()
    (directory / "fire/fire.fds").write_text("&HEAD CHID='fire', TITLE='a fire' /\n&TIME T_END=1.0 /\n&TAIL /\n")
    (directory / "wrapped").mkdir()
    for path, content in (
        ("case/Allrun", _FOAM),
        ("bin/fds", _FDS),
        ("wrapped/solver.sh", _SOLVER),
    ):
        (directory / path).write_text(content)
        (directory / path).chmod(0o755)


@contextmanager
def _recorded(server: ServerProcess, script: str, mode: str, folder: str, directory: Path) -> Iterator[dict[str, Any]]:
    """Run a script, deliver if it was offline, and yield the run that the server has now."""
    environment = os.environ | {
        "SIMVUE_URL": server.url,
        "SIMVUE_TOKEN": server.token,
        "SIMVUE_OFFLINE_DIRECTORY": str(directory / "cache"),
        "PATH": f"{directory / 'bin'}:{os.environ['PATH']}",
    }
    result = subprocess.run(
        [sys.executable, "-c", script, mode, str(directory / folder)],
        env=environment,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    print(result.stdout[-2000:], result.stderr[-4000:], sep="", file=sys.stderr)
    assert result.returncode == 0, f"exit code {result.returncode}"
    if mode == "offline":
        sender = Path(sys.executable).with_name("simvue_sender")
        subprocess.run([sender], env=environment, check=True, timeout=60)
    runs = _get(server, "/api/runs")["data"]
    yield runs[0]


def _get(server: ServerProcess, path: str) -> Any:
    status, _, body = server.request("GET", path, server.authorization)
    assert status == 200, (status, body)
    return json.loads(body)


def _artifacts(server: ServerProcess, run: dict[str, Any]) -> set[str]:
    return {row["name"] for row in _get(server, f"/api/runs/{run['id']}/artifacts")}


def _wrapped(server: ServerProcess, mode: str, directory: Path) -> None:
    with _recorded(server, _CONNECTOR_SCRIPT, mode, "wrapped", directory) as run:
        assert run["status"] == "completed", run["status"]
        assert run["metrics"]["u"]["count"] == 4, run["metrics"]
        assert run["metrics"]["u"]["max"] == 4.25, run["metrics"]


def _openfoam(server: ServerProcess, mode: str, directory: Path) -> None:
    with _recorded(server, _OPENFOAM_SCRIPT, mode, "case", directory) as run:
        assert run["status"] == "completed", run["status"]
        assert run["metrics"]["residuals.initial.Ux"]["count"] == 5, run["metrics"]
        assert run["metadata"]["openfoam"]["nprocs"] == "1", run["metadata"]
        assert {"inputs.zip", "results.zip"} <= _artifacts(server, run)


def _fds(server: ServerProcess, mode: str, directory: Path) -> None:
    with _recorded(server, _FDS_SCRIPT, mode, "fire", directory) as run:
        assert run["status"] == "completed", run["status"]
        assert run["metrics"]["HRR"]["count"] == 5, run["metrics"]
        assert "fire.fds" in _artifacts(server, run)


_CONNECTORS = {"simvue-connector": _wrapped, "simvue-openfoam": _openfoam, "simvue-fds": _fds}


def main() -> None:
    """Check all connectors in both modes, or those that are named."""
    chosen = sys.argv[1:] or list(_CONNECTORS)
    for mode in ("online", "offline"):
        for name in chosen:
            with tempfile.TemporaryDirectory() as place, running_server("--ephemeral") as server:
                _prepare(Path(place))
                _CONNECTORS[name](server, mode, Path(place))
            print(f"{mode}: {name}: ok")


if __name__ == "__main__":
    main()
