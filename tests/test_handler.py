"""Handler: what a program logs becomes events of its run, and nothing of it ever harms the program."""

import logging
import threading
from pathlib import Path

import pytest

from simvue import Run
from simvue.handler import Handler
from tests.journal import journals


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    run.init("name")
    yield run
    run.close()


@pytest.fixture
def logging_to():
    """Return loggers of their own for a run, which end with the test."""
    changed = []

    def make(run: Run, name: str = "solver") -> logging.Logger:
        logger = logging.getLogger(name)
        changed.append((logger, logger.level, logger.propagate, handler := Handler(run)))
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        return logger

    yield make
    for logger, level, propagate, handler in changed:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.fixture
def logger(run, logging_to):
    return logging_to(run)


def own(logger: logging.Logger) -> Handler:
    (handler,) = (handler for handler in logger.handlers if isinstance(handler, Handler))
    return handler


def events(tmp_path: Path) -> list[tuple[str, str]]:
    data = journals.only(tmp_path / "cache").read_bytes()
    found = [record for record in journals.records(data) if record["kind"] == "event"]
    return [(record["log_level"], record["message"]) for record in found]


def test_levels_are_those_of_the_events(logger, tmp_path):
    for level in (1, 10, 20, 25, 30, 40, 50, 99):
        logger.log(level, "at %d", level)

    assert events(tmp_path) == [
        ("debug", "at 10"),
        ("info", "at 20"),
        ("info", "at 25"),
        ("warning", "at 30"),
        ("error", "at 40"),
        ("critical", "at 50"),
        ("critical", "at 99"),
    ]


def test_the_formatter_and_the_level_of_the_handler_are_honoured(logger, tmp_path):
    handler = own(logger)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)

    logger.info("left out")
    logger.warning("kept")

    assert events(tmp_path) == [("warning", "solver: kept")]


def test_an_exception_is_recorded_with_its_traceback(logger, tmp_path):
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("it failed")

    ((level, message),) = events(tmp_path)
    assert level == "error"
    assert message.startswith("it failed\nTraceback")
    assert "ZeroDivisionError" in message


@pytest.mark.parametrize(("name", "is_recorded"), [("simvue", False), ("simvue.run", False), ("my.simvue.x", True)])
def test_only_what_simvue_itself_logs_is_left_out(run, logging_to, tmp_path, name, is_recorded):
    logging_to(run, name).warning("message")

    assert bool(events(tmp_path)) is is_recorded


def test_what_recording_logs_does_not_come_back(logger, tmp_path):
    """A formatter that logs stands for anything below that does."""
    handler = own(logger)

    class Talking(logging.Formatter):
        def format(self, record):
            logger.debug("from inside")
            return super().format(record)

    handler.setFormatter(Talking())
    logger.warning("once")

    assert events(tmp_path) == [("warning", "once")]


def test_before_and_after_the_run_nothing_is_raised_or_said(logging_to, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    run = Run(mode="offline", cache_directory=tmp_path / "cache")
    logger = logging_to(run)

    logger.warning("before")
    run.init("name")
    logger.warning("during")
    run.close()
    logger.warning("after")

    assert events(tmp_path) == [("warning", "during")]
    assert capfd.readouterr().err == ""


def test_what_cannot_be_formatted_is_reported_as_logging_does_it(logger, tmp_path, capfd):
    for message, arguments in (("%d", ("no number",)), ("the next", ())):  # past pytest's handler, which raises
        own(logger).handle(logging.LogRecord("solver", logging.WARNING, "", 0, message, arguments, None))

    assert "--- Logging error ---" in capfd.readouterr().err
    assert events(tmp_path) == [("warning", "the next")]


def test_threads_log_at_the_same_time(logger, tmp_path):
    threads = [threading.Thread(target=lambda: [logger.info("x") for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(events(tmp_path)) == 200


def test_a_long_message_is_recorded_whole(logger, tmp_path):
    message = "line\n" * 400_000

    logger.warning(message)

    assert "".join(text for _, text in events(tmp_path)).count("line") == 400_000
