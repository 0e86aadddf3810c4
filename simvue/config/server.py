"""Choose the server, its token and the certificates to trust.

It is asked for in online mode only. Whether the server answers is found out elsewhere.
Tests: ``tests/config/``.
"""

import os
from pathlib import Path

from simvue.config.choice import Choice, Chooser
from simvue.config.files import Entry, Files
from simvue.config.settings import Certificates, ServerSettings, Token
from simvue.errors import ConfigurationError
from simvue.server.address import api_base

__all__ = ["choose_server"]

_EXAMPLE = "https://app.simvue.io"


def choose_server(
    chooser: Chooser, files: Files, profile: str | None, url: str | None, token: str | None
) -> ServerSettings:
    """Return where the server is and how to be let in. A profile replaces ``[server]`` as a whole.

    Raises:
        ConfigurationError: there is no such profile, no URL or no token, or one of them cannot be used.
    """
    where = ("server",) if profile is None else ("profiles", profile)
    if profile is not None and not chooser.table(*where):
        raise ConfigurationError(
            f"{chooser.origins['profile']}: there is no [profiles.{profile}] in {_read_files(files)}; "
            "write that table, with url and token"
        )
    chosen_url = chooser.choose("server.url", (*where, "url"), None, variable="SIMVUE_URL", argument=url)
    chosen_token = chooser.choose("server.token", (*where, "token"), None, variable="SIMVUE_TOKEN", argument=token)
    # What is there is judged first: a wrong line above may be why the next is missing.
    api = None if chosen_url.value is None else _url(chooser, chosen_url)
    secret = None if chosen_token.value is None else _token(chosen_token)
    if api is None or secret is None:
        missing = [name for name, value in (("url", api), ("token", secret)) if value is None]
        raise ConfigurationError(_missing(missing, chooser, files, where))
    _remark_on_mixture(chooser, where, chosen_url, chosen_token)
    return ServerSettings(
        url=api,
        token=secret,
        certificates=Certificates(
            server=_certificate(chooser, where, "server"), storage=_certificate(chooser, where, "storage")
        ),
    )


def _read_files(files: Files) -> str:
    return ", ".join(map(str, files.read)) or "any file (none was found)"


def _missing(missing: list[str], chooser: Chooser, files: Files, where: tuple[str, ...]) -> str:
    variables = " and ".join(f"SIMVUE_{name.upper()}" for name in missing)
    own = [path for path in files.read if path.name != "pyproject.toml"]
    target = own[0] if own else (chooser.home or Path()) / ".simvue.ini"
    value = '"..."' if target.suffix == ".toml" else "..."
    lines = [
        f"no server {' and no '.join(missing)} in the environment or {_read_files(files)}",
        f"set {variables}, or write into {target}:",
        f"    [{'.'.join(where)}]",
        *(f"    {name} = {value}" for name in missing),
        "(Create new run in the web UI shows the values to use)",
        *(f"note: {note}" for note in chooser.notes),
    ]
    return "\n".join(lines)


def _url(chooser: Chooser, choice: Choice) -> str:
    text = choice.text(f"url = {_EXAMPLE}")
    try:
        base = api_base(text)
    except ValueError as error:
        raise choice.wrong(f"this URL cannot be used: {error}; write for example {_EXAMPLE}") from None
    if base.startswith("http://") and not base.startswith(("http://localhost", "http://127.", "http://[::1]")):
        chooser.notes.append(f"{choice.origin}: over http the token can be read on the way; use https if you can")
    return base


def _token(choice: Choice) -> Token:
    text = choice.text("token = ...")
    if text.endswith(("...", "\u2026")):
        problem = "this is the placeholder of the documentation; copy the token that Create new run shows"
        raise choice.wrong(f"{problem} in the web UI")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise choice.wrong("a token has no spaces and no special characters; copy it again from the web UI")
    return Token(text)


def _certificate(chooser: Chooser, where: tuple[str, ...], name: str) -> str | None:
    choice = chooser.choose(
        f"server.certificates.{name}",
        (*where, "certificates", f"{name}_ca_cert"),
        default=True,
        variable=f"SIMVUE_{name.upper()}_CA_CERTIFICATE",
    )
    example = f"{name}_ca_cert = /path/to/ca.pem"
    words = str(choice.value).strip().lower()
    if words in ("true", "false"):
        if words == "false":
            chooser.notes.append(
                f"{choice.origin}: identities are always checked; to trust your own authority write {example}"
            )
        return None
    path = choice.path(example)
    if not os.access(path, os.R_OK):
        raise choice.wrong(f"there is no readable {path}; write for example {example}")
    return str(path)


def _remark_on_mixture(chooser: Chooser, where: tuple[str, ...], url: Choice, token: Choice) -> None:
    """Say so when a token goes to another server than the one that stands beside it."""
    if token.origin.kind != "file" or url.origin.place == token.origin.place:
        return
    beside = chooser.table(*where).get("url")
    if url.origin.kind == "file" or (isinstance(beside, Entry) and beside.value != url.value):
        chooser.notes.append(f"the url is from {url.origin}, but the token from {token.origin}: do they match?")
