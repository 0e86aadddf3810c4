"""The command `simvue-server`: options to settings, a socket, and the server until a signal.

Tests: tests/conformance/server/test_cli.py.
"""

import ipaddress
import json
import os
import socket
from pathlib import Path

import click
import uvicorn

from simvue_conformance.server.app import create_app
from simvue_conformance.server.auth import Token, make_token
from simvue_conformance.server.dispatch import Service
from simvue_conformance.server.protocol import Protocol, Server
from simvue_conformance.server.settings import WEEK, Settings
from simvue_conformance.server.store.database import DataDirectoryError

__all__ = ["main"]

EXAMPLES = """
\b
Examples:
  simvue-server --data ./server-data
  simvue-server --ephemeral --token my.test.token --ready-file ready.json
  simvue-server --ephemeral --faults --no-idempotency
  simvue-server --data ./server-data --pages --port 8000
"""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_strangers(host: str) -> None:
    if not _is_loopback(host):
        raise click.UsageError(
            f"{host} is not a loopback address, and this server protects nothing. "
            "Add --i-know-this-is-not-a-production-server if that is what you want."
        )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches off Nagle: else each answer on a kept connection takes 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise click.ClickException(f"cannot listen on {host} port {port}: {error}; choose another, or 0") from error
    listener.listen(128)
    return listener


def _write_whole(path: Path, document: dict[str, object]) -> None:
    """Write a file that is either absent or whole, for those who wait for it; it holds the token."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(document))
    beside.replace(path)


def _tokens(texts: tuple[str, ...], read_only: tuple[str, ...], admin: tuple[str, ...]) -> tuple[Token, ...]:
    writing = [Token(text=text) for text in texts or (make_token(),)]
    reading = [Token(text=text, read_only=True) for text in read_only]
    return (*writing, *reading, *(Token(text=text, user="admin01", is_admin=True) for text in admin))


@click.command(epilog=EXAMPLES, context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Directory that keeps everything.")
@click.option("--ephemeral", is_flag=True, help="Keep everything in memory; it ends with the process.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--token", "tokens", multiple=True, help="Accept this token; repeatable. Without one, one is made.")
@click.option("--read-only-token", "read_only", multiple=True, help="Accept this token for reading; repeatable.")
@click.option("--admin-token", "admin", multiple=True, help="Accept this token of an administrator; repeatable.")
@click.option("--no-idempotency", is_flag=True, help="Ignore Idempotency-Key, as servers do that do not know it.")
@click.option("--idempotency-window", type=click.IntRange(1), default=WEEK, help="Seconds that keys are remembered.")
@click.option("--faults", is_flag=True, help="Open /faults and /requests to everybody who reaches the server.")
@click.option("--null", is_flag=True, help="Check and count metrics and events, and do not store them.")
@click.option("--form-uploads", is_flag=True, help="Ask for artifacts as multipart forms instead of a raw PUT.")
@click.option("--pages", is_flag=True, help="Show runs as web pages at /, without a token.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write url, token and pid here.")
@click.option("--i-know-this-is-not-a-production-server", "knows", is_flag=True, help="Allow a host that others reach.")
def main(
    *,
    data: Path | None,
    ephemeral: bool,
    port: int,
    host: str,
    tokens: tuple[str, ...],
    read_only: tuple[str, ...],
    admin: tuple[str, ...],
    no_idempotency: bool,
    idempotency_window: int,
    faults: bool,
    null: bool,
    form_uploads: bool,
    pages: bool,
    ready_file: Path | None,
    knows: bool,
) -> None:
    """Run the reference Simvue server: for tests of senders, never for data you need."""
    if (data is None) != ephemeral:
        raise click.UsageError("Give either --data DIR or --ephemeral.")
    if not knows:
        _refuse_strangers(host)
    settings = Settings(
        data=data,
        tokens=_tokens(tokens, read_only, admin),
        idempotency=not no_idempotency,
        idempotency_window=idempotency_window,
        faults=faults,
        null=null,
        pages=pages,
        form_uploads=form_uploads,
    )
    serve(settings, host=host, port=port, ready_file=ready_file)


def serve(settings: Settings, *, host: str, port: int, ready_file: Path | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    try:
        app = create_app(settings)
    except DataDirectoryError as error:
        raise click.ClickException(str(error)) from error
    service: Service = app.state.service
    listener = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    url = f"http://{name}:{listener.getsockname()[1]}"
    token = settings.tokens[0].text

    def announce() -> None:
        click.echo(f"simvue-server listening on {url} token {token}")
        if ready_file is not None:
            _write_whole(ready_file, {"url": url, "token": token, "pid": os.getpid()})

    config = uvicorn.Config(
        app,
        http=Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    try:
        Server(config, announce).run(sockets=[listener])
    finally:
        service.database.close()


if __name__ == "__main__":
    main()
