"""The pooled peer: gradient boosting over all series by the book, as a library's users would set it up."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tasks.planning.demand.defaults import DEFAULTS
from tasks.planning.demand.holiday_weeks import moving_holidays

YEAR = DEFAULTS.season_weeks
LAGS = [1, 2, 3, 4, 8, 13, 26, YEAR - 1, YEAR, YEAR + 1]
WINDOWS = [4, 13, YEAR]
# Absolute errors: squared ones, on units or logs, were the weaker peer on each set that was tried.
TREES: dict[str, Any] = {
    "objective": "regression_l1",
    "n_estimators": 200,
    "learning_rate": 0.05,
    "num_leaves": 31,
    "n_jobs": 1,
    "verbosity": -1,
}


def forecast_boosted(history: pd.DataFrame, weeks: int, *, country: str, seed: int) -> pd.DataFrame:
    """LightGBM by mlforecast on standardised series: lags, rolling means, week of year, holidays.

    Args:
        history: unique_id, ds, y.

    Returns:
        unique_id, ds, yhat of the `weeks` that follow each series, one step fed into the next.
    """
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMean
    from mlforecast.target_transforms import LocalStandardScaler

    engine = MLForecast(
        models={"yhat": LGBMRegressor(**TREES, random_state=seed)},
        freq="7D",
        lags=LAGS,
        lag_transforms={1: [RollingMean(window, min_samples=1) for window in WINDOWS]},
        date_features=["week", "month"],
        target_transforms=[LocalStandardScaler()],
    )
    engine.fit(_with_holidays(history, country), static_features=[], dropna=False)
    ahead = engine.make_future_dataframe(weeks)
    forecast: pd.DataFrame = engine.predict(weeks, X_df=_with_holidays(ahead, country))
    return forecast


def _with_holidays(frame: pd.DataFrame, country: str) -> pd.DataFrame:
    """A column a holiday: whether the week holds it."""
    starts = pd.DatetimeIndex(frame["ds"])
    years = range(int(starts.year.min()), int(starts.year.max()) + 2)
    days = {
        **moving_holidays(country, years[0], years[-1]),
        "Christmas": tuple(date(year, 12, 25) for year in years),
    }
    columns = {}
    for name, dates in days.items():
        ahead = (np.array(dates, dtype="datetime64[D]") - starts.to_numpy()[:, None]) // np.timedelta64(
            1, "D"
        )
        held = ((ahead >= 0) & (ahead < 7)).any(axis=1)
        columns[name.replace(" ", "_")] = held.astype(float)
    return frame.assign(**columns)
