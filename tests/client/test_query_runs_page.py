"""The page about querying runs is true: its lines run one after the other, and print what is on the server."""

import pytest

from simvue_conformance.server.process import running_server
from tests.client.site import Site
from tests.docs.shell import PROJECT, Shell, blocks

PAGE = PROJECT / "docs/pages/how-to/query-runs.md"


@pytest.fixture
def heated():
    """A server of its own, because the page deletes in the end."""
    with running_server("--ephemeral") as server:
        site = Site(server)
        for number in (1, 2):
            facts = {"folder": "/heat", "tags": ["heat"], "metadata": {"alpha": number / 4}, "status": "completed"}
            run = site.run(f"heat-{number}", **facts)
            site.log(run, "residual", [1.0, 0.5, 0.25 / number])
            site.say(run, ["begun", f"converged after {number}"])
            site.artifact(run, "settings", b'{"alpha": 1}', "application/json")
            site.artifact(run, "fields/final.txt", b"final", "text/plain")
            site.artifact(run, "mesh.txt", b"mesh", "text/plain", "input")
        site.run("a-test", folder="/heat/tests")
        yield site


def test_the_lines_of_the_page_run_as_they_stand(heated, tmp_path):
    lines = [content for _, content in blocks(PAGE, "python")]
    program = "".join(lines) + 'print("best", [run.name for _, run in best])\nprint("settings", settings)\n'
    # What deletes comes last, and the best runs are looked at lazily.
    program = program.replace(
        'client.delete_runs("/heat/tests")', 'best = list(best)\nclient.delete_runs("/heat/tests")'
    )
    (tmp_path / "query.py").write_text(program)
    configuration = tmp_path / ".simvue.ini"
    configuration.write_text(f"[server]\nurl = {heated.server.url}\ntoken = {heated.server.token}\n")
    configuration.chmod(0o600)

    printed = Shell(tmp_path).run("python query.py")

    assert "heat-2 0.5" in printed
    assert "2 0.25\n" in printed
    assert "run   heat-1  heat-2" in printed
    assert "converged after 1" in printed
    assert "begun" not in printed
    assert "best ['heat-2', 'heat-1']" in printed
    assert "settings {'alpha': 1}" in printed
    assert (tmp_path / "results/fields/final.txt").read_text() == "final"
    assert not (tmp_path / "results/mesh.txt").exists()
    assert heated.send("GET", "/api/runs")["count"] == 0
