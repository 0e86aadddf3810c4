"""The table of filters, sorting, and what is refused."""

import json
from urllib.parse import quote

import pytest

RUNS = [
    {
        "name": "one",
        "folder": "/a",
        "tags": ["t"],
        "metadata": {"n": 1, "s": "text", "deep": {"k": 5}},
        "status": "completed",
    },
    {
        "name": "two",
        "folder": "/a/b",
        "tags": ["t", "u"],
        "metadata": {"n": 10, "deep.k": 6, "flag": True},
        "status": "running",
        "description": "a long one",
    },
    {
        "name": "three",
        "folder": "/b",
        "metadata": {"simvue": {"journal": "j-1"}, "empty": None, "word": "Ünïcode"},
        "system": {"cpu": {"arch": "x86_64"}, "hostname": "node7"},
    },
]

FILTERS = [
    ("name == one", "one"),
    ("name != one", "two three"),
    ("name contains t", "two three"),
    ("name not contains t", "one"),
    ("folder.path == /a", "one"),
    ("folder.path != /a", "two three"),
    ("folder.path contains /a", "one two"),
    ("description contains long", "two"),
    ("description not contains long", "one three"),
    ("has tag.t", "one two"),
    ("has not tag.t", "three"),
    ("has tag.u", "two"),
    ("status == running", "two"),
    ("status != running", "one three"),
    ("user == self", "one two three"),
    ("user != self", ""),
    ("user == user01", "one two three"),
    ("user == somebody", ""),
    ("metadata.n exists", "one two"),
    ("metadata.n not exists", "three"),
    ("metadata.n == 1", "one"),
    ("metadata.n != 1", "two"),
    ("metadata.n > 2", "two"),
    ("metadata.n < 10", "one"),
    ("metadata.n >= 1", "one two"),
    ("metadata.n <= 1.0", "one"),
    ("metadata.s == text", "one"),
    ("metadata.flag == True", "two"),
    ("metadata.flag == true", "two"),
    ("metadata.s == TEXT", ""),
    ("metadata.empty == None", "three"),
    ("metadata.word == Ünïcode", "three"),
    ("metadata.deep.k == 5", "one"),
    ("metadata.deep.k exists", "one two"),
    ("metadata.simvue.journal == j-1", "three"),
    ("n > 2.0", "two"),
    ("system.cpu.arch == x86_64", "three"),
    ("system.hostname != node7", ""),
    ("created < 1h", "one two three"),
    ("ended < 2d", "one"),
    ("started < 1y", "two"),
    ("started < 999999y", "two"),
]


@pytest.fixture
def runs(local):
    for run in RUNS:
        local.post("/api/runs", run)
    return local


def _names(api, filters, sorting=None, more=""):
    query = f"filters={quote(json.dumps(filters))}"
    if sorting is not None:
        query += f"&sorting={quote(json.dumps(sorting))}"
    answer = api.get(f"/api/runs?{query}{more}")
    return answer["count"], [run["name"] for run in answer["data"]]


@pytest.mark.parametrize(("text", "names"), FILTERS, ids=[text for text, _ in FILTERS])
def test_a_filter_leaves_the_runs_it_describes(runs, text, names):
    count, found = _names(runs, [text])

    assert set(found) == set(names.split())
    assert count == len(found)


def test_filters_are_all_to_hold(runs):
    assert _names(runs, ["has tag.t", "metadata.n > 2", "folder.path contains /a"]) == (1, ["two"])


def test_within_the_last_hour_looks_at_the_clock(runs, clock):
    clock.seconds += 3601

    assert _names(runs, ["created < 1h"])[0] == 0
    assert _names(runs, ["created < 2h"])[0] == 3


def test_alert_name_and_status_are_of_the_same_alert(local):
    good, bad = (local.post("/api/alerts", {"name": name, "source": "user"})["id"] for name in ("good", "bad"))
    run = local.new_run(alerts=[good, bad])
    local.put(f"/api/alerts/{bad}/status/{run}", {"status": "critical"})

    counts = [
        _names(local, filters)[0]
        for filters in (
            ["alert.name == good"],
            ["alert.name == other"],
            ["alert.name == bad", "alert.status == critical"],
            ["alert.name == good", "alert.status == critical"],
        )
    ]

    assert counts == [1, 0, 1, 0]


def test_each_alert_name_may_be_of_another_alert(local):
    good, bad = (local.post("/api/alerts", {"name": name, "source": "user"})["id"] for name in ("good", "bad"))
    run = local.new_run(alerts=[good, bad])
    local.put(f"/api/alerts/{bad}/status/{run}", {"status": "critical"})

    counts = [
        _names(local, filters)[0]
        for filters in (
            ["alert.name == good", "alert.name == bad"],
            ["alert.name == good", "alert.name == bad", "alert.status == critical"],
            ["alert.name == bad", "alert.status == critical", "alert.name == other"],
            ["alert.name contains goo"],
            ["alert.status == critical"],
            ["alert.status == ok"],
        )
    ]

    assert counts == [1, 1, 0, 1, 1, 0]


def test_one_bare_filter_of_artifacts_is_understood(local):
    run, artifact = local.new_run(), "a" * 64
    new = local.post(
        "/api/artifacts", {"name": "a", "original_path": "", "size": 1, "mime_type": "x/y", "checksum": artifact}
    )
    local.put(f"/api/runs/{run}/artifacts/{new['id']}", {"category": "input"})
    local.new_run()

    answer = local.get(f"/api/runs?filters={quote('artifact.id == ' + new['id'])}")

    assert [found["id"] for found in answer["data"]] == [run]


@pytest.mark.parametrize(
    ("sorting", "names"),
    [
        (None, ["three", "two", "one"]),
        ([{"id": "created", "desc": False}], ["three", "two", "one"]),
        ([{"id": "name", "desc": False}], ["one", "three", "two"]),
        ([{"id": "name", "desc": True}], ["two", "three", "one"]),
        ([{"id": "metadata.n", "desc": True}], ["two", "one", "three"]),
        ([{"id": "metadata.n", "desc": False}], ["three", "one", "two"]),
        ([{"id": "status", "desc": False}, {"id": "name", "desc": True}], ["one", "three", "two"]),
    ],
    ids=str,
)
def test_runs_are_sorted(runs, sorting, names):
    # All were created at the same instant: newest first is by the order of arrival.
    assert _names(runs, [], sorting)[1] == names


@pytest.mark.parametrize(
    ("column", "names"),
    [
        ("metrics.loss", ["two", "three", "one"]),
        ("metrics.loss.last", ["two", "three", "one"]),
        ("metrics.loss.max", ["three", "one", "two"]),
        ("metrics.loss.min", ["two", "three", "one"]),
        ("metrics.loss.average", ["three", "two", "one"]),
        ("metrics.loss.count", ["three", "one", "two"]),
        ("metrics", ["three", "two", "one"]),
        ("metrics.unknown.last", ["three", "two", "one"]),
    ],
)
def test_runs_are_sorted_by_what_a_metric_came_to(runs, column, names):
    for name, values in (("one", [6]), ("two", [9, 1]), ("three", [3])):
        (run,) = runs.get(f'/api/runs?filters=["name == {name}"]')["data"]
        runs.log(run["id"], *({"loss": value} for value in values))

    assert _names(runs, [], [{"id": column, "desc": False}])[1] == names


@pytest.mark.parametrize("filters", [["metadata.n exists"], ["has tag.t"]], ids=str)
def test_paging_is_the_same_however_a_filter_is_judged(runs, filters):
    assert _names(runs, filters, more="&count=1&start=1") == (2, ["one"])


@pytest.mark.parametrize(
    "query",
    [
        'filters=["nonsense"]',
        "filters={}",
        "filters=[1]",
        'filters=["created > 1h"]',
        'filters=["created < soon"]',
        'filters=["name < x"]',
        'sorting=["name"]',
        'sorting=[{"id": "no_such_column"}]',
        "sorting=5",
        "count=-1",
        "start=x",
    ],
)
def test_what_is_no_filter_sorting_or_number_is_a_422(runs, query):
    status, answer = runs.send("GET", f"/api/runs?{quote(query, safe='=&')}")

    assert status == 422
    assert answer["detail"][0]["loc"][0] == "query"


FOLDERS = [
    ("path == /a/b", 1),
    ("path contains /a", 2),
    ("name == x", 0),
    ("has tag.kept", 1),
    ("has not tag.kept", 4),
    ("metadata.n >= 2", 1),
    ("metadata.n not exists", 4),
    ("description contains arch", 1),
    ("description not contains arch", 4),
    ("user == self", 5),
    ("created < 1h", 5),
    ("modified < 1h", 5),
    ("starred", 0),
]


@pytest.mark.parametrize(("text", "count"), FOLDERS, ids=[text for text, _ in FOLDERS])
def test_folders_are_filtered(runs, text, count):
    runs.post("/api/folders", {"path": "/kept", "tags": ["kept"], "metadata": {"n": 2}, "description": "archive"})

    assert runs.get(f"/api/folders?filters={quote(json.dumps([text]))}")["count"] == count


@pytest.mark.parametrize(
    ("column", "names"),
    [("created", ["/b", "/a/b", "/a"]), ("path", ["/", "/a", "/a/b", "/b"]), ("metadata.n", ["/b"])],
)
def test_folders_are_sorted(runs, column, names):
    (folder,) = runs.get('/api/folders?filters=["path == /b"]')["data"]
    runs.put(f"/api/folders/{folder['id']}", {"metadata": {"n": 1}})
    sorting = quote(json.dumps([{"id": column, "desc": column == "metadata.n"}]))

    found = [folder["path"] for folder in runs.get(f"/api/folders?sorting={sorting}")["data"]]

    assert found[: len(names)] == names


@pytest.mark.parametrize("kind", ["alerts", "tags"])
@pytest.mark.parametrize("descending", [True, False])
def test_alerts_and_tags_are_sorted_by_name(local, kind, descending):
    for name in ("b", "c", "a"):
        local.post(f"/api/{kind}", {"name": name, "source": "user"})
    sorting = quote(json.dumps([{"id": "name", "desc": descending}]))

    found = [item["name"] for item in local.get(f"/api/{kind}?sorting={sorting}")["data"]]

    assert found == sorted("abc", reverse=descending)
