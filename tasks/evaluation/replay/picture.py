"""A replay in one picture: profit by planner, the gap closed by season, what each decision is worth."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tasks.evaluation.replay.run import PLANNERS, PlayedSeason
from tasks.evaluation.replay.summary import ReplaySummary

COLOURS = {"rules": "#9aa0a6", "product": "#1a73e8", "perfect": "#34a853"}


def draw(summary: ReplaySummary, played: Sequence[PlayedSeason]) -> Figure:
    """Draw a replay; the caller saves the figure."""
    figure = Figure(figsize=(13, 4.5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    _profits(left, summary)
    _seasons(middle, played)
    _decisions(right, summary)
    low, high = summary.gap_interval
    figure.suptitle(
        f"{summary.title}: {summary.gap_closed:.0%} of the gap between rules and perfect foresight closed "
        f"(95 % interval {low:.0%} to {high:.0%}, {summary.seasons} seasons)"
    )
    return figure


def _profits(axes: Axes, summary: ReplaySummary) -> None:
    names = ["rules", "product", "perfect"]
    values = [summary.totals[name].profit for name in names]
    axes.bar(names, values, color=[COLOURS[name] for name in names])
    for place, value in enumerate(values):
        axes.annotate(f"{value:,.0f}", (place, value), ha="center", va="bottom")
    axes.set_title("Profit, all seasons")
    axes.set_yticks([])


def _seasons(axes: Axes, played: Sequence[PlayedSeason]) -> None:
    """Profit of each season over perfect foresight's, rules and product."""
    shares = [
        [season.metrics[name].profit / season.metrics["perfect"].profit for name in PLANNERS[:2]]
        for season in played
        if season.metrics["perfect"].profit > 0
    ]
    shares.sort(key=lambda pair: pair[0])
    for name, column in (("product", 0), ("rules", 1)):
        axes.plot(
            range(len(shares)), [pair[column] for pair in shares], "o", ms=4, color=COLOURS[name], label=name
        )
    axes.axhline(1.0, color=COLOURS["perfect"], lw=1, label="perfect")
    axes.set_title("Profit ÷ perfect foresight's, by season")
    axes.set_xticks([])
    axes.set_ylim(top=1.03)
    axes.legend(loc="best")


def _decisions(axes: Axes, summary: ReplaySummary) -> None:
    rows = list(reversed(summary.decisions))
    axes.barh([row.decision for row in rows], [row.share_of_gap for row in rows], color=COLOURS["product"])
    axes.axvline(0, color="black", lw=0.8)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_title("Worth of each decision, share of the gap")
