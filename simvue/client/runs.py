"""Ask for runs, abort them, delete them. Tests: tests/client/test_runs.py."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from simvue.api.objects.run import Run, RunSort
from simvue.client import arguments
from simvue.client.access import Access, sorting, sorting_parameter
from simvue.client.arguments import ArgumentError, Filters, SortColumns
from simvue.converters import to_dataframe
from simvue.server.refusals import ObjectNotFoundError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Runs"]


class Runs(Access):
    """The part of a client that is about runs."""

    def get_run(self, run_id: str) -> "Run":
        """Return a run.

        Raises:
            ObjectNotFoundError: There is none.
        """
        return Run(arguments.text(run_id, "run_id"), **self._server)

    def get_run_id_from_name(self, name: str) -> str:
        """Return the identifier of the one run that has this name.

        Raises:
            ObjectNotFoundError: There is none; a RuntimeError.
            ArgumentError: There are several, so that the name says nothing; a RuntimeError.
        """
        query = {"filters": [f"name == {arguments.run_name(name)}"]}
        found = [str(row["id"]) for row in self._api.rows("runs", query=query, count=2)]
        if not found:
            raise ObjectNotFoundError("run", name)
        if len(found) > 1:
            raise ArgumentError(f"more than one run is called {name!r}: choose one of get_runs(['name == {name}'])")
        return found[0]

    def get_run_name_from_id(self, run_id: str) -> str:
        """Return the name of a run.

        Raises:
            ObjectNotFoundError: There is no such run.
        """
        return str(self._run(run_id)["name"])

    def get_runs(
        self,
        filters: Filters | None,
        *,
        attributes: list[str] | None = None,
        metadata: bool = False,
        metrics: bool = False,
        alerts: bool = False,
        system_info: bool = False,
        timing_info: bool = False,
        output_format: Literal["objects", "dict", "dataframe"] = "objects",
        count_limit: int | None = 100,
        start_index: int = 0,
        show_shared: bool = True,
        sort_by_columns: SortColumns | None = None,
    ) -> "Iterator[tuple[str, Run]] | list[dict[str, Any]] | DataFrame":
        """Return the runs that meet all conditions, the newest first unless they are sorted.

        Args:
            filters: Conditions such as `has tag.heat`, `folder.path == /studies`, `status == completed`,
                `metadata.alpha > 0.5`, or a filter that `Run.filter()` began; None for all runs.
            attributes: Names of the members that the server may restrict its answer to.
            metadata: Ask for the metadata, too; dictionaries and data frames always have it, and all of the
                following.
            metrics: Ask for the summaries of the metrics.
            alerts: Ask for the alerts.
            system_info: Ask for the facts about the machine.
            timing_info: Ask for the times.
            output_format: `objects` yields pairs of identifier and `Run`; `dict` returns a list of
                dictionaries; `dataframe` a row for each run (needs pandas).
            count_limit: How many at most; None for all.
            start_index: How many to leave out at the beginning.
            show_shared: False leaves out the runs of other users.
            sort_by_columns: Pairs of a column (name, created, started, endtime, modified, `metadata.…`,
                `metrics.…`) and whether it is descending.
        """
        arguments.choice(output_format, "output_format", ("objects", "dict", "dataframe"))
        conditions = arguments.filter_list(filters, "filters")
        count = arguments.count(count_limit, "count_limit")
        start = arguments.start(start_index, "start_index")
        if not show_shared:
            conditions.append("user == self")
        # Only objects fetch by themselves what they were not given.
        is_whole = output_format != "objects"
        query: dict[str, Any] = {
            "filters": conditions,
            "return_basic": True,
            "return_system": system_info or is_whole,
            "return_timing": timing_info or is_whole,
            "return_metrics": metrics or is_whole,
            "return_alerts": alerts or is_whole,
            "return_metadata": metadata or is_whole,
            "attributes": None if attributes is None else arguments.text_list(attributes, "attributes"),
        }
        order = sorting(sort_by_columns, RunSort)
        if not is_whole:
            return Run.get(count=count, offset=start, sorting=order, **query, **self._server)
        query["sorting"] = sorting_parameter(order)
        rows = self._api.rows("runs", query=query, count=count, start=start)
        return list(rows) if output_format == "dict" else to_dataframe(rows)

    def delete_run(self, run_id: str) -> dict[str, Any] | None:
        """Delete a run with all that belongs to it; return what the server answers, None for nothing.

        Raises:
            ObjectNotFoundError: There is no such run.
        """
        return self._delete("runs", "run", arguments.text(run_id, "run_id")) or None

    def abort_run(self, run_id: str, reason: str) -> dict[str, Any]:
        """Ask the program behind a run to stop; it obeys when it next asks the server.

        Raises:
            ObjectNotFoundError: There is no such run.
        """
        identifier, words = arguments.text(run_id, "run_id"), arguments.text(reason, "reason")
        answer: dict[str, Any] = self._put("runs", "abort", "run", identifier, {"reason": words})
        return answer
