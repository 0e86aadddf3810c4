"""Run all campaigns, or those that are named: `make campaign`, `python -m tests.campaigns [NAME...]`.

Each is a module of this folder with a `main` that returns an exit status; this one's is the greatest of theirs.
"""

import sys
from importlib import import_module
from pathlib import Path

MODULES = (path.stem for path in sorted(Path(__file__).parent.glob("[!_]*.py")))
CAMPAIGNS = {
    name: module.main for name in MODULES if hasattr(module := import_module(f"tests.campaigns.{name}"), "main")
}


def main(names: list[str]) -> int:
    """Run campaigns by name, all of them where none is named; return the exit status."""
    unknown = [name for name in names if name not in CAMPAIGNS]
    if unknown:
        print(f"there is no campaign {unknown[0]}; there are {', '.join(CAMPAIGNS)}", file=sys.stderr)
        return 2
    statuses = []
    for name in names or CAMPAIGNS:
        print(f"== {name}", flush=True)
        statuses.append(CAMPAIGNS[name]([]))
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
