"""The database: kept between processes, refused to a second server."""

import pytest

from simvue_conformance.server.store.database import Database, DataDirectoryError


def test_data_are_there_for_the_next_process(start_api, tmp_path):
    options = ("--data", str(tmp_path / "new" / "directory"), "--token", "t")
    api = start_api(*options)
    run = api.new_run(metadata={"a": 1})
    api.log(run, {"x": 1.5})
    assert api.target.stop() == 0

    api = start_api(*options)

    found = api.get(f"/api/runs/{run}")
    assert (found["metadata"], found["metrics"]["x"]["last"]) == ({"a": 1}, 1.5)


def test_what_was_answered_survives_a_kill(start_api, tmp_path):
    options = ("--data", str(tmp_path), "--token", "t")
    api = start_api(*options)
    runs = [api.new_run() for _ in range(20)]
    api.target.kill()

    api = start_api(*options)

    assert {run["id"] for run in api.get("/api/runs")["data"]} == set(runs)


def test_a_second_server_on_the_directory_is_refused(tmp_path):
    first = Database(tmp_path)

    with pytest.raises(DataDirectoryError, match="other server"):
        Database(tmp_path)
    first.close()

    Database(tmp_path).close()


def test_data_of_another_schema_are_left_alone(tmp_path):
    database = Database(tmp_path)
    with database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(DataDirectoryError, match="schema 99"):
        Database(tmp_path)


def test_a_failed_transaction_leaves_nothing(tmp_path):
    database = Database(tmp_path)

    def fail():
        with database.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO stars (user, object) VALUES ('a', 'b')")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with database.transaction() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM stars").scalar() == 0
    database.close()
