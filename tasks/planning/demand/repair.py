"""What the till could not see: missing weeks and sold-out stores."""

import numpy as np
import pandas as pd

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.units import Floats


def fill_gaps(history: Floats) -> tuple[Floats, list[str]]:
    """Fill missing weeks (NaN) between known ones, in a straight line, or with the year before where known.

    A history with many missing weeks is one that sells now and then: there they are zeros.

    Returns:
        The history without NaN and a warning where something was filled.
    """
    missing = np.isnan(history)
    if not missing.any():
        return history, []
    if missing.mean() > DEFAULTS.max_gap_fill:
        return np.nan_to_num(history), [
            f"{int(missing.sum())} weeks without a row were taken as weeks without sales."
        ]
    tail = len(history) - np.flatnonzero(~missing)[-1] - 1
    filled = history.copy()
    filled[len(filled) - tail :] = 0.0
    missing = np.isnan(filled)
    known = np.flatnonzero(~missing)
    filled[missing] = np.interp(np.flatnonzero(missing), known, filled[known])
    notes = []
    if missing.any():
        notes.append(
            f"{int(missing.sum())} missing weeks inside the history were filled in between their neighbours."
        )
    if tail:
        notes.append(f"The last {tail} weeks have no row and were taken as weeks without sales.")
    return filled, notes


def uncensor(sales: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """Raise sold-out rows to the demand that their store's usual share of the others' sales suggests.

    Args:
        sales: date, store_id, quantity_sold and `stockout` (true) or `on_hand` (zero) where known.

    Returns:
        The same rows, none lower than before, and what was done in words.
    """
    if "stockout" in sales.columns and sales["stockout"].notna().any():
        out = sales["stockout"].eq(other=True)
    elif "on_hand" in sales.columns and sales["on_hand"].notna().any():
        out = sales["on_hand"].le(0)
    else:
        return sales, "Neither on_hand nor stockout is given: sales are taken as demand, even where sold out."
    if not out.any() or out.all():
        return sales, None
    clear = sales[~out]
    usual = clear.groupby("store_id", observed=True)["quantity_sold"].mean()
    weight = sales["store_id"].map(usual).astype(float).fillna(0.0)
    sums = pd.DataFrame({"date": clear["date"], "units": clear["quantity_sold"], "usual": weight[~out]})
    day = sums.groupby("date")[["units", "usual"]].sum()
    rate = (day["units"] / day["usual"].replace(0, np.nan)).reindex(sales["date"]).fillna(1.0).to_numpy()
    demand = np.where(out, np.maximum(sales["quantity_sold"], weight * rate), sales["quantity_sold"])
    share = float(demand.sum() / max(sales["quantity_sold"].sum(), 1)) - 1
    note = f"{int(out.sum())} sold-out rows were raised to likely demand (+{share:.1%} in all)."
    return sales.assign(quantity_sold=demand), note
