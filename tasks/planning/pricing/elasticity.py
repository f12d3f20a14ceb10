"""How demand answers to price, from price history: a pooled regression with store and week effects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.errors import InvalidInputError
from schemas.markdowns import ElasticityEstimate
from tasks.planning.units import Floats
from tasks.planning.weeks import is_weekly


@dataclass(frozen=True)
class ElasticityDefaults:
    """When an elasticity can be told.

    Attributes:
        min_rows: observations below which nothing is estimated.
        min_price_spread: least standard deviation of log price that is left within stores and weeks.
        max_half_width: widest 95 % interval, to each side, that is still an answer.
        low, high: the range that a markdown may use.
        sweeps: passes of alternating demeaning.
    """

    min_rows: int = 60
    min_price_spread: float = 0.02
    max_half_width: float = 1.0
    low: float = 1.0
    high: float = 3.0
    sweeps: int = 30


DEFAULTS = ElasticityDefaults()
COLUMNS = ("item_id", "store_id", "week_start", "units", "price")


def estimate_elasticity(panel: pd.DataFrame) -> ElasticityEstimate:
    """Estimate ε from weekly prices, item by item.

    log units = −ε · log price + (item × store effect) + (week effect) + promotion flags; weeks without sales
    are left out. Prices of single items tell what the mean price of a category does not: that mean moves with
    the mix of what sells. Items of other categories tell the weeks' effects, and have an ε of their own.

    Args:
        panel: item_id, store_id, week_start, units, price and, where known, the flags `deal` and `feat`, and
            `own`, true for the items whose ε is asked for.

    Raises:
        InvalidInputError: a column is missing.
    """
    missing = [name for name in COLUMNS if name not in panel.columns]
    if missing:
        raise InvalidInputError(f"The price panel has no column {', '.join(missing)}; add it.")
    rows = panel[(panel["units"] > 0) & (panel["price"] > 0)]
    own = rows["own"].to_numpy(dtype=bool) if "own" in rows.columns else np.ones(len(rows), dtype=bool)
    if own.sum() < DEFAULTS.min_rows:
        return _refused(int(own.sum()), f"only {int(own.sum())} weeks with a price and sales")
    flags = [
        name for name in ("deal", "feat") if name in rows.columns and rows[name].max() > rows[name].min()
    ]
    price = np.log(rows["price"].to_numpy(dtype=float))
    others = [] if own.all() else [np.where(own, 0.0, price)]
    columns = [np.log(rows["units"]), np.where(own, price, 0.0), *others]
    within = _demeaned(
        np.column_stack([*columns, *(rows[name].astype(float) for name in flags)]),
        _codes(rows["item_id"].astype(str) + "\0" + rows["store_id"].astype(str)),
        _codes(rows["week_start"]),
    )
    if float(within[own, 1].std()) < DEFAULTS.min_price_spread:
        return _refused(int(own.sum()), "prices hardly vary within stores and weeks")
    shocks = _codes(rows["item_id"].astype(str) + "\0" + rows["week_start"].astype(str))
    slope, error = _regress(within, shocks)
    return _judged(-slope, error, int(own.sum()))


def prices_of(prices: pd.DataFrame, category: str) -> pd.DataFrame:
    """A panel of many items with those of `category` marked as `own`: by the column `category` where there is
    one, else the item of that name.

    Raises:
        InvalidInputError: it has no row of the category.
    """
    names = prices["category" if "category" in prices.columns else "item_id"].astype(str)
    own = names == category
    if not own.any():
        raise InvalidInputError(
            f"The price panel has no rows of {category}; give it a column `category` that says which items "
            "are that category's."
        )
    return prices.assign(own=own)


def price_panel(sales: pd.DataFrame) -> pd.DataFrame:
    """Weekly prices from a sales history: revenue ÷ quantity by category, store and week.

    Daily rows are put into weeks from Monday, as promotions run; weekly rows keep their dates.

    Args:
        sales: date, category, store_id, quantity_sold, revenue; daily or weekly.
    """
    if "revenue" not in sales.columns:
        return pd.DataFrame(columns=list(COLUMNS))
    known = sales[(sales["quantity_sold"] > 0) & (sales["revenue"] > 0)]
    dates = pd.to_datetime(known["date"])
    weeks = dates if is_weekly(dates) else dates - pd.to_timedelta(dates.dt.day_of_week, unit="D")
    grouped = known.assign(week_start=weeks).groupby(["category", "store_id", "week_start"], observed=True)
    sums = grouped[["quantity_sold", "revenue"]].sum().reset_index()
    sums["price"] = sums["revenue"] / sums["quantity_sold"]
    return sums.rename(columns={"category": "item_id", "quantity_sold": "units"})[list(COLUMNS)]


def _codes(values: pd.Series) -> np.ndarray:
    return np.asarray(pd.factorize(values)[0])


def _demeaned(table: Floats, *groupings: np.ndarray) -> Floats:
    """Every column without its group means, by alternating projections."""
    values: Floats = table - table.mean(axis=0)
    for _ in range(DEFAULTS.sweeps):
        for codes in groupings:
            counts = np.bincount(codes)
            for column in range(values.shape[1]):
                means = np.bincount(codes, weights=values[:, column]) / counts
                values[:, column] -= means[codes]
    return values


def _regress(within: Floats, clusters: np.ndarray) -> tuple[float, float]:
    """Slope of the first column on the second, and its cluster-robust standard error."""
    outcome, design = within[:, 0], within[:, 1:]
    inverse = np.linalg.pinv(design.T @ design)
    slopes = inverse @ design.T @ outcome
    scores = design * (outcome - design @ slopes)[:, None]
    count = int(clusters.max()) + 1
    sums = np.column_stack(
        [
            np.bincount(clusters, weights=scores[:, column], minlength=count)
            for column in range(design.shape[1])
        ]
    )
    variance = inverse @ (sums.T @ sums) @ inverse * count / max(count - 1, 1)
    return float(slopes[0]), float(np.sqrt(variance[0, 0]))


def _judged(elasticity: float, error: float, rows: int) -> ElasticityEstimate:
    half = 1.96 * error
    lower, upper = elasticity - half, elasticity + half
    told = f"{elasticity:.2f}, 95 % interval {lower:.2f} to {upper:.2f}, from {rows:,} store-weeks"
    if half > DEFAULTS.max_half_width or lower <= 0:
        return _refused(rows, f"the interval is too wide or holds zero ({told})")
    usable = min(max(elasticity, DEFAULTS.low), DEFAULTS.high)
    cut = "" if usable == elasticity else f"; {usable:.1f} is used"
    return ElasticityEstimate(
        elasticity=round(elasticity, 4),
        lower=round(lower, 4),
        upper=round(upper, 4),
        usable=round(usable, 4),
        observations=rows,
        reasoning=f"Estimated from price history: {told}{cut}.",
    )


def _refused(rows: int, why: str) -> ElasticityEstimate:
    return ElasticityEstimate(
        elasticity=None,
        observations=rows,
        refusal=why,
        reasoning=f"Elasticity cannot be told from this price history: {why}.",
    )
