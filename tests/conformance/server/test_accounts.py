"""Tenants, users, and how much each keeps: for administrators, and nobody else."""

import pytest

from simvue_conformance.server.auth import Token

TENANT = {"name": "t", "is_enabled": True, "max_request_rate": 0, "max_runs": 5, "max_data_volume": 0}
USER = {
    "username": "jbloggs",
    "fullname": "Joe Bloggs",
    "email": "jbloggs@simvue.io",
    "is_manager": False,
    "is_admin": False,
    "is_readonly": True,
    "is_enabled": True,
    "welcome": False,
}
DOUBLE = {"user": USER, "tenant": "t", "offline": False, **USER}


@pytest.fixture
def admin(make_local, clock):
    return make_local(now=clock, tokens=(Token(text="a.b.c", user="admin01", is_admin=True), Token(text="d.e.f")))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/tenants"),
        ("GET", "/tenants"),
        ("GET", "/tenants/x"),
        ("PUT", "/tenants/x"),
        ("DELETE", "/tenants/x"),
        ("POST", "/users"),
        ("GET", "/users"),
        ("GET", "/users/x"),
        ("PUT", "/users/x"),
        ("DELETE", "/users/x"),
        ("GET", "/stats?single=False"),
    ],
)
def test_others_get_a_403_and_no_hint(local, method, path):
    status, answer = local.send(method, f"/api{path}")

    assert (status, answer["detail"]) == (403, "Forbidden: only administrators may do this")


@pytest.mark.parametrize(("kind", "body"), [("tenants", TENANT), ("users", DOUBLE)])
def test_an_account_is_made_changed_listed_and_deleted(admin, kind, body):
    identifier = admin.post(f"/api/{kind}", body)["id"]
    made = admin.get(f"/api/{kind}/{identifier}")

    admin.put(f"/api/{kind}/{identifier}", {"is_enabled": False})
    admin.put(f"/api/{kind}/{identifier}")
    listed = admin.get(f"/api/{kind}?count=5&start=0")
    gone = admin.send("DELETE", f"/api/{kind}/{identifier}")

    wanted = {key: value for key, value in body.items() if key not in {"user", "offline", "welcome"}}
    assert {key: made[key] for key in wanted} == wanted
    assert made["created"] == "2023-11-14T22:13:20.000000"
    assert (listed["count"], listed["data"]) == (1, [{**made, "is_enabled": False}])
    assert gone == (200, {})
    assert admin.send("GET", f"/api/{kind}/{identifier}")[0] == 404


def test_a_user_says_that_it_is_not_deleted(admin):
    identifier = admin.post("/api/users", DOUBLE)["id"]

    assert admin.get(f"/api/users/{identifier}")["is_deleted"] is False


@pytest.mark.parametrize("body", [{"user": USER, "tenant": "t"}, {**USER, "tenant": "t"}], ids=["nested", "flat"])
def test_either_half_of_the_double_body_will_do(admin, body):
    assert admin.get(f"/api/users/{admin.post('/api/users', body)['id']}")["fullname"] == "Joe Bloggs"


@pytest.mark.parametrize(("kind", "body", "name"), [("tenants", TENANT, "name"), ("users", DOUBLE, "username")])
def test_a_name_that_is_taken_is_a_409_that_names_it(admin, kind, body, name):
    first = admin.post(f"/api/{kind}", body)["id"]
    other = admin.post(f"/api/{kind}", {**body, name: "other"})["id"]

    again = admin.send("POST", f"/api/{kind}", body)
    renamed = admin.send("PUT", f"/api/{kind}/{other}", {name: body[name]})

    assert [(status, answer["id"]) for status, answer in (again, renamed)] == [(409, first)] * 2


@pytest.mark.parametrize("change", [{"email": "nowhere"}, {"username": ""}, {"is_admin": "yes"}, {"tenant": None}])
def test_what_is_no_user_is_a_422(admin, change):
    body = {**USER, "tenant": "t", **change}

    status, answer = admin.send("POST", "/api/users", body)

    assert (status, answer["detail"][0]["loc"]) == (422, ["body", *change])


def test_an_administrator_sees_how_much_each_user_keeps(admin):
    admin.post("/api/users", DOUBLE)
    run = admin.new_run(tags=["t"])
    admin.log(run, {"x": 1.0, "y": 2.0}, {"x": 3.0})
    admin.say(run, "one", "two")
    admin.post("/api/alerts", {"name": "u", "source": "user"})
    admin.post(
        "/api/artifacts", {"name": "a", "original_path": "", "size": 7, "mime_type": "x/y", "checksum": "a" * 64}
    )

    found = admin.get("/api/stats?single=False")

    assert found["admin01"] == {
        "runs": 1,
        "alerts": 1,
        "tags": 1,
        "files": 1,
        "volume": 7,
        "events": 2,
        "metrics": 3,
    }
    assert set(found) == {"admin01", "jbloggs"}
    assert not any(found["jbloggs"].values())
    assert admin.get("/api/stats?single=False&tenant=other") == {}


def test_stars_are_of_each_user_apart(admin):
    run = admin.new_run()
    admin.put(f"/api/runs/{run}/starred", {"starred": True})
    other = {"authorization": "Bearer d.e.f"}

    def starred(headers):
        return b'"starred":true' in admin.target.request("GET", f"/api/runs/{run}", headers)[2]

    assert (starred(admin.target.authorization), starred(other)) == (True, False)
    assert b'"count":0' in admin.target.request("GET", '/api/runs?filters=["starred"]', other)[2]


def test_an_admin_token_is_an_option_of_the_command(start_api):
    api = start_api("--ephemeral", "--token", "a.b.c", "--admin-token", "d.e.f")

    status, _, _ = api.target.request("GET", "/api/tenants", {"authorization": "Bearer d.e.f"})

    assert (api.send("GET", "/api/tenants")[0], status) == (403, 200)
