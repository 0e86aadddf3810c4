"""Ask one server the same questions with this client and with the published one, and compare the answers.

    python tests/interop/client.py --published /path/to/python

`--published` is a Python with the published client 2.6.2 and pandas. Exit code 0 says that every answer is the same, or
differs as the table of queries explains; a difference that is not explained, or an explanation without a difference,
is 1. The queries run in a process for each client (`--answer`), which imports nothing of this project but `simvue`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
Query = Callable[[Any, Any], Any]

LOSES_POINTS = "published puts values in wrong places and loses some where runs differ in their places"
WHOLE_PAGES = "published returns whole pages of a hundred, here twice as many as were wanted"
ALL_RUNS = "published takes an empty list for none at all, and answers with all runs"
FEW = ["has not tag.many"]


# The queries: name → (question, why the answers differ or None). `p` has the identifiers, by name.


def values(client: Any, p: Any, axis: str = "step", **options: Any) -> Any:
    metrics = options.pop("metrics", ["x", "y"])
    return client.get_metric_values(metrics, axis, **{"run_ids": [p["alpha"], p["beta"]], **options})


def columns(frame: Any, *names: str) -> Any:
    return frame[list(names)]


def files(directory: str) -> Iterator[tuple[str, str]]:
    for place, _, names in sorted(os.walk(directory)):
        for name in sorted(names):
            path = Path(place, name)
            yield str(path.relative_to(directory)), path.read_bytes().hex()


def fetched(fetch: Callable[[str], Any]) -> Any:
    with tempfile.TemporaryDirectory() as directory:
        return [fetch(directory), *files(directory)]


def listed(pairs: Any, member: str = "name") -> Any:
    return [(identifier, getattr(thing, member)) for identifier, thing in pairs]


def members(thing: Any, *names: str) -> Any:
    return {name: getattr(thing, name) for name in names}


def run_members(run: Any) -> Any:
    plain = ("id", "name", "status", "folder", "tags", "metadata", "description", "created", "started", "endtime")
    return members(run, *plain, "system", "user", "ttl", "heartbeat_timeout", "notifications", "alerts")


def drawn(figure: Any) -> Any:
    return [
        (axes.get_ylabel(), [[line.get_label(), line.get_xydata().tolist()] for line in axes.lines])
        for axes in figure.axes
    ]


QUERIES: dict[str, tuple[Query, str | None]] = {
    "run": (lambda c, p: run_members(c.get_run(p["alpha"])), None),
    "run as dict": (lambda c, p: c.get_run(p["alpha"]).to_dict(), None),
    "runtime of a run": (
        lambda c, p: c.get_run(p["alpha"]).runtime,
        "published returns a date of the year 1900, not the duration as the server writes it",
    ),
    "run that is not there": (lambda c, _: c.get_run("nobody"), None),
    "id of name": (lambda c, _: c.get_run_id_from_name("alpha"), None),
    "id of no name": (lambda c, _: c.get_run_id_from_name("nobody"), None),
    "id of a shared name": (lambda c, _: c.get_run_id_from_name("twin"), None),
    "id of a bad name": (lambda c, _: c.get_run_id_from_name("a*b"), None),
    "name of id": (lambda c, p: c.get_run_name_from_id(p["beta"]), None),
    "name of no id": (lambda c, _: c.get_run_name_from_id("nobody"), None),
    "runs": (lambda c, _: listed(c.get_runs(None)), WHOLE_PAGES),
    "runs, few": (lambda c, _: listed(c.get_runs(FEW)), None),
    "runs, filtered": (lambda c, _: listed(c.get_runs(["name contains a", "has tag.t1"])), None),
    "runs, no match": (lambda c, _: list(c.get_runs(["name == nobody"])), None),
    "runs, sorted": (lambda c, _: listed(c.get_runs(FEW, sort_by_columns=[("name", False), ("created", True)])), None),
    "runs, sorted by metadata": (lambda c, _: listed(c.get_runs(FEW, sort_by_columns=[("metadata.a", True)])), None),
    "runs, a page": (
        lambda c, _: listed(c.get_runs(None, sort_by_columns=[("name", False)], start_index=1, count_limit=2)),
        None,
    ),
    "runs, all": (lambda c, _: listed(c.get_runs(None, count_limit=None)), None),
    "runs, own": (lambda c, _: listed(c.get_runs(["has tag.t1"], show_shared=False)), None),
    "runs with all": (
        lambda c, _: [
            run_members(run)
            for _, run in c.get_runs(
                ["has tag.t1"], metadata=True, metrics=True, alerts=True, system_info=True, timing_info=True
            )
        ],
        None,
    ),
    "runs, exactly 150 of 200": (
        lambda c, _: len(list(c.get_runs(["has tag.many"], count_limit=150))),
        WHOLE_PAGES,
    ),
    "runs, bad filter": (lambda c, _: list(c.get_runs(["foo bar baz"])), None),
    "runs, bad filters": (lambda c, _: c.get_runs("name == alpha"), None),
    "runs, bad format": (lambda c, _: c.get_runs(None, output_format="xml"), None),
    "runs, bad count": (lambda c, _: c.get_runs(None, count_limit=0), None),
    "runs, bad column": (lambda c, _: list(c.get_runs(None, sort_by_columns=[("nope", True)])), None),
    "runs as dicts": (lambda c, _: c.get_runs(["has tag.t1"], output_format="dict"), None),
    "runs as dicts, no match": (lambda c, _: c.get_runs(["name == nobody"], output_format="dict"), None),
    "runs as data frame": (
        lambda c, _: c.get_runs(["has tag.t1"], output_format="dataframe").drop(columns=["metadata.b", "ended"]),
        None,
    ),
    "runs as data frame, when they ended": (
        lambda c, _: columns(c.get_runs(["has tag.t1"], output_format="dataframe"), "ended"),
        "published leaves the column empty",
    ),
    "runs as data frame, deep metadata": (
        lambda c, _: columns(c.get_runs(["has tag.t1"], output_format="dataframe"), "metadata.b"),
        None,
    ),
    "runs as data frame, no match": (lambda c, _: c.get_runs(["name == nobody"], output_format="dataframe"), None),
    "values by step": (values, None),
    "values by time": (lambda c, p: values(c, p, "time"), None),
    "values by time stamp": (lambda c, p: values(c, p, "timestamp"), None),
    "values by name of run": (lambda c, p: values(c, p, use_run_names=True), None),
    "values of filtered runs": (
        lambda c, p: values(c, p, run_ids=None, run_filters=["has tag.t1", "name contains eta"]),
        None,
    ),
    "values of no run": (
        lambda c, p: values(c, p, run_ids=None, run_filters=["name == nobody"]),
        "published asks for the values of no run, which the server refuses",
    ),
    "values of an empty list of runs": (lambda c, p: values(c, p, run_ids=[]), ALL_RUNS),
    "values, aggregated": (lambda c, p: values(c, p, aggregate=True), None),
    "values, aggregated by time": (lambda c, p: values(c, p, "time", aggregate=True), None),
    "values, aggregated by time stamp": (lambda c, p: values(c, p, "timestamp", aggregate=True), None),
    "values, some": (lambda c, p: values(c, p, max_points=2), None),
    "values, no such metric": (lambda c, p: values(c, p, metrics=["nope"]), None),
    "values, one such metric": (lambda c, p: values(c, p, metrics=["x", "nope"]), None),
    "values, run without": (lambda c, p: values(c, p, run_ids=[p["gamma"], p["alpha"]]), None),
    "values, run not there": (lambda c, p: values(c, p, run_ids=["nobody"]), None),
    "values, no metric": (lambda c, p: values(c, p, metrics=[]), None),
    "values, two choices of runs": (lambda c, p: values(c, p, run_filters=["name == alpha"]), None),
    "values, bad axis": (lambda c, p: values(c, p, "bogus"), None),
    "values of runs that differ": (lambda c, p: values(c, p, run_ids=[p["alpha"], p["odd"]]), LOSES_POINTS),
    "values as data frame": (lambda c, p: values(c, p, output_format="dataframe"), None),
    "values as data frame by time": (lambda c, p: values(c, p, "time", output_format="dataframe"), None),
    "values as data frame, aggregated": (
        lambda c, p: values(c, p, aggregate=True, output_format="dataframe"),
        None,
    ),
    "values as data frame, none": (lambda c, p: values(c, p, metrics=["nope"], output_format="dataframe"), None),
    "names of metrics": (lambda c, p: list(c.get_metrics_names(p["alpha"])), None),
    "names of no metrics": (lambda c, p: list(c.get_metrics_names(p["gamma"])), None),
    "names of metrics of no run": (lambda c, _: list(c.get_metrics_names("nobody")), None),
    "plot": (
        lambda c, p: drawn(c.plot_metrics([p["alpha"], p["beta"]], ["x", "y"], "step")),
        "published returns an empty figure, and draws the runs into one line in others",
    ),
    "plot of nothing": (lambda c, p: c.plot_metrics([p["gamma"]], ["x"], "step"), None),
    "events": (lambda c, p: c.get_events(p["alpha"]), None),
    "events, some": (
        lambda c, p: c.get_events(p["alpha"], message_contains="Error", start_index=1, count_limit=5),
        None,
    ),
    "events of no run": (lambda c, _: c.get_events("nobody"), None),
    "events, bad start": (lambda c, p: c.get_events(p["alpha"], start_index=-1), None),
    "artifacts": (lambda c, p: [(i, a.to_dict()) for i, a in c.list_artifacts(p["alpha"])], None),
    "artifacts, sorted": (lambda c, p: listed(c.list_artifacts(p["alpha"], [("name", True)])), None),
    "artifacts, members": (
        lambda c, p: [
            members(a, "id", "name", "mime_type", "size", "checksum", "original_path", "uploaded", "created")
            for _, a in c.list_artifacts(p["alpha"])
        ],
        None,
    ),
    "artifacts, bad column": (lambda c, p: list(c.list_artifacts(p["alpha"], [("nope", True)])), None),
    "artifacts of no run": (lambda c, _: list(c.list_artifacts("nobody")), None),
    "artifact of JSON": (lambda c, p: c.get_artifact(p["alpha"], "out/data.json"), None),
    "artifact of text": (lambda c, p: c.get_artifact(p["alpha"], "in.txt"), None),
    "artifact of bytes": (lambda c, p: c.get_artifact(p["alpha"], "code.bin"), None),
    "artifact of JSON null": (
        lambda c, p: c.get_artifact(p["alpha"], "null"),
        "published returns the bytes of what is None",
    ),
    "artifact not there": (lambda c, p: c.get_artifact(p["alpha"], "nope"), None),
    "artifact of no run": (lambda c, _: c.get_artifact("nobody", "nope"), None),
    "artifact of a shared name": (lambda c, p: c.get_artifact(p["beta"], "same"), None),
    "artifact as file": (
        lambda c, p: fetched(lambda place: c.get_artifact_as_file(p["alpha"], "out/data.json", output_dir=place)),
        None,
    ),
    "artifact as file, bad place": (
        lambda c, p: c.get_artifact_as_file(p["alpha"], "in.txt", output_dir="/no/such/place"),
        None,
    ),
    "artifacts as files": (
        lambda c, p: fetched(lambda place: c.get_artifacts_as_files(p["alpha"], output_dir=place)),
        None,
    ),
    "artifacts as files, inputs": (
        lambda c, p: fetched(lambda place: c.get_artifacts_as_files(p["alpha"], "input", output_dir=place)),
        None,
    ),
    "artifacts as files of no run": (
        lambda c, _: fetched(lambda place: c.get_artifacts_as_files("nobody", output_dir=place)),
        None,
    ),
    "artifacts with names that lead out": (
        lambda c, p: fetched(lambda place: c.get_artifacts_as_files(p["hostile"], output_dir=_below(place))),
        "published writes outside of the directory",
    ),
    "folder": (
        lambda c, _: members(c.get_folder("/cl/alpha"), "id", "path", "name", "description", "tags", "metadata", "ttl"),
        None,
    ),
    "folder as dict": (lambda c, _: c.get_folder("/cl/alpha").to_dict(), None),
    "folder not there": (lambda c, _: c.get_folder("/nope"), None),
    "folder, bad path": (lambda c, _: c.get_folder("nope"), None),
    "folders": (lambda c, _: listed(c.get_folders(), "path"), None),
    "folders, a page": (
        lambda c, _: listed(
            c.get_folders(filters=["path contains cl"], count=2, start_index=1, sort_by_columns=[("path", False)]),
            "path",
        ),
        None,
    ),
    "folders, bad column": (lambda c, _: list(c.get_folders(sort_by_columns=[("nope", False)])), None),
    "folders, bad count": (lambda c, _: list(c.get_folders(count=0)), None),
    "alerts without a run": (lambda c, _: c.get_alerts(), None),
    "alerts, critical": (lambda c, p: c.get_alerts(run_id=p["alpha"]), None),
    "alerts, none critical": (lambda c, p: c.get_alerts(run_id=p["beta"]), None),
    "alerts of a run": (lambda c, p: c.get_alerts(run_id=p["beta"], critical_only=False), None),
    "alerts of a run, a page": (
        lambda c, p: c.get_alerts(run_id=p["beta"], critical_only=False, start_index=1),
        "published ignores start_index, count_limit and sort_by_columns there",
    ),
    "alerts of no run": (lambda c, _: c.get_alerts(run_id="nobody"), None),
    "alerts": (lambda c, _: c.get_alerts(critical_only=False), None),
    "alerts, a page": (
        lambda c, _: c.get_alerts(
            critical_only=False, start_index=1, count_limit=2, sort_by_columns=[("name", True), ("created", True)]
        ),
        None,
    ),
    "alerts as objects": (
        lambda c, _: [
            (type(a).__name__, members(a, "name", "source", "notification", "description", "enabled", "abort"))
            for a in c.get_alerts(critical_only=False, names_only=False)
        ],
        None,
    ),
    "alerts of a run as objects": (
        lambda c, p: [
            members(a, "id", "name", "created")
            for a in c.get_alerts(run_id=p["alpha"], critical_only=False, names_only=False)
        ],
        None,
    ),
    "alerts, bad column": (
        lambda c, _: c.get_alerts(critical_only=False, sort_by_columns=[("nope", True)]),
        None,
    ),
    "tags": (lambda c, _: listed(c.get_tags()), None),
    "tag as dict": (lambda c, p: c.get_tag(p["t1"]).to_dict(), None),
    "tags, a page": (
        lambda c, _: listed(c.get_tags(start_index=1, count_limit=2, sort_by_columns=[("name", False)])),
        None,
    ),
    "tag": (lambda c, p: members(c.get_tag(p["t1"]), "id", "name", "description", "created"), None),
    "tag not there": (lambda c, _: c.get_tag("nobody"), None),
    "abort": (lambda c, p: (c.abort_run(p["doomed"], "because"), c.get_run(p["doomed"]).abort_trigger), None),
    "abort of no run": (lambda c, _: c.abort_run("nobody", "because"), None),
    "delete run": (lambda c, p: c.delete_run(p["doomed"]), None),
    "delete run again": (lambda c, p: c.delete_run(p["doomed"]), None),
    "delete runs": (lambda c, p: c.delete_runs(p["folder"]), None),
    "delete runs again": (lambda c, p: c.delete_runs(p["folder"]), None),
    "delete runs of no folder": (lambda c, _: c.delete_runs("/nope"), None),
    "delete folder in use": (lambda c, p: c.delete_folder(p["folder"] + "-full"), None),
    "delete folder with runs": (
        lambda c, p: c.delete_folder(p["folder"] + "-full", recursive=True, remove_runs=True),
        None,
    ),
    "delete folder": (lambda c, p: c.delete_folder(p["folder"]), None),
    "delete folder not there": (lambda c, _: c.delete_folder("/nope"), None),
    "delete folder that may be missing": (lambda c, _: c.delete_folder("/nope", allow_missing=True), None),
    "delete alert": (lambda c, p: c.delete_alert(p["alert"]), None),
    "delete alert again": (lambda c, p: c.delete_alert(p["alert"]), None),
    "delete tag": (lambda c, p: c.delete_tag(p["tag"]), None),
    "delete tag again": (lambda c, p: c.delete_tag(p["tag"]), None),
}


def _below(place: str) -> str:
    inside = Path(place, "inside")
    inside.mkdir()
    return str(inside)


# One client's answers, in a process of its own


def answer(place: Mapping[str, Any]) -> None:
    """Print the answers of the client that this Python has."""
    from simvue import Client  # noqa: PLC0415 - the other process has none

    client, answers = Client(), {}
    labels = place["labels"]
    for name, (question, _) in QUERIES.items():
        try:
            answers[name] = {"value": _plain(question(client, place["ids"]), labels)}
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            ancestors = [kind.__name__ for kind in type(error).__mro__]
            answers[name] = {"error": ancestors[: ancestors.index("Exception")], "words": str(error)[:200]}
    print(json.dumps(answers))


def _plain(value: Any, labels: Mapping[str, str]) -> Any:
    """Return a value as JSON holds it, identifiers that differ between the clients replaced by their labels."""
    if hasattr(value, "itertuples"):
        frame = value.astype(object).where(value.notna(), None)
        shape = {"names": list(value.index.names), "index": list(value.index), "columns": list(value.columns)}
        return _plain({**shape, "cells": [list(row) for row in frame.itertuples(index=False)]}, labels)
    if isinstance(value, Mapping):
        pairs = [[_plain(key, labels), _plain(part, labels)] for key, part in value.items()]
        # Whether an object can be changed is no member of it on the server.
        return {"dict": [pair for pair in pairs if pair[0] not in ("is_read_only", "read_only")]}
    if isinstance(value, list | tuple):
        return [_plain(part, labels) for part in value]
    if isinstance(value, bool | int | float) or value is None:
        return value if value == value else "NaN"  # noqa: PLR0124 - false for NaN alone
    text = value if isinstance(value, str) else f"{type(value).__name__} {value}"
    return labels.get(text, text)


# Comparing them


def main() -> int:
    """Compare the clients and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--published", metavar="PYTHON", type=os.path.abspath, help="a Python that has the published client"
    )
    parser.add_argument("--answer", metavar="FILE", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        answer(json.loads(Path(arguments.answer).read_text()))
        return 0
    if not arguments.published:
        parser.error("--published PYTHON is needed")
    sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[2] / "conformance"), str(HERE.parents[2] / "spec")]
    from simvue_conformance.server.process import running_server  # noqa: PLC0415 - not with the published client
    from tests.client.site import Site  # noqa: PLC0415
    from tests.interop.client_place import own, shared  # noqa: PLC0415

    with running_server("--ephemeral") as server, tempfile.TemporaryDirectory() as home:
        site = Site(server)
        place = shared(site)
        pythons = {"ours": sys.executable, "published": arguments.published}
        found = {side: _answers(python, own(site, place), site, Path(home, side)) for side, python in pythons.items()}
    return _report(found["ours"], found["published"])


def _answers(python: str, place: Mapping[str, Any], site: Any, home: Path) -> dict[str, Any]:
    home.mkdir()
    file = home / "place.json"
    file.write_text(json.dumps(place))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIMVUE_")}
    configured = {"SIMVUE_URL": site.server.url, "SIMVUE_TOKEN": site.server.token}
    result = subprocess.run(
        [python, "-P", str(HERE), "--answer", str(file)],
        env={**kept, **configured, "HOME": str(home), "MPLBACKEND": "agg"},
        cwd=home,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    answers: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answers


def _report(ours: Mapping[str, Any], published: Mapping[str, Any]) -> int:
    wrong = 0
    for name, (_, why) in QUERIES.items():
        is_same = _is_same(ours[name], published[name])
        if is_same and why is None:
            continue
        if why is None or is_same:
            wrong += 1
            print(f"WRONG    {name}: {'the same, though the table says:' if is_same else 'differs'} {why or ''}")
        else:
            print(f"explained {name}: {why}")
        for side, answers in (("ours", ours), ("published", published)):
            text = json.dumps(answers[name])
            print(f"    {side:9} {text if wrong and why is None else text[:150]}")
    print(f"{len(QUERIES)} queries, {sum(why is not None for _, why in QUERIES.values())} explained, {wrong} wrong")
    return 1 if wrong else 0


def _is_same(ours: Mapping[str, Any], published: Mapping[str, Any]) -> bool:
    """Whether a script sees no difference; an error is the same if the published one's handler catches it."""
    if "error" in published and "error" in ours:
        return bool(set(published["error"]) & set(ours["error"]))
    return dict(ours) == dict(published)


if __name__ == "__main__":
    sys.exit(main())
