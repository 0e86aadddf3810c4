"""Let the published client work against the reference server, and see that it gets what it asks for.

    python tests/interop/published.py --published PUBLISHED/bin/python [NAME …]

PUBLISHED is a virtual environment with `simvue` 2.6.2 of PyPI. The server is started here and ends with the script;
the checks in `published_checks/` run with the published package's own Python, in a directory of their own. With
NAMEs only the checks whose names hold one of them run. Exits with 1 if any check fails. Named the Python of this
project instead, the same checks hold this client to what the published one does.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simvue_conformance.server.auth import make_token
from simvue_conformance.server.process import running_server

CHECKS = Path(__file__).with_name("published_checks")


def main() -> int:
    """Start the server, run the checks, pass on how they went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--published", required=True, metavar="PYTHON")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    admin = make_token("admin01")
    with (
        running_server("--ephemeral", "--token", make_token(), "--admin-token", admin) as server,
        tempfile.TemporaryDirectory() as home,
    ):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SIMVUE", "PYTHON"))}
        environment |= {
            "HOME": home,
            "SIMVUE_URL": server.url,
            "SIMVUE_TOKEN": server.token,
            "SIMVUE_OFFLINE_DIRECTORY": str(Path(home, "cache")),
            "ADMIN_TOKEN": admin,
        }
        # Absolute, for the directory changes; not resolved, for a virtual environment is its link to Python.
        command = [str(Path(options.published).absolute()), str(CHECKS / "__main__.py"), *options.names]
        return subprocess.run(command, cwd=home, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
