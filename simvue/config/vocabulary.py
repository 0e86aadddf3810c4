"""The keys that a configuration file may hold, and remarks on those that do nothing.

An unknown key is never an error: a file may be shared with another version of the client.
Tests: ``tests/config/``.
"""

from collections.abc import Iterator

from simvue.config.files import Tree, place_of

__all__ = ["remarks"]

_SERVER = {"url", "token", "env", "certificates"}
_CERTIFICATES = {"server_ca_cert", "storage_ca_cert", "client_cert", "client_key"}
_KEYS: dict[tuple[str, ...], set[str]] = {
    (): {"server", "profiles", "run", "offline", "metrics", "eco", "client", "sender"},
    ("server",): _SERVER,
    ("server", "certificates"): _CERTIFICATES,
    ("profiles", "*"): _SERVER,
    ("profiles", "*", "certificates"): _CERTIFICATES,
    ("run",): {"name", "description", "tags", "folder", "metadata", "mode", "record_shell_vars"},
    ("run", "metadata"): {"environment", "git", "system", "custom", "record_shell_vars"},
    ("offline",): {"cache"},
    ("metrics",): {"system_metrics_interval", "enable_emission_metrics"},
    ("eco",): {
        "co2_intensity",
        "co2_signal_api_token",
        "cpu_n_cores",
        "cpu_thermal_design_power",
        "gpu_thermal_design_power",
        "intensity_refresh_interval",
    },
    ("client",): {"debug"},
    ("sender",): {
        "max_seconds",
        "connections",
        "retention_days",
        "stale_after_hours",
        "adopt_after_seconds",
        "artifact_roots",
    },
}
_WITHOUT_EFFECT = {
    ("server", "env"): "export the variables before the program starts",
    ("profiles", "*", "env"): "export the variables before the program starts",
    ("server", "certificates", "client_cert"): "client certificates are not supported",
    ("server", "certificates", "client_key"): "client certificates are not supported",
}


def remarks(tree: Tree) -> list[str]:
    """Return a sentence for each key of the files that is unknown, or known and without effect."""
    return list(_walk((), tree))


def _walk(path: tuple[str, ...], tree: Tree) -> Iterator[str]:
    pattern = _pattern(path)
    for name, value in tree.items():
        here = (*path, name)
        if _pattern(here) in _WITHOUT_EFFECT:
            yield f"{place_of(here, value)} has no effect: {_WITHOUT_EFFECT[_pattern(here)]}"
        elif pattern in _KEYS and name not in _KEYS[pattern]:
            yield f"{place_of(here, value)} is unknown and ignored{_advice(path)}"
        elif isinstance(value, dict):
            yield from _walk(here, value)


def _pattern(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path with a star for the name of a profile."""
    return ("profiles", "*", *path[2:]) if path[:1] == ("profiles",) and len(path) > 1 else path


def _advice(path: tuple[str, ...]) -> str:
    return "; own metadata belongs in [run.metadata.custom]" if path == ("run", "metadata") else ""
