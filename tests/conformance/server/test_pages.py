"""Pages for people: what is kept is shown, and nothing of it runs."""

import pytest

EVIL = "<script>alert('x')</script>"


@pytest.fixture
def pages(make_local):
    return make_local(pages=True)


def _page(api, path):
    status, headers, body = api.target.request("GET", path)
    assert status == 200
    assert headers["content-type"].startswith("text/html")
    return body.decode()


def test_the_list_shows_runs_with_their_counts_and_links_them(pages):
    run = pages.new_run(name="shown", folder="/f", status="running")
    pages.log(run, {"x": 1, "y": 2}, {"x": 3})
    pages.say(run, "a", "b")

    page = _page(pages, "/")

    assert f'<a href="/runs/{run}">shown</a></td><td>running</td><td>/f</td><td>3</td><td>2</td><td>0</td>' in page


def test_a_run_shows_metadata_last_values_and_events(pages):
    run = pages.new_run(metadata={"solver": "implicit"})
    pages.log(run, {"x": 1.25})
    pages.say(run, "it began")

    page = _page(pages, f"/runs/{run}")

    assert all(text in page for text in ("solver", "implicit", "1.25", "it began"))


def test_everything_is_escaped_and_nothing_is_fetched(pages):
    run = pages.new_run(metadata={EVIL: EVIL}, description=EVIL, folder=f"/{EVIL}", tags=[EVIL])
    pages.say(run, EVIL)

    text = _page(pages, "/") + _page(pages, f"/runs/{run}")

    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "src=" not in text


def test_pages_need_no_token_and_are_there_only_on_request(remote, make_local):
    assert remote.target.request("GET", "/")[0] == 200
    assert make_local().target.request("GET", "/")[0] == 404


def test_a_lone_surrogate_in_metadata_does_not_break_the_page(pages):
    run = pages.new_run(metadata={"k": "\ud800"})

    assert "<h2>Metadata</h2>" in _page(pages, f"/runs/{run}")
