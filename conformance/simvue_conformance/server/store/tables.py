"""The tables, and nothing else.

Instants are microseconds since 1970. Members that are JSON documents are kept as JSON text. A metric value
that is NULL is NaN, for SQLite has no NaN and a value is never absent. Tests:
tests/conformance/server/test_store.py.
"""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.types import UserDefinedType

__all__ = [
    "METADATA",
    "alert_states",
    "alerts",
    "artifacts",
    "events",
    "folders",
    "grids",
    "idempotency",
    "points",
    "run_artifacts",
    "run_grids",
    "runs",
    "series",
    "stars",
    "storages",
    "tags",
    "tenants",
    "tensors",
    "users",
]

METADATA = MetaData()


class AsItIs(UserDefinedType[float]):
    """A column without affinity: SQLite keeps whole numbers whole and others as doubles."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Declare no type."""
        return ""


def _identity() -> tuple[Column[int], Column[str]]:
    return Column("number", Integer, primary_key=True), Column("id", Text, nullable=False, unique=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _integer(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


runs = Table(
    "runs",
    METADATA,
    *_identity(),
    _text("name"),
    _text("folder"),
    Column("description", Text),
    _text("status"),
    Column("ttl", Integer),
    _text("metadata"),
    _text("tags"),
    _text("alerts"),
    _text("system"),
    _text("notifications"),
    _text("visibility"),
    Column("heartbeat_timeout", Integer),
    Column("heartbeat", Integer),
    # When the run will be lost, and when it will be gone, if nothing happens before; see upkeep.
    Column("lost_at", Integer),
    Column("gone_at", Integer),
    _text("user"),
    _integer("created"),
    _integer("modified"),
    Column("started", Integer),
    Column("endtime", Integer),
    _integer("abort"),
    Column("abort_reason", Text),
)
Index("runs_by_folder", runs.c.folder)
Index("runs_by_name", runs.c.name)
Index("runs_by_status", runs.c.status)
Index("runs_by_loss", runs.c.lost_at)
Index("runs_by_end", runs.c.gone_at)

folders = Table(
    "folders",
    METADATA,
    *_identity(),
    Column("path", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("description", Text),
    _text("metadata"),
    _text("tags"),
    Column("ttl", Integer),
    _text("visibility"),
    _text("user"),
    _integer("created"),
    _integer("modified"),
)

tags = Table(
    "tags",
    METADATA,
    *_identity(),
    Column("name", Text, nullable=False, unique=True),
    _text("colour"),
    Column("description", Text),
    _text("user"),
    _integer("created"),
)

alerts = Table(
    "alerts",
    METADATA,
    *_identity(),
    _text("name"),
    Column("description", Text),
    _text("source"),
    _text("notification"),
    _integer("enabled"),
    _integer("abort"),
    _text("alert"),
    _text("user"),
    _integer("created"),
)
Index("alerts_by_name", alerts.c.name)

alert_states = Table(
    "alert_states",
    METADATA,
    Column("alert", Text, primary_key=True),
    Column("run", Text, primary_key=True),
    _text("status"),
)

Index("alert_states_by_run", alert_states.c.run)

# One series is one metric of one run; what is asked often about it is kept up to date here.
series = Table(
    "series",
    METADATA,
    Column("number", Integer, primary_key=True),
    _text("run"),
    _text("name"),
    _integer("count"),
    _integer("finite"),
    Column("total", Float),
    Column("lowest", AsItIs),
    Column("highest", AsItIs),
    Column("last", AsItIs),
    _integer("last_step"),
    Column("last_time", Float, nullable=False),
    _integer("last_timestamp"),
    _integer("min_step"),
    _integer("max_step"),
    Column("min_time", Float, nullable=False),
    Column("max_time", Float, nullable=False),
    _integer("min_timestamp"),
    _integer("max_timestamp"),
    UniqueConstraint("run", "name"),
)

points = Table(
    "points",
    METADATA,
    Column("number", Integer, primary_key=True),
    _integer("series"),
    _integer("step"),
    Column("time", Float, nullable=False),
    _integer("timestamp"),
    Column("value", AsItIs),
)
# The time too: an alert looks at the end of a series only.
Index("points_by_series", points.c.series, points.c.timestamp)

events = Table(
    "events",
    METADATA,
    Column("number", Integer, primary_key=True),
    _text("run"),
    _integer("timestamp"),
    _text("message"),
    Column("log_level", Text),
)
Index("events_by_run", events.c.run)

artifacts = Table(
    "artifacts",
    METADATA,
    *_identity(),
    _text("name"),
    _text("original_path"),
    _integer("size"),
    _text("mime_type"),
    _text("checksum"),
    _text("storage_id"),
    _integer("received"),
    _integer("uploaded"),
    _text("metadata"),
    Column("secret", Text, nullable=False, unique=True),
    _text("user"),
    _integer("created"),
)

run_artifacts = Table(
    "run_artifacts",
    METADATA,
    Column("number", Integer, primary_key=True),
    _text("run"),
    _text("artifact"),
    _text("category"),
    UniqueConstraint("run", "artifact"),
)
Index("run_artifacts_by_artifact", run_artifacts.c.artifact)

grids = Table(
    "grids",
    METADATA,
    *_identity(),
    _text("name"),
    _text("labels"),
    _text("grid"),
    _text("user"),
    _integer("created"),
)

run_grids = Table(
    "run_grids",
    METADATA,
    Column("run", Text, primary_key=True),
    Column("grid", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
)

tensors = Table(
    "tensors",
    METADATA,
    Column("number", Integer, primary_key=True),
    _text("run"),
    _text("metric"),
    _text("grid"),
    _integer("step"),
    Column("time", Float, nullable=False),
    _integer("timestamp"),
    Column("array", LargeBinary, nullable=False),
)
Index("tensors_by_metric", tensors.c.run, tensors.c.metric)

storages = Table(
    "storages",
    METADATA,
    *_identity(),
    _text("name"),
    _text("backend"),
    _integer("is_default"),
    _integer("is_tenant_useable"),
    _integer("is_enabled"),
    _text("config"),
    _text("user"),
    _integer("created"),
)

tenants = Table(
    "tenants",
    METADATA,
    *_identity(),
    Column("name", Text, nullable=False, unique=True),
    _integer("is_enabled"),
    _integer("max_request_rate"),
    _integer("max_runs"),
    _integer("max_data_volume"),
    _integer("created"),
)

users = Table(
    "users",
    METADATA,
    *_identity(),
    Column("username", Text, nullable=False, unique=True),
    _text("fullname"),
    _text("email"),
    _text("tenant"),
    _integer("is_manager"),
    _integer("is_admin"),
    _integer("is_readonly"),
    _integer("is_enabled"),
    _integer("created"),
)

stars = Table(
    "stars",
    METADATA,
    Column("user", Text, primary_key=True),
    Column("object", Text, primary_key=True),
)

idempotency = Table(
    "idempotency",
    METADATA,
    Column("user", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _text("request"),
    _integer("status"),
    Column("answer", LargeBinary, nullable=False),
    _integer("created"),
)
Index("idempotency_by_age", idempotency.c.created)
