"""Ask for alerts and delete them. Tests: tests/client/test_alerts.py."""

from typing import Any

from simvue.api.objects.alert.base import AlertSort
from simvue.api.objects.alert.fetch import Alert, AlertType
from simvue.client import arguments
from simvue.client.access import Access, sorting, sorting_parameter
from simvue.client.arguments import ArgumentError, SortColumns

__all__ = ["Alerts"]


class Alerts(Access):
    """The part of a client that is about alerts."""

    def get_alerts(
        self,
        *,
        run_id: str | None = None,
        critical_only: bool = True,
        names_only: bool = True,
        start_index: int | None = None,
        count_limit: int | None = None,
        sort_by_columns: SortColumns | None = None,
    ) -> "list[AlertType] | list[str]":
        """Return alerts, of one run or all.

        Args:
            run_id: The run; without one all alerts, which takes `critical_only=False`.
            critical_only: Only those that are critical for the run.
            names_only: Return names, not alerts.
            start_index: How many to leave out at the beginning.
            count_limit: How many at most; None for all.
            sort_by_columns: Pairs of a column (name, created) and whether it is descending.

        Raises:
            ObjectNotFoundError: There is no such run.
        """
        start, count = arguments.start(start_index, "start_index"), arguments.count(count_limit, "count_limit")
        order = sorting(sort_by_columns, AlertSort)
        if run_id is None and critical_only:
            raise ArgumentError("critical_only says nothing without run_id: use critical_only=False for all alerts")
        if run_id is None:
            return self._all_alerts(count, start, order, names_only=names_only)
        rows = self._alerts_of(run_id, critical_only=critical_only)
        for key in reversed(order or []):
            rows.sort(key=lambda row: str(row[key.column]), reverse=key.descending)
        rows = rows[start:][:count]
        if names_only:
            return [str(row["name"]) for row in rows]
        return [Alert(str(row["id"]), **self._server) for row in rows]

    def _all_alerts(
        self, count: int | None, start: int, order: "list[AlertSort] | None", *, names_only: bool
    ) -> "list[AlertType] | list[str]":
        if names_only:
            query = {"sorting": sorting_parameter(order)}
            return [str(row["name"]) for row in self._api.rows("alerts", query=query, count=count, start=start)]
        return [alert for _, alert in Alert.get(count=count, offset=start, sorting=order, **self._server)]

    def _alerts_of(self, run_id: str, *, critical_only: bool) -> list[dict[str, Any]]:
        """Return the alerts of a run, as the run tells of them."""
        entries = self._run(run_id).get("alerts") or []
        return [
            dict(entry["alert"])
            for entry in entries
            if not critical_only or (entry.get("status") or {}).get("current") == "critical"
        ]

    def delete_alert(self, alert_id: str) -> None:
        """Delete an alert; runs lose it.

        Raises:
            ObjectNotFoundError: There is no such alert.
        """
        self._delete("alerts", "alert", arguments.text(alert_id, "alert_id"))
