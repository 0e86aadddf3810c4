"""Administrators make tenants and users."""

import pytest

from simvue.api.objects import Tenant, User
from simvue.exception import ObjectNotFoundError

PERSON = {"fullname": "J B", "email": "jb@example.org", "is_manager": False, "is_admin": False}
ROLE = {"is_readonly": True, "welcome": False}


@pytest.fixture
def tenant(administrator):
    made = Tenant.new(name="group", max_runs=10)
    made.commit()
    yield made
    made.delete()


def test_a_tenant_is_created_changed_and_listed(tenant):
    found = Tenant(tenant.id)
    assert (found.name, found.is_enabled, found.max_runs) == ("group", True, 10)
    assert (found.max_request_rate, found.max_data_volume) == (0, 0)

    tenant.max_runs, tenant.name, tenant.is_enabled = 20, "other", False
    tenant.commit()

    assert (Tenant(tenant.id).max_runs, Tenant(tenant.id).name, Tenant(tenant.id).is_enabled) == (20, "other", False)
    assert tenant.id in Tenant.ids()
    with pytest.raises(ValueError, match="at least 0"):
        tenant.max_runs = -1


def test_a_user_is_created_changed_listed_and_deleted(tenant):
    user = User.new(username="jbloggs", tenant=tenant.id, **PERSON, **ROLE)
    user.commit()
    found = User(user.id)
    assert (found.username, found.fullname, found.email) == ("jbloggs", "J B", "jb@example.org")
    assert (found.is_manager, found.is_admin, found.is_readonly) == (False, False, True)
    assert (found.enabled, found.deleted) == (True, False)

    user.fullname, user.enabled = "Joe Bloggs", False
    user.commit()

    assert (User(user.id).fullname, User(user.id).enabled) == ("Joe Bloggs", False)
    assert "jbloggs" in [one.username for _, one in User.get()]
    user.delete()
    with pytest.raises(ObjectNotFoundError):
        User(user.id)


def test_an_address_of_mail_looks_like_one(administrator):
    with pytest.raises(ValueError, match="e-mail"):
        User.new(username="x", tenant="t", **{**PERSON, "email": "nobody"}, **ROLE)


def test_others_may_not():
    with pytest.raises(RuntimeError, match="Forbidden"):
        Tenant.new(name="mine").commit()
