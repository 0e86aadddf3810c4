"""The life of a run: started, changed, ended, reconnected, aborted, kept for a while."""

import contextlib
import time

from common import bare_run, fresh, online_run, wait_until

import simvue
from simvue.api.objects import Run as RunObject
from simvue.api.objects.base import VisibilityBatchArgs
from simvue.api.objects.run import RunBatchArgs
from simvue.exception import ObjectNotFoundError


def check_a_run_from_init_to_close() -> None:
    with online_run(
        metadata={"a": 1, "deep": {"b": 2}},
        tags=["first"],
        description="of the checks",
        retention_period="1 hour",
        visibility="tenant",
        notification="all",
        timeout=300,
    ) as run:
        identifier = run.id
        assert run.status == "running"
        run.update_metadata({"deep": {"c": 3}})
        run.update_tags(["second"])
        run.set_folder_details(metadata={"kind": "check"}, tags=["folder-tag"], description="of a check")

    found = RunObject(identifier)
    assert found.status == "completed"
    assert found.metadata["a"] == 1
    assert found.metadata["deep"] == {"b": 2, "c": 3}
    assert sorted(found.tags) == ["first", "second"]
    assert (found.description, found.ttl, found.heartbeat_timeout) == ("of the checks", 3600, 300)
    assert found.notifications == "all"
    assert found.visibility.tenant
    assert found.endtime >= found.started
    assert found.created
    assert found.user == "user01"
    assert found.system["hostname"]
    assert simvue.Client().get_folder(found.folder).description == "of a check"


def check_a_created_run_is_reconnected() -> None:
    run = simvue.Run()
    run.config(disable_resources_metrics=True)
    run.init(name=fresh("later"), folder="/checks", running=False)
    identifier = run.id
    assert RunObject(identifier).status == "created"

    again = simvue.Run()
    again.config(disable_resources_metrics=True)
    again.reconnect(identifier)
    again.log_metrics({"x": 1.0})
    again.close()

    found = RunObject(identifier)
    assert found.status == "completed"
    assert dict(found.metrics)["x"]["last"] == 1


def check_an_exception_makes_a_run_fail() -> None:
    run = simvue.Run()
    with contextlib.suppress(ZeroDivisionError, SystemExit), run:
        run.config(disable_resources_metrics=True)
        run.init(name=fresh("failing"), folder="/checks")
        identifier = run.id
        time.sleep(1.5)
        print(1 / 0)
    assert RunObject(identifier).status == "failed"


def check_set_status_is_kept() -> None:
    with online_run() as run:
        identifier = run.id
        run.set_status("terminated")
    assert RunObject(identifier).status in {"terminated", "completed"}


def check_a_run_is_aborted_from_outside() -> None:
    called = []
    run = simvue.Run(abort_callback=lambda _run: called.append(1))
    run.config(disable_resources_metrics=True, abort_on_alert="run")
    run.init(name=fresh("aborted"), folder="/checks")
    simvue.Client().abort_run(run.id, reason="enough")
    assert RunObject(run.id).abort_trigger
    bare = bare_run(status="running")
    bare.abort("as well")
    assert RunObject(bare.id).abort_trigger
    run.close()


def check_a_run_without_heartbeats_is_lost_and_comes_back() -> None:
    run = bare_run(status="running", heartbeat_timeout=1)
    wait_until(lambda: RunObject(run.id).status == "lost", 5)
    run.send_heartbeat()
    assert RunObject(run.id).status == "running"


def check_the_retention_is_kept_from_the_end() -> None:
    run = bare_run(status="completed", ttl=1)
    identifier = run.id

    def is_gone() -> bool:
        try:
            RunObject(identifier).refresh()
        except ObjectNotFoundError:
            return True
        return False

    wait_until(is_gone, 8)


def check_a_run_without_a_name_gets_one() -> None:
    run = RunObject.new(folder="/checks")
    run.commit()
    assert "-" in RunObject(run.id).name


def check_runs_in_a_batch() -> None:
    names = [fresh("batch") for _ in range(3)]
    folder = f"/checks/{fresh('batch')}"
    simvue.api.objects.Folder.new(path=folder).commit()
    made = list(
        RunObject.batch_create(
            [RunBatchArgs(name=name, tags=["batched"], status="completed") for name in names],
            folder=folder,
            visibility=VisibilityBatchArgs(public=False, tenant=False, user=[]),
            metadata={"batch": 1},
        )
    )
    assert [RunObject(identifier).name for identifier in made] == names
    assert RunObject(made[0]).metadata["batch"] == 1


def check_every_member_of_a_run_is_there() -> None:
    run = RunObject(bare_run().id)
    assert run.to_dict()
    assert repr(run)
    assert list(run.artifacts) == []
    assert list(run.grids) == []
    assert list(run.metrics) == []
    assert run.alerts == []
    assert list(run.get_alert_details()) == []
    assert run.runtime is not None or run.started is None
    for name in ("endtime", "started", "created", "events", "star", "ttl", "heartbeat_timeout", "system"):
        getattr(run, name)
    run.read_only(False)
    run.star = True
    run.commit()
    assert RunObject(run.id).star


def check_a_batch_that_says_little() -> None:
    folder = f"/checks/{fresh('batch')}"
    entries = [RunBatchArgs(name=fresh("short")), RunBatchArgs(name=fresh("short"), folder=folder)]
    made = list(RunObject.batch_create(entries, folder=folder))
    assert [RunObject(identifier).folder for identifier in made] == [folder, folder]
