"""Draw metrics with matplotlib, which is loaded when something is drawn. Tests: tests/client/test_plots.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

from simvue.client import arguments
from simvue.client.arguments import ArgumentError
from simvue.client.metrics import Metrics, XAxis, checked_metrics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Plots"]

LABELS = {"step": "steps", "time": "Relative Time", "timestamp": "Time"}
HEIGHT_OF_EACH = 2.4  # inches


class Plots(Metrics):
    """The part of a client that draws."""

    def plot_metrics(
        self, run_ids: list[str], metric_names: list[str], xaxis: XAxis, *, max_points: int | None = None
    ) -> "Figure":
        """Draw metrics of runs: one diagram for each metric, one below the other, with a line for each run.

        Args:
            run_ids: The runs.
            metric_names: The metrics.
            xaxis: `step`, `time` in seconds since the run began, or `timestamp` in UTC.
            max_points: How many points of each line at most; the server chooses them.

        Returns:
            A figure of `matplotlib.pyplot`; show it with `matplotlib.pyplot.show()`.

        Raises:
            RuntimeError: matplotlib is not installed, or there is nothing to draw.
        """
        names, most = checked_metrics(metric_names, xaxis, max_points)
        runs = arguments.text_list(run_ids, "run_ids")
        pyplot = _pyplot()
        series = self._series(runs, names, xaxis, most) if runs else {}
        drawn = [name for name in names if any(name in metrics for metrics in series.values())]
        if not drawn:
            raise ArgumentError(f"cannot plot metrics {names}: no values found for runs {runs}")
        figure: Figure
        figure, grid = pyplot.subplots(
            len(drawn),
            sharex=True,
            squeeze=False,
            layout="constrained",
            figsize=(6.4, max(4.8, HEIGHT_OF_EACH * len(drawn))),
        )
        for axes, name in zip(grid[:, 0], drawn, strict=True):
            lines = {run: metrics[name] for run, metrics in series.items() if name in metrics}
            _draw(axes, name, lines, xaxis)
        grid[-1, 0].set_xlabel(LABELS[xaxis])
        return figure


def _draw(axes: "Axes", name: str, lines: Mapping[str, Sequence[Mapping[str, Any]]], xaxis: str) -> None:
    for run, points in lines.items():
        places = [_place(point[xaxis]) for point in points]
        axes.plot(places, [point["value"] for point in points], label=name if len(lines) == 1 else f"{run}: {name}")
    axes.set_ylabel(name)
    axes.legend()


def _place(value: Any) -> Any:
    """Return what matplotlib puts on an axis: numbers as they are, time stamps as times."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _pyplot() -> ModuleType:
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415 - optional, and slow to load
    except ImportError as error:
        raise RuntimeError("plots need matplotlib: pip install matplotlib") from error
    module: ModuleType = plt
    return module
