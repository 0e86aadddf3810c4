"""What is on the server that both clients are asked about: what they share, and what each of them deletes."""

from collections.abc import Mapping
from typing import Any

from tests.client.site import Site

__all__ = ["own", "shared"]


def shared(site: Site) -> dict[str, str]:
    """Put runs on the server that the queries read; return identifiers by name."""
    ids = {}
    system = {
        "cwd": "/x",
        "hostname": "h",
        "pythonversion": "3.11.7",
        "platform": {"system": "Linux", "release": "r", "version": "v"},
        "cpu": {"arch": "a", "processor": "p"},
        "gpu": {"name": "", "driver": ""},
    }
    for number, name in enumerate(("alpha", "beta", "gamma")):
        site.folder(f"/cl/{name}")
        alerts = [site.alert(f"user-{name}"), site.alert(f"other-{name}")]
        rule = {"rule": "is above", "frequency": 1, "window": 1, "metric": name, "aggregation": "average"}
        site.alert(f"threshold-{name}", source="metrics", alert={**rule, "threshold": 1.0})
        facts = {"metadata": {"a": number, "b": {"c": name}}, "description": f"about {name}", "system": system}
        ids[name] = site.run(name, folder=f"/cl/{name}", tags=["t1", name], alerts=alerts, status="running", **facts)
        site.say(ids[name], ["hello", "Error one", "Error two"])
        state = "critical" if name == "alpha" else "ok"
        site.send("PUT", f"/api/alerts/{alerts[0]}/status/{ids[name]}", {"status": state})
        times = {"started": "2026-03-01T09:00:00.000000", "endtime": "2026-03-01T10:00:00.000000"}
        site.send("PUT", f"/api/runs/{ids[name]}", {"status": "completed", **times})
    for name, factor in (("alpha", 1.0), ("beta", 2.0)):
        for metric in ("x", "y"):
            site.log(ids[name], metric, [factor * step for step in range(4)])
    site.artifact(ids["alpha"], "out/data.json", b'{"k": [1, 2]}', "application/json")
    site.artifact(ids["alpha"], "in.txt", b"text here", "text/plain", "input", "/abs/in.txt")
    site.artifact(ids["alpha"], "code.bin", b"\0\1", category="code")
    site.artifact(ids["alpha"], "null", b"null", "application/json")
    for content in (b"old", b"new"):
        site.artifact(ids["beta"], "same", content)
    ids["odd"] = site.run("odd")
    site.log(ids["odd"], "x", [5.0, 6.0], steps=[1, 7])
    ids["hostile"] = site.run("hostile")
    site.artifact(ids["hostile"], "../up", b"up")
    for _ in range(2):
        site.run("twin")
    many = [{"name": f"many-{number}", "folder": "/many", "tags": ["many"]} for number in range(200)]
    site.send("POST", "/api/runs", many)
    tags = site.send("GET", "/api/tags")["data"]
    return ids | {"t1": next(tag["id"] for tag in tags if tag["name"] == "t1")}


def own(site: Site, place: Mapping[str, str]) -> dict[str, Any]:
    """Put things on the server that one client deletes before the other comes; return where it finds all."""
    things = {"doomed": site.run("doomed"), "alert": site.alert("doomed"), "folder": "/doomed"}
    things["tag"] = site.send("POST", "/api/tags", {"name": "doomed"})["id"]
    runs = {name: site.run(name, folder="/doomed") for name in ("one", "two")}
    runs["three"] = site.run("three", folder="/doomed-full/below")
    folders = {folder["path"]: folder["id"] for folder in site.send("GET", "/api/folders")["data"]}
    labels = {identifier: name for name, identifier in {**folders, **things, **runs}.items() if name != "folder"}
    return {"ids": {**place, **things}, "labels": labels}
