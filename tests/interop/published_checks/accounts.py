"""Tenants, users and statistics of all users, as an administrator and as somebody else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from common import fresh, refused

from simvue.api.objects import Stats, Tenant, User


@contextmanager
def _administrator() -> Iterator[None]:
    """Be the administrator for a while; the client prefers the environment to its own arguments."""
    usual = os.environ["SIMVUE_TOKEN"]
    os.environ["SIMVUE_TOKEN"] = os.environ["ADMIN_TOKEN"]
    try:
        yield
    finally:
        os.environ["SIMVUE_TOKEN"] = usual


@_administrator()
def check_a_tenant() -> None:
    tenant = Tenant.new(name=fresh("tenant"), max_runs=5)
    tenant.commit()
    again = Tenant(tenant.id)
    assert (again.name, again.is_enabled, again.max_runs, again.max_data_volume) == (tenant.name, True, 5, 0)
    assert again.max_request_rate == 0
    assert again.created
    again.read_only(False)
    again.max_runs = 7
    again.is_enabled = False
    again.commit()
    changed = Tenant(tenant.id)
    assert (changed.max_runs, changed.is_enabled) == (7, False)
    assert tenant.id in {identifier for identifier, _ in Tenant.get()}
    changed.delete()


@_administrator()
def check_a_user_made_twice() -> None:
    fields = {
        "username": "jbloggs",
        "fullname": "Joe Bloggs",
        "email": "jbloggs@simvue.io",
        "is_manager": False,
        "is_admin": False,
        "is_readonly": True,
        "welcome": False,
        "tenant": fresh("tenant"),
    }
    for _ in range(2):
        user = User.new(**fields)
        user.commit()
        again = User(user.id)
        assert (again.username, again.fullname, again.email) == ("jbloggs", "Joe Bloggs", "jbloggs@simvue.io")
        assert (again.is_manager, again.is_admin, again.is_readonly) == (False, False, True)
        assert (again.enabled, again.deleted) == (True, False)
        assert again.created
    again.read_only(False)
    again.fullname = "Joseph Bloggs"
    again.commit()
    assert User(user.id).fullname == "Joseph Bloggs"
    again.delete()


def check_others_may_not() -> None:
    for attempt in (lambda: Tenant.new(name=fresh("tenant")).commit(), lambda: Stats().admin_stats()):
        with refused(RuntimeError, "orbidden", "403"):
            attempt()


@_administrator()
def check_the_statistics_of_all_users() -> None:
    found = Stats().admin_stats()
    assert {"runs", "alerts", "tags", "files", "volume", "events", "metrics"} <= set(dict(found["user01"])), found
