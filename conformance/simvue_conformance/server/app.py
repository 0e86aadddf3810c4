"""The routes: which handler answers which path, and the application made of them.

Requests are answered in `dispatch`. Tests: tests/conformance/server/test_about.py.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simvue_conformance.server import control, pages
from simvue_conformance.server.call import Handler
from simvue_conformance.server.dispatch import Service, endpoint
from simvue_conformance.server.endpoints import (
    about,
    accounts,
    alerts,
    artifacts,
    events,
    folders,
    metrics,
    runs,
    storages,
    tags,
    tensors,
)
from simvue_conformance.server.settings import Settings
from simvue_conformance.server.wire import to_json

__all__ = ["create_app"]

API: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/version", about.get_version),
    ("GET", "/nosim/version", about.get_version),
    ("GET", "/whoami", about.get_whoami),
    ("GET", "/stats", about.get_stats),
    ("POST", "/tenants", accounts.post_tenant),
    ("GET", "/tenants", accounts.get_tenants),
    ("GET", "/tenants/{account}", accounts.get_tenant),
    ("PUT", "/tenants/{account}", accounts.put_tenant),
    ("DELETE", "/tenants/{account}", accounts.delete_tenant),
    ("POST", "/users", accounts.post_user),
    ("GET", "/users", accounts.get_users),
    ("GET", "/users/{account}", accounts.get_user),
    ("PUT", "/users/{account}", accounts.put_user),
    ("DELETE", "/users/{account}", accounts.delete_user),
    ("POST", "/runs", runs.post_runs),
    ("GET", "/runs", runs.get_runs),
    ("GET", "/runs/{run}", runs.get_run),
    ("PUT", "/runs/{run}", runs.put_run),
    ("DELETE", "/runs/{run}", runs.delete_run),
    ("PUT", "/runs/{run}/heartbeat", runs.put_heartbeat),
    ("GET", "/runs/{run}/abort", runs.get_abort),
    ("PUT", "/runs/{run}/abort", runs.put_abort),
    ("PUT", "/runs/{run}/starred", runs.put_run_starred),
    ("GET", "/runs/{run}/artifacts", artifacts.get_run_artifacts),
    ("GET", "/runs/{run}/artifacts/{artifact}", artifacts.get_run_artifact),
    ("PUT", "/runs/{run}/artifacts/{artifact}", artifacts.put_run_artifact),
    ("GET", "/runs/{run}/grids", tensors.get_run_grids),
    ("PUT", "/runs/{run}/grids/{grid}", tensors.put_run_grid),
    ("POST", "/runs/{run}/metrics", tensors.post_tensors),
    # Names of metrics may hold slashes.
    ("GET", "/runs/{run}/metrics/{metric:path}/values", tensors.get_tensor_values),
    ("GET", "/runs/{run}/metrics/{metric:path}/span", tensors.get_tensor_span),
    ("POST", "/folders", folders.post_folder),
    ("GET", "/folders", folders.get_folders),
    ("GET", "/folders/{folder}", folders.get_folder),
    ("PUT", "/folders/{folder}", folders.put_folder),
    ("DELETE", "/folders/{folder}", folders.delete_one_folder),
    ("PUT", "/folders/{folder}/starred", folders.put_folder_starred),
    ("POST", "/tags", tags.post_tag),
    ("GET", "/tags", tags.get_tags),
    ("GET", "/tags/{tag}", tags.get_tag),
    ("PUT", "/tags/{tag}", tags.put_tag),
    ("DELETE", "/tags/{tag}", tags.delete_one_tag),
    ("POST", "/alerts", alerts.post_alert),
    ("GET", "/alerts", alerts.get_alerts),
    ("GET", "/alerts/{alert}", alerts.get_alert),
    ("PUT", "/alerts/{alert}", alerts.put_alert),
    ("DELETE", "/alerts/{alert}", alerts.delete_one_alert),
    ("GET", "/alerts/{alert}/status/{run}", alerts.get_alert_status),
    ("PUT", "/alerts/{alert}/status/{run}", alerts.put_alert_status),
    ("POST", "/metrics", metrics.post_metrics),
    ("GET", "/metrics", metrics.get_metrics),
    ("GET", "/metrics/names", metrics.get_metric_names),
    ("GET", "/metrics/span", metrics.get_metric_span),
    ("POST", "/events", events.post_events),
    ("GET", "/events", events.get_events),
    ("GET", "/events/histogram", events.get_histogram),
    ("POST", "/artifacts", artifacts.post_artifact),
    ("GET", "/artifacts", artifacts.get_artifacts),
    ("GET", "/artifacts/{artifact}", artifacts.get_artifact),
    ("PUT", "/artifacts/{artifact}", artifacts.put_artifact),
    ("DELETE", "/artifacts/{artifact}", artifacts.delete_one_artifact),
    ("POST", "/grids", tensors.post_grid),
    ("GET", "/grids", tensors.get_grids),
    ("GET", "/grids/{grid}", tensors.get_grid),
    ("DELETE", "/grids/{grid}", tensors.delete_one_grid),
    ("POST", "/storage", storages.post_storage),
    ("GET", "/storage", storages.get_storages),
    ("GET", "/storage/{storage}", storages.get_storage),
    ("PUT", "/storage/{storage}", storages.put_storage),
    ("DELETE", "/storage/{storage}", storages.delete_one_storage),
)
OPEN: tuple[tuple[str, str, Handler], ...] = (
    ("PUT", "/storage/{secret}", artifacts.put_upload),
    ("POST", "/storage/{secret}", artifacts.post_upload),
    ("GET", "/storage/{secret}", artifacts.download),
)

# Routes keep no state, so all applications of a process share them, and making one is quick.
ROUTES = [
    *(Route(f"/api{path}", endpoint(handler), methods=[method]) for method, path, handler in API),
    *(Route(path, endpoint(handler, is_open=True), methods=[method]) for method, path, handler in OPEN),
]
FAULT_ROUTES = [
    Route("/faults", control.get_faults, methods=["GET"]),
    Route("/faults", control.put_faults, methods=["PUT"]),
    Route("/faults", control.delete_faults, methods=["DELETE"]),
    Route("/requests", control.get_requests, methods=["GET"]),
]
PAGE_ROUTES = [
    Route("/", endpoint(pages.show_runs, is_open=True), methods=["GET"]),
    Route("/runs/{run}", endpoint(pages.show_run, is_open=True), methods=["GET"]),
]


class WithoutTrailingSlash:
    """Routes `/api/runs/` as `/api/runs`: old clients send it so, and a redirect would lose their body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take slashes off the end of the path, except for the root."""
        path: str = scope.get("path", "")
        if path.endswith("/") and path != "/":
            scope = {**scope, "path": path.rstrip("/") or "/"}
        await self._app(scope, receive, send)


async def _refusal(_request: Request, error: Exception) -> Response:
    status, detail = (
        (error.status_code, error.detail) if isinstance(error, HTTPException) else (400, "no whole request")
    )
    return Response(to_json({"detail": detail}), status, media_type="application/json")


def create_app(settings: Settings) -> Starlette:
    """Make the application, with its database opened; `app.state.service` holds what it keeps.

    Raises:
        DataDirectoryError: the data directory cannot be used.
    """
    routes = list(ROUTES)
    if settings.faults:
        routes += FAULT_ROUTES
    if settings.pages:
        routes += PAGE_ROUTES
    app = Starlette(
        routes=routes,
        middleware=[Middleware(WithoutTrailingSlash)],
        exception_handlers={HTTPException: _refusal, ClientDisconnect: _refusal},
    )
    app.state.service = Service(settings)
    return app
