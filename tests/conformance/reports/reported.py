"""A report with one requirement of each status, for the tests of its shapes."""

from simvue_conformance.results import Observation, Report, Requirement, conclude

STATUSES = {
    "FRM-001": "passed",
    "FRM-006": "warned",
    "FRM-024": "failed",
    "WRT-010": "not testable",
    "WRT-030": "known to fail",
    "WRT-031": "passed unexpectedly",
}


def _requirement(identifier):
    level = "SHOULD" if identifier == "FRM-006" else "MUST"
    return Requirement(id=identifier, level=level, text=f"Text of {identifier} | with a bar.", places=("text",))


def _seen(requirement, verdict, detail=""):
    return Observation(requirement=requirement, place="text", verdict=verdict, detail=detail)


OBSERVATIONS = [
    _seen("FRM-001", "passed"),
    _seen("FRM-006", "failed", "a CR before the LF"),
    *(
        _seen("FRM-024", "failed", f"line {line}: bell \x07 and <escape> \x1b[2J; write \\u0007")
        for line in range(1, 8)
    ),
    _seen("WRT-010", "not testable", "no room"),
    _seen("WRT-030", "failed", "NaN"),
    _seen("WRT-031", "passed"),
]
KNOWN = {"WRT-030": "old compiler", "WRT-031": "was wrong once"}


def report(observations=OBSERVATIONS, known=None, **members):
    outcomes = conclude(
        {name: _requirement(name) for name in STATUSES}, observations, KNOWN if known is None else known
    )
    given = {
        "role": "writer",
        "version": "1.0",
        "command": ("./my writer", "--fast"),
        "features": ("library",),
        "started": "2026-03-01T09:00:00+00:00",
        "seconds": 9.4,
        "outcomes": outcomes,
    }
    return Report(**given | members)


def conforming(**members):
    return report([_seen(name, "passed") for name in STATUSES], known={}, **members)
