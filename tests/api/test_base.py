"""Objects are read, staged and committed alike, whatever they are."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from simvue.api.objects import Alert, Folder, Run, Tag
from simvue.api.objects.base import SimvueObject, Sort
from simvue.api.objects.run import RunSort
from simvue.errors import ConfigurationError
from simvue.exception import ObjectNotFoundError


@pytest.fixture
def run():
    made = Run.new(folder="/base", name="first")
    made.commit()
    return made


def test_a_new_object_is_created_by_commit_only(requests):
    run = Run.new(folder="/base")
    run.name = "staged"

    assert requests() == []
    assert run.id is None
    assert run.name == "staged"
    assert run.staged == {"folder": "/base", "system": None, "status": "created", "name": "staged"}
    answer = run.commit()
    assert requests() == ["POST runs"]
    assert run.id == answer["id"]
    assert str(run.url).endswith(f"/api/runs/{run.id}")
    assert run.staged == {}
    assert run.name == "staged"


def test_an_object_of_an_identifier_is_read_only_and_asks_once(run, requests):
    found = Run(run.id)

    assert (found.name, found.status, found.folder) == ("first", "created", "/base")
    assert requests() == [f"GET runs/{run.id}"]
    with pytest.raises(AssertionError, match="read-only"):
        found.name = "other"
    with pytest.raises(AttributeError, match="read-only"):
        found.commit()


def test_a_read_only_object_shows_one_moment_until_it_is_refreshed(run):
    found = Run(run.id)
    run.name = "second"
    run.commit()

    assert found.name == "first"
    found.refresh()
    assert found.name == "second"


def test_another_object_shows_what_is_so_now(run):
    mine, other = Run(run.id), Run(run.id)
    mine.read_only(is_read_only=False)
    other.read_only(is_read_only=False)
    other.name = "second"
    other.commit()

    assert mine.name == "second"


def test_what_is_staged_is_sent_together_once(run, requests):
    run.name, run.tags = "second", ["a", "b"]
    run.commit()

    assert requests() == [f"PUT runs/{run.id}"]
    assert run.commit() is None
    assert requests() == []
    assert Run(run.id).to_dict()["tags"] == ["a", "b"]


def test_a_refused_commit_stays_staged(run):
    run.append_to_staging({"status": "odd"})
    with pytest.raises(RuntimeError, match="422"):
        run.commit()

    assert run.staged == {"status": "odd"}


def test_what_is_staged_is_forgotten_with_the_permission(run):
    run.name = "second"
    run.read_only(is_read_only=True)

    assert run.name == "first"
    assert run.to_dict()["name"] == "first"
    run.read_only(is_read_only=False)
    assert run.staged == {}


def test_a_missing_object_is_an_error_that_says_so():
    with pytest.raises(ObjectNotFoundError, match="no run 'nowhere'"):
        Run("nowhere")
    with pytest.raises(ObjectNotFoundError):
        Alert("nowhere")


def test_a_deleted_object_is_gone(run):
    assert Run(run.id).delete() == {}

    with pytest.raises(ObjectNotFoundError):
        Run(run.id)
    with pytest.raises(RuntimeError):
        run.delete()


def test_an_object_that_is_nowhere_cannot_be_deleted():
    with pytest.raises(RuntimeError, match="commit it first"):
        Run.new(folder="/base").delete()


def test_a_list_gives_objects_without_asking_for_each(run, requests):
    found = dict(Run.get(filters=["folder.path == /base"]))

    assert found[run.id].name == "first"
    assert requests() == ["GET runs"]


def test_a_list_is_counted_and_limited():
    for number in range(3):
        Tag.new(name=f"counted {number}").commit()
    before = Tag.count()

    assert before >= 3
    assert len(list(Tag.ids())) == before
    assert len(list(Tag.ids(count=2))) == 2
    assert len(list(Tag.get(count=2, offset=before - 1))) == 1
    assert Run.count(filters=["name == nobody at all"]) == 0


def test_a_list_is_sorted_by_columns_or_dictionaries():
    for name in ("sort b", "sort a", "sort c"):
        Run.new(folder="/sorted", name=name).commit()
    only = {"filters": ["folder.path == /sorted"]}

    rising = [run.name for _, run in Run.get(sorting=[RunSort(column="name", descending=False)], **only)]
    falling = [run.name for _, run in Run.get(sorting=[{"column": "name", "descending": True}], **only)]

    assert rising == ["sort a", "sort b", "sort c"]
    assert falling == rising[::-1]


def test_a_list_cannot_be_sorted_by_anything():
    assert RunSort(column="metadata.x.y").to_params() == {"id": "metadata.x.y", "desc": True}
    assert RunSort(column="metrics.x").column == "metrics.x"
    assert Sort(column="any").column == "any"
    with pytest.raises(ValueError, match="columns are name"):
        RunSort(column="colour")
    with pytest.raises(ValueError, match="columns are created"):
        next(Folder.get(sorting=[{"column": "colour"}]))


def test_visibility_is_staged_part_by_part(run):
    assert (run.visibility.users, run.visibility.tenant, run.visibility.public) == ([], False, False)
    run.visibility.tenant = True
    run.visibility.users = ["user02"]

    assert run.staged["visibility"] == {"users": ["user02"], "tenant": True, "public": False}
    run.commit()
    assert Run(run.id).get_visibility() == {"users": ["user02"], "tenant": True, "public": False}


def test_visibility_of_a_new_object_can_be_set():
    run = Run.new(folder="/base")
    run.visibility.public = True
    run.commit()

    assert Run(run.id).visibility.public is True


def test_times_are_read_and_sent_in_utc(run):
    run.started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    run.endtime = "2026-01-03T00:00:00"
    run.commit()

    found = Run(run.id)
    assert found.started == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert found.endtime == datetime(2026, 1, 3, tzinfo=UTC)
    assert found.created.tzinfo is UTC


def test_nothing_is_staged_offline():
    with pytest.raises(NotImplementedError, match="mode='offline'"):
        Run.new(folder="/base", offline=True)


def test_an_unknown_attribute_is_no_attribute(run):
    assert not hasattr(run, "colour")
    assert getattr(Run.new(folder="/x"), "created", "not yet") == "not yet"
    with pytest.raises(AttributeError):
        run.user = "other"


def test_an_object_can_be_made_of_a_row(requests):
    run = Run(id="abc", name="of a row", read_only=True)

    assert (run.id, run.name) == ("abc", "of a row")
    assert requests() == []


def test_an_object_says_its_kind_and_not_its_secrets(run, server):
    assert repr(run) == f"Run(id={run.id!r})"
    assert (Run.label(), Run.endpoint()) == ("run", "runs")
    assert server.token not in repr(vars(run))


def test_another_server_may_be_given(server, monkeypatch):
    monkeypatch.delenv("SIMVUE_URL")
    monkeypatch.delenv("SIMVUE_TOKEN")

    class Hidden:
        def get_secret_value(self):
            return server.token

    given = {"server_url": server.url, "server_token": Hidden()}
    run = Run.new(folder="/given", name="x", **given)
    run.commit()

    assert Run(run.id, **given).name == "x"
    assert Run.count(filters=["folder.path == /given"], **given) == 1
    with pytest.raises(ConfigurationError):
        Run(run.id)


def test_the_configuration_is_shown_without_the_token(run, server):
    assert run.user_config.server.url == f"{server.url}/api"
    assert server.token not in repr(run.user_config)


def test_batches_are_of_runs_only():
    with pytest.raises(NotImplementedError):
        Tag.batch_create([])
    assert issubclass(Run, SimvueObject)
