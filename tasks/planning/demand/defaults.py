"""Every threshold of the demand stage, in one frozen place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemandDefaults:
    """Choices that hold across the benchmark sets; `docs/forecasting.md` has the figures behind them.

    Attributes:
        season_weeks: weeks in a year of retail.
        min_history: whole weeks below which there is nothing to forecast from.
        interval_level: level of the intervals that a planner sees.
        max_origins: rolling origins that weights and errors are taken from.
        slow_origins: origins that a forecaster with a costly fit is judged on.
        origin_step: most weeks from one origin to the next; fewer where history is short.
        partial_weeks: known weeks of a season that are backtest enough where no whole season fits.
        max_pool: other categories that errors are pooled with.
        max_gap: most weeks between history and season; beyond, nothing is forecast.
        path_factors: length of the season total's quantile function.
        share_weeks: trailing weeks that store shares are taken from.
    """

    season_weeks: int = 52
    min_history: int = 4
    interval_level: float = 0.8
    max_origins: int = 10
    slow_origins: int = 2
    origin_step: int = 6
    partial_weeks: int = 4
    max_pool: int = 100
    max_gap: int = 156
    path_factors: int = 51
    share_weeks: int = 52


DEFAULTS = DemandDefaults()
