"""Ask for the events of a run. Tests: tests/client/test_events.py."""

from typing import Any

from simvue.client import arguments
from simvue.client.access import Access

__all__ = ["Events"]

EVENTS_AT_A_TIME = 1000


class Events(Access):
    """The part of a client that is about events."""

    def get_events(
        self,
        run_id: str,
        *,
        message_contains: str | None = None,
        start_index: int | None = None,
        count_limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return the events of a run, the oldest first, each with message, timestamp (UTC) and log_level.

        Args:
            run_id: The run.
            message_contains: Only those whose message contains this text.
            start_index: How many to leave out at the beginning.
            count_limit: How many at most; None for all.

        Raises:
            ServerRefusalError: There is no such run; a RuntimeError.
        """
        run = arguments.text(run_id, "run_id")
        start, count = arguments.start(start_index, "start_index"), arguments.count(count_limit, "count_limit")
        conditions = []
        if message_contains is not None:
            conditions.append(f"event.message contains {arguments.text(message_contains, 'message_contains')}")
        query = {"run": run, "filters": conditions}
        return list(self._api.rows("events", query=query, count=count, start=start, page=EVENTS_AT_A_TIME))
