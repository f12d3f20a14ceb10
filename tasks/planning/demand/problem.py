"""One category's forecasting problem: its weekly history, the gap, the season, and what its like can tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from schemas.defaults import SEASON
from schemas.errors import InvalidInputError
from tasks.planning.demand.alignment import align
from tasks.planning.demand.borrowing import Borrowed
from tasks.planning.demand.context import Context
from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.holiday_effects import without_holidays
from tasks.planning.demand.promotions import promoted_weeks, promotion_lift
from tasks.planning.demand.repair import repair_history, uncensor
from tasks.planning.demand.shares import StoreShares, trading, with_new_stores
from tasks.planning.units import Floats
from tasks.planning.weeks import to_weeks

if TYPE_CHECKING:
    from tasks.planning.demand.forecasters.pooled import PooledFit

SPREAD_UNTRIED = 0.28  # log spread of a season total that could not be backtested
SPREAD_PER_YEAR = 0.15  # that each year between history and season adds to it
SPREAD_OF_BORROWED = 0.2  # where the year is another category's
SPREAD_OF_LIKE = 0.4  # where everything is
REQUIRED = ("date", "store_id", "quantity_sold")


@dataclass(frozen=True)
class ForecastProblem:
    """What every forecaster is given.

    Attributes:
        panel: weekly units, shape (1 + others, history weeks); row 0 is the category itself, the rest are the
            categories whose errors are pooled with its own.
        season_start: first day of the season; the history's last week ends `gap` weeks before it.
        weeks: the season's weeks.
        origins: history lengths from which the season is backtested; `gap + weeks` known weeks follow each.
        stores: expected share of each store and how sure it is.
        warnings: what a planner must know about the data.
        spread_floor: least log spread of the season total for orders and shown intervals: a few years of one
            retailer have seen too few seasons.
        least_spread: least log spread that the season total has for all who read it, where nothing like this
            season could be backtested.
        borrowed: weeks at the panel's start that are like categories', not the category's own.
        lifts: factor of each season week over what the panel's weeks are like: the wandering holidays', which
            were taken out of the panel, and that of new stores. Nothing means 1.
        pool: what all categories together have taught the pooled forecaster; None says that nobody asked.
        promoted: share and depth of promotions in each week, shape (1 + others, weeks of history and horizon,
            2); None where no promotion is known.
    """

    panel: Floats
    season_start: date
    weeks: int
    gap: int
    origins: tuple[int, ...]
    stores: StoreShares
    country: str
    seed: int
    warnings: tuple[str, ...]
    spread_floor: float = 0.0
    least_spread: float = 0.0
    borrowed: int = 0
    lifts: tuple[float, ...] = ()
    pool: "PooledFit | None" = None
    promoted: Floats | None = None

    @property
    def history(self) -> Floats:
        """The category's weekly units, shape (history weeks,)."""
        return np.asarray(self.panel[0])

    @property
    def horizon(self) -> int:
        """Weeks from the end of the history to the end of the season."""
        return self.gap + self.weeks

    @property
    def season_lifts(self) -> Floats:
        """`lifts`, shape (weeks,)."""
        return np.array(self.lifts) if self.lifts else np.ones(self.weeks)

    def aligned(self, origin: int) -> Floats:
        """The base's first `origin` weeks, moving holidays put where the weeks ahead have them."""
        return align(self.base(origin), self.week_start(0), self.horizon, self.country)

    def base(self, origin: int) -> Floats:
        """The panel's first `origin` weeks without what promotions moved in them."""
        known = self.panel[:, :origin]
        return known if self.promoted is None else known / self.promotion_factors(origin)[:, :origin]

    def promotion_factors(self, origin: int) -> Floats:
        """What promotions multiply each week by up to the horizon's end, as the first `origin` weeks tell."""
        if self.promoted is None:
            return np.ones((len(self.panel), origin + self.horizon))
        return promotion_lift(self.panel[:, :origin], self.promoted[:, : origin + self.horizon])

    def week_start(self, index: int) -> date:
        """First day of the week at `index` of the history; past its end it goes on into gap and season."""
        first = -self.gap - self.panel.shape[1]
        return self.season_start + timedelta(weeks=first + index)

    def week_starts(self, first: int, last: int) -> pd.DatetimeIndex:
        """First days of the weeks `first` … `last − 1`."""
        return pd.date_range(self.week_start(first), periods=last - first, freq="7D")


def prepare(
    sales: pd.DataFrame,
    *,
    season_start: date,
    weeks: int,
    as_of: date | None = None,
    country: str = "US",
    seed: int = 0,
    context: pd.DataFrame | None = None,
    stores: pd.DataFrame | None = None,
    spread_floor: float = SEASON.spread_floor,
    like: Sequence[str] = (),
    pool: "PooledFit | None" = None,
    promotions: pd.DataFrame | None = None,
    category: str = "",
) -> ForecastProblem:
    """Turn one category's sales into a problem.

    Args:
        sales: date, store_id, quantity_sold and, where known, on_hand or stockout; daily or weekly.
        as_of: nothing on or after this day is seen; by default the season's first day.
        context: the other categories' totals (date, category, quantity_sold), whose errors are pooled and
            whose year a young category borrows.
        stores: `store_id`, attributes and `is_new` (nothing of any category was ever sold there), for shares
            of stores without sales.
        spread_floor: least log spread of the season total before a year is known.
        like: the categories whose sales stand in `sales`, where this one has none of its own.
        pool: what all categories taught the pooled forecaster before that day; None leaves it out.
        promotions: past and coming, of all categories: category, start_date, end_date, discount, store_id.
        category: what this one is called there.

    Raises:
        InvalidInputError: a column is missing, too little history is left, or the season is too far off.
        ValueError: `pool` has seen the season, or what comes after `as_of`.
    """
    _refuse_missing_columns(sales)
    limit = min(as_of or season_start, season_start)
    if pool is not None and any(model.cutoff > limit for model in pool.models):
        raise ValueError(f"The pooled forecaster has seen sales on or after {limit}; fit it without them.")
    seen = _seen_before(sales, limit)
    others = None if context is None else _seen_before(context, limit)
    last_seen = None if others is None or others.empty else others["date"].max()
    whole, notes = clean(seen)
    grid = to_weeks(whole, season_start=season_start, as_of=limit, last_seen=last_seen)
    _refuse_short_history(len(grid.weeks), limit)
    first, last = int(grid.weeks[0]), int(grid.weeks[-1])
    gap = -1 - last
    _refuse_far_season(gap, season_start)
    beside = Context.of(others, season_start=season_start, as_of=limit)
    sold = trading(grid, season_start=season_start, weeks=weeks)
    recorded = np.where(np.isnan(sold.totals) & beside.recorded(grid.weeks), 0.0, sold.totals)
    history, repairs = repair_history(recorded, season_start + timedelta(weeks=first))
    borrowed = beside.year_before(history, last)
    before = borrowed.weeks if borrowed else np.zeros(0)
    pooled = borrowed.lenders if borrowed else beside.names  # the others move otherwise
    whole_history = np.concatenate([before, history])
    origins = choose_origins(len(whole_history), gap, gap + weeks, borrowed=len(before))
    new = with_new_stores(sold.stores, stores)
    first_week = season_start + timedelta(weeks=first - len(before))
    names, rest = beside.pool(first - len(before), last, pooled)
    panel = np.vstack([whole_history[None, :], rest])
    panel, lifts = without_holidays(panel, first_week, gap=gap, weeks=weeks, country=country)
    return ForecastProblem(
        panel=panel,
        season_start=season_start,
        weeks=weeks,
        gap=gap,
        origins=origins,
        stores=new.stores,
        country=country,
        seed=seed,
        warnings=(
            *_confidence_warnings(gap, origins, len(history), like),
            *_history_warnings(history, gap, borrowed),
            *sold.notes,
            *new.notes,
            *repairs,
            *grid.warnings,
            *notes,
        ),
        spread_floor=floor_after(len(history), spread_floor),
        least_spread=_least_spread(gap, origins, borrowed=borrowed is not None, like=bool(like)),
        borrowed=len(before),
        lifts=tuple((lifts[0] * new.growth).tolist()),
        pool=pool,
        promoted=_promoted(
            promotions,
            (category, *names),
            first_week,
            panel.shape[1] + gap + weeks,
            len(sold.stores.store_ids),
        ),
    )


def floor_after(weeks: int, spread_floor: float) -> float:
    """What is left of the floor on the season total's log spread once `weeks` of history are known."""
    return spread_floor / float(np.sqrt(1 + weeks / DEFAULTS.season_weeks))


def _promoted(
    promotions: pd.DataFrame | None, names: Sequence[str], first_week: date, weeks: int, stores: int
) -> Floats | None:
    """Promoted weeks of each of `names` up to the season's end; None where no promotion is known."""
    if promotions is None or promotions.empty:
        return None
    rows = [promotions[promotions["category"] == name] for name in names]
    return promoted_weeks(rows, first_week=first_week, weeks=weeks, stores=stores)


def _least_spread(gap: int, origins: tuple[int, ...], *, borrowed: bool, like: bool) -> float:
    """Log spread of a season that nothing like it could be backtested for."""
    least = SPREAD_OF_LIKE if like else SPREAD_OF_BORROWED if borrowed else 0.0
    if origins:
        return least
    return float(np.hypot(max(least, SPREAD_UNTRIED), SPREAD_PER_YEAR * gap / DEFAULTS.season_weeks))


def choose_origins(length: int, gap: int, horizon: int, *, borrowed: int = 0) -> tuple[int, ...]:
    """History lengths to forecast from in the backtest, ascending; none where history is short.

    Seasons are judged by weeks of the category's own, those after the first `borrowed` ones.
    """
    latest, year = length - horizon, DEFAULTS.season_weeks
    if latest < year <= length - gap - DEFAULTS.partial_weeks:
        latest, shortest = length - gap - DEFAULTS.partial_weeks, year
    else:
        shortest = year if latest >= year else max(2 * DEFAULTS.min_history, min(year, length // 2))
    spread = (latest - shortest) // (DEFAULTS.max_origins - 1)
    step = max(1, min(DEFAULTS.origin_step, spread))
    chosen = range(latest, shortest - 1, -step)[: DEFAULTS.max_origins]
    return tuple(sorted(origin for origin in chosen if origin + gap >= borrowed))


def question_if_far(history_weeks: int, gap: int, weeks: int) -> str | None:
    """What to ask before a season is planned that lies further off than its history can be backtested."""
    far = gap > DEFAULTS.season_weeks // 2 and not choose_origins(history_weeks, gap, gap + weeks)
    if not far:
        return None
    whether = "" if gap > DEFAULTS.max_gap else " Send it as parameters to plan it all the same"
    return (
        f"the season would begin {gap} weeks after the history ends, further than {history_weeks} weeks of "
        f"history can be backtested: is its start right?{whether}"
    )


def _refuse_missing_columns(sales: pd.DataFrame) -> None:
    missing = [name for name in REQUIRED if name not in sales.columns]
    if missing:
        raise InvalidInputError(f"The sales history has no column {', '.join(missing)}; add it.")


def _refuse_short_history(length: int, limit: date) -> None:
    if length < DEFAULTS.min_history:
        raise InvalidInputError(
            f"Only {length} whole weeks of sales lie before {limit}; a forecast needs at least "
            f"{DEFAULTS.min_history}. Upload more history or plan a later season."
        )


def _refuse_far_season(gap: int, season_start: date) -> None:
    if gap > DEFAULTS.max_gap:
        ended = season_start - timedelta(weeks=gap, days=1)
        raise InvalidInputError(
            f"The history ends on {ended}, {gap / DEFAULTS.season_weeks:.0f} years before the season's start "
            f"on {season_start}; a forecast reaches at most {DEFAULTS.max_gap // DEFAULTS.season_weeks}. "
            "Correct the season's date, or import the sales since then."
        )


def _seen_before(frame: pd.DataFrame, limit: date) -> pd.DataFrame:
    dates = pd.to_datetime(frame["date"])
    return frame.assign(date=dates)[dates < pd.Timestamp(limit)]


def clean(sales: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Sales without returns and without sold-out shelves, and what was done in words."""
    notes = []
    if (sales["quantity_sold"] < 0).any():
        notes.append("Negative sales (returns) were taken as zero.")
        sales = sales.assign(quantity_sold=sales["quantity_sold"].clip(lower=0))
    repaired, note = uncensor(sales)
    return repaired, notes + ([note] if note else [])


def _confidence_warnings(gap: int, origins: tuple[int, ...], weeks: int, like: Sequence[str]) -> list[str]:
    """What makes the whole plan less sure; said before anything else."""
    notes = []
    if like:
        notes.append(
            f"No sales of its own: planned from {', '.join(like)}. Nothing tells how far it will fall from "
            "them, so the interval is wide."
        )
    if not origins:
        distance = f"begins {gap} weeks after the history ends and so " if gap else ""
        notes.append(
            f"The season {distance}could not be backtested on {weeks} weeks of history: the forecast and "
            "its interval rest on assumptions. Order with care, or import more history."
        )
    return notes


def _history_warnings(history: Floats, gap: int, borrowed: Borrowed | None) -> list[str]:
    notes, year = [], DEFAULTS.season_weeks
    if not history.any():
        notes.append("Nothing was ever sold in the history, so the forecast is zero.")
        return notes
    if borrowed is not None:
        notes.append(
            f"Only {len(history)} weeks of history, less than one season: the yearly pattern is borrowed "
            f"from {', '.join(borrowed.lenders[:3])}, which moved alike in these weeks."
        )
    elif len(history) < year:
        notes.append(
            f"Only {len(history)} weeks of history, less than one season: no yearly pattern can be seen, and "
            "the forecast follows the recent level."
        )
    elif len(history) < 2 * year:
        notes.append(
            f"Only {len(history)} weeks of history, less than two seasons: the yearly pattern was seen "
            "once, so weights lean on the sturdier forecasters."
        )
    if len(history) > 8 and not history[-8:].any():
        notes.append("Nothing was sold in the last 8 weeks: the category may have ended.")
    if gap > 0:
        notes.append(
            f"{gap} week{'s lie' if gap > 1 else ' lies'} between the end of the history and the season."
        )
    return notes
