"""Deliver a batch: whole, or what is missing of it, or in halves until single records are refused (DLV-025, DLV-031).

What is in a batch is decided by `simvue.core.batching`. Tests: tests/delivery/test_journals.py.
"""

from simvue.core.batching import Batch, Item, Series
from simvue.core.steps import Facts, Step
from simvue.delivery.case import Case
from simvue.delivery.earlier import items_sent
from simvue.delivery.operations import Operations
from simvue.delivery.readback import look_for_batch
from simvue.delivery.terms import Refused

__all__ = ["Batches"]

_PACKED = "application/msgpack"


class Batches:
    """The batches of one case."""

    def __init__(self, case: Case, operations: Operations) -> None:
        self._case, self._operations, self._exchange = case, operations, case.desk.exchange

    def deliver(self, batch: Batch) -> None:
        """Deliver a batch; single records of it that are refused become dead letters."""
        if batch.series is Series.TENSORS:
            kept = tuple(item for item in batch.items if self._has_grid(item))
            batch = Batch(batch.series, kept, batch.suffix)
        if batch.items:
            self._deliver(batch)

    def _deliver(self, batch: Batch, *, is_half: bool = False) -> None:
        facts = self._send(batch, is_half=is_half)
        if facts is None:
            return
        if "missing" in facts:
            self._deliver(batch.missing(facts["missing"]))
        elif "halved" in facts:
            for half in batch.halves():
                self._deliver(half, is_half=True)

    def _send(self, batch: Batch, *, is_half: bool) -> Facts | None:
        """Return the outcome, None if the batch was a single record and refused."""
        case, run_id = self._case, self._case.run.facts["id"]
        key = batch.key(case.account.journal)
        body = batch.body(run_id, case.run.facts.get("on_grid", {}))
        step = Step(name=batch.series, method="POST", path=batch.path(run_id), body=body, content_type=_PACKED)
        look = look_for_batch(self._exchange.ask, batch, run_id, lambda: items_sent(case, batch))
        try:
            return self._exchange.perform(case.account, case.run, key, step, look)
        except Refused as refusal:
            is_single = len(batch.items) == 1
            if refusal.fresh and (is_single or not is_half):  # where it costs least, and before any dead letter
                self._exchange.check_run(case.run)
            if not is_single:
                self._exchange.conclude(case.account, key, {"halved": True})
                return {"halved": True}
            if refusal.fresh:
                self._exchange.refuse(case.account, key, refusal.detail)
            case.refuse(case.entries[batch.items[0].offset], refusal)
            return None

    def _has_grid(self, item: Item) -> bool:
        """Give the item's metric a grid of its own where it is on none (DLV-075); False if that was refused."""
        metric, entry = item.payload["metric"], self._case.entries[item.offset]
        if metric in self._case.run.facts.get("on_grid", {}):
            return True
        array = item.payload["array"]
        shape = [len(array[0]), len(array)] if isinstance(array[0], list) else [len(array)]
        record = {
            "kind": "grid",
            "name": metric,
            "labels": [f"axis_{axis}" for axis in range(len(shape))],
            "ticks": [[index / max(1, count - 1) for index in range(count)] for count in shape],
            "metrics": [metric],
        }
        self._operations.deliver(entry._replace(record=record))
        return metric in self._case.run.facts.get("on_grid", {})
