"""Tenants and users over HTTP, for administrators. Tests: tests/conformance/server/test_accounts.py."""

import re
from collections.abc import Mapping

from sqlalchemy import RowMapping

from simvue_conformance.server.answers import EMPTY, Answer, RefusalError, existing, ok
from simvue_conformance.server.call import Call, Handler
from simvue_conformance.server.store.accounts import TENANTS, USERS, Accounts
from simvue_conformance.server.store.listing import find
from simvue_conformance.server.validation import Rule, boolean, label, read_body, read_members, text, whole

__all__ = [
    "delete_tenant",
    "delete_user",
    "get_tenant",
    "get_tenants",
    "get_user",
    "get_users",
    "post_tenant",
    "post_user",
    "put_tenant",
    "put_user",
    "refuse_others",
]

ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def _address(value: object) -> str:
    checked = text(value)
    if not ADDRESS.fullmatch(checked):
        raise ValueError("must be an e-mail address")
    return checked


TENANT_RULES: Mapping[str, Rule] = {
    "name": label,
    "is_enabled": boolean,
    "max_request_rate": whole(),
    "max_runs": whole(),
    "max_data_volume": whole(),
}
USER_RULES: Mapping[str, Rule] = {
    "username": label,
    "fullname": text,
    "email": _address,
    "tenant": text,
    "is_manager": boolean,
    "is_admin": boolean,
    "is_readonly": boolean,
    "is_enabled": boolean,
}


def refuse_others(call: Call) -> None:
    """Raise the 403 for whoever is no administrator."""
    if not call.caller.is_admin:
        raise RefusalError(403, {"detail": "Forbidden: only administrators may do this"})


def _create(call: Call, accounts: Accounts, fields: Mapping[str, object]) -> Answer:
    """Create an account; one of that name is named in a 409, so that a test may be run twice."""
    found = accounts.named(call.connection, str(fields[accounts.name]))
    if found is not None:
        return existing(accounts.kind, found)
    identifier = call.settings.identifier()
    accounts.create(call.connection, fields, identifier=identifier, now=call.now)
    return ok({"id": identifier})


def _found(call: Call, accounts: Accounts) -> RowMapping:
    refuse_others(call)
    return call.found(accounts.kind, "account", accounts.row)


def _list(accounts: Accounts) -> Handler:
    def get_accounts(call: Call) -> Answer:
        refuse_others(call)
        rows, total = find(call.connection, accounts.listing, call.page())
        return ok({"data": [accounts.document(row) for row in rows], "count": total})

    return get_accounts


def _get(accounts: Accounts) -> Handler:
    return lambda call: ok(accounts.document(_found(call, accounts)))


def _put(accounts: Accounts, rules: Mapping[str, Rule]) -> Handler:
    def put_account(call: Call) -> Answer:
        row = _found(call, accounts)
        changes = read_members(read_body(call.body), rules)
        taken = accounts.named(call.connection, str(changes.get(accounts.name, "")))
        if taken not in {None, row["id"]}:
            return existing(accounts.kind, str(taken))
        accounts.change(call.connection, row["id"], changes)
        return ok({"id": row["id"]})

    return put_account


def _delete(accounts: Accounts) -> Handler:
    def delete_account(call: Call) -> Answer:
        accounts.delete(call.connection, _found(call, accounts)["id"])
        return EMPTY

    return delete_account


def post_tenant(call: Call) -> Answer:
    """Create a tenant; one of that name is named in a 409."""
    refuse_others(call)
    return _create(call, TENANTS, read_members(read_body(call.body), TENANT_RULES, required=["name"]))


def post_user(call: Call) -> Answer:
    """Create a user; one of that name is named in a 409.

    Published clients send the members twice, flat and again inside `user`: either will do, the flat ones win.
    """
    refuse_others(call)
    body = read_body(call.body)
    if isinstance(body, dict) and isinstance(body.get("user"), dict):
        body = {**body["user"], **body}
    required = ["username", "fullname", "email", "tenant"]
    return _create(call, USERS, read_members(body, USER_RULES, required=required))


get_tenants, get_users = _list(TENANTS), _list(USERS)
get_tenant, get_user = _get(TENANTS), _get(USERS)
put_tenant, put_user = _put(TENANTS, TENANT_RULES), _put(USERS, USER_RULES)
delete_tenant, delete_user = _delete(TENANTS), _delete(USERS)
