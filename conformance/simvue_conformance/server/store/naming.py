"""Invents names for runs that were given none. Tests: tests/conformance/server/test_runs.py."""

__all__ = ["invented_name"]

ADJECTIVES = (
    "amber",
    "brisk",
    "calm",
    "daring",
    "eager",
    "fluent",
    "gentle",
    "humble",
    "keen",
    "lucid",
    "mellow",
    "nimble",
)
NOUNS = (
    "atom",
    "boson",
    "comet",
    "delta",
    "eddy",
    "flux",
    "gluon",
    "helix",
    "isotope",
    "lattice",
    "meson",
    "vortex",
)


def invented_name(identifier: str) -> str:
    """Return an adjective-noun name that depends on the identifier alone."""
    seed = sum(ord(character) * (place + 1) for place, character in enumerate(identifier))
    return f"{ADJECTIVES[seed % len(ADJECTIVES)]}-{NOUNS[seed // len(ADJECTIVES) % len(NOUNS)]}"
