"""How far a season is off its forecast so far, and how likely such a deviation was."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from schemas.defaults import SEASON
from schemas.errors import InvalidInputError
from schemas.seasons import StoreVariance
from tasks.planning.paths import DemandPaths
from tasks.planning.units import Floats


class VarianceCheck(BaseModel):
    """A season after `week_number` weeks.

    Attributes:
        variance_pct: (actual − forecast) ÷ forecast, cumulative and signed; zero where both are zero, one
            where nothing was forecast and something sold.
        likelihood: probability, by what the forecast said, of a deviation at least as large either way.
        improbable: whether that is so little that the forecast is not believed any more.
        weekly_variance_pct: the same week by week; None where nothing was forecast.
    """

    model_config = ConfigDict(frozen=True)

    week_number: int
    forecasted_cumulative: int
    actual_cumulative: int
    variance_pct: float
    threshold: float
    threshold_exceeded: bool
    likelihood: float
    improbable: bool
    weekly_variance_pct: tuple[float | None, ...]
    by_store: tuple[StoreVariance, ...]
    reasoning: str


def check_variance(
    paths: DemandPaths,
    actuals: Floats,
    *,
    first_week: int,
    forecast_curve: Sequence[int],
    threshold: float,
) -> VarianceCheck:
    """Compare what was sold with what was forecast.

    Args:
        paths: the distribution of the weeks from `first_week` to the season's end; those before were sold
            when the forecast was made.
        actuals: units sold in weeks 1 … n, shape (n, stores), in the order of `paths.store_ids`.
        forecast_curve: the published weekly units of the whole season.

    Raises:
        InvalidInputError: more weeks or other stores than the season has.
    """
    weeks, season = len(actuals), first_week - 1 + paths.weeks
    if not 0 < weeks <= season or actuals.shape[1] != len(paths.store_ids):
        raise InvalidInputError(
            f"Actual sales of shape {actuals.shape} do not fit a season of {season} weeks and "
            f"{len(paths.store_ids)} stores."
        )
    curve = np.asarray(forecast_curve, dtype=float)
    forecast, actual = round(float(curve[:weeks].sum())), round(float(actuals.sum()))
    variance = _relative(actual, forecast)
    exceeded = abs(variance) > threshold
    since = actuals[first_week - 1 :]
    likelihood = _two_sided(paths.weekly[:, : len(since)].sum(axis=1), float(since.sum()))
    weekly = tuple(
        None if planned <= 0 else round(float(sold / planned - 1), 4)
        for sold, planned in zip(actuals.sum(axis=1), curve[:weeks], strict=True)
    )
    return VarianceCheck(
        week_number=weeks,
        forecasted_cumulative=forecast,
        actual_cumulative=actual,
        variance_pct=round(variance, 6),
        threshold=threshold,
        threshold_exceeded=exceeded,
        likelihood=round(likelihood, 4),
        improbable=likelihood < SEASON.improbable,
        weekly_variance_pct=weekly,
        by_store=_by_store(paths, actuals, first_week, float(curve[first_week - 1 : weeks].sum())),
        reasoning=_reason(weeks, variance, exceeded, threshold, likelihood),
    )


def _by_store(
    paths: DemandPaths, actuals: Floats, first_week: int, forecast: float
) -> tuple[StoreVariance, ...]:
    """Each store, cumulative: what it had sold when the forecast was made, and its share since."""
    settled, since = actuals[: first_week - 1].sum(axis=0), actuals[first_week - 1 :]
    sampled = paths.store_demand(1, len(since))
    sold = settled + since.sum(axis=0)
    rows = []
    for index, store in enumerate(paths.store_ids):
        planned = float(settled[index]) + forecast * paths.recipe.store_shares[index]
        rows.append(
            StoreVariance(
                store_id=store,
                forecasted_cumulative=round(planned, 2),
                actual_cumulative=round(float(sold[index]), 2),
                variance_pct=round(float(sold[index]) / planned - 1, 4) if planned > 0 else None,
                likelihood=round(_two_sided(sampled[:, index], float(since[:, index].sum())), 4),
            )
        )
    return tuple(rows)


def _relative(actual: float, forecast: float) -> float:
    if forecast > 0:
        return actual / forecast - 1
    return 1.0 if actual > 0 else 0.0


def _two_sided(samples: Floats, value: float) -> float:
    """Twice the smaller tail, one sample added so that nothing observed is impossible."""
    count = len(samples) + 1
    below, above = (int((samples <= value).sum()) + 1) / count, (int((samples >= value).sum()) + 1) / count
    return min(1.0, 2 * min(below, above))


def _reason(weeks: int, variance: float, exceeded: bool, threshold: float, likelihood: float) -> str:
    side = "above" if variance >= 0 else "below"
    verdict = f"over the {threshold:.0%} that start a re-forecast" if exceeded else f"within {threshold:.0%}"
    return (
        f"After week {weeks} sales are {abs(variance):.1%} {side} forecast, {verdict}; a deviation that "
        f"large had a probability of {likelihood:.0%}."
    )
