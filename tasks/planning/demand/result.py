"""What a season's demand forecast is: typed, JSON-able, complete enough to be read years later."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tasks.planning.paths import DemandPaths, DemandRecipe

Units = Annotated[int, Field(ge=0)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeekForecast(_Value):
    """One season week. `confidence_*` bound the week's demand at `SeasonForecast.confidence_level`."""

    week_number: Annotated[int, Field(ge=1)]
    week_start_date: date
    week_end_date: date
    forecasted_units: Units
    confidence_lower: Units
    confidence_upper: Units


class TotalInterval(_Value):
    """Central interval of the season total, from backtest errors."""

    level: float
    lower: Units
    upper: Units


class BacktestSummary(_Value):
    """How the same ensemble did on the history at hand, at the same gap and horizon.

    Attributes:
        wape: Σ|error| ÷ Σ actual over weeks and origins; None where no origin fits the history.
        naive_wape: the same of the reference, the same week a year before.
        coverage: share of origins whose season total fell into the interval that the others' errors give.
        origins: how many.
    """

    wape: float | None
    naive_wape: float | None
    coverage: float | None
    origins: int


class WeekComponents(_Value):
    """What one week's forecast is made of: level + trend + season + holidays, to the unit."""

    week_number: int
    level: int
    trend: int
    season: int
    holidays: int
    holiday_names: tuple[str, ...] = ()


class NotableWeek(_Value):
    """A week that a planner should look at, and why."""

    week_number: int
    units: Units
    why: str


class ForecasterNote(_Value):
    """One forecaster's part in the ensemble."""

    member: str
    weight: float
    wape: float | None
    total: Units
    why: str


class Explanation(_Value):
    """The forecast taken apart for a planner."""

    components: tuple[WeekComponents, ...]
    notable_weeks: tuple[NotableWeek, ...]
    members: tuple[ForecasterNote, ...]


class SeasonForecast(_Value):
    """The demand of one category over one season.

    Attributes:
        gap_weeks: weeks between the end of the history and the season.
        history_weeks: whole weeks of history that were used.
        weekly_demand_curve: whole units that sum to `total_season_demand`.
        prophet_forecast, arima_forecast: their own season totals; None where one failed.
        season_total_interval: 80 % interval of the season total.
        recipe: all that the demand distribution is rebuilt from.
    """

    season_start_date: date
    season_end_date: date
    history_start: date
    history_end: date
    history_weeks: int
    gap_weeks: int
    total_season_demand: Units
    weekly_demand_curve: tuple[WeekForecast, ...]
    confidence_level: float
    forecasting_method: str
    models_used: tuple[str, ...]
    model_weights: dict[str, float]
    prophet_forecast: Units | None
    arima_forecast: Units | None
    peak_week: int
    season_total_interval: TotalInterval
    backtest: BacktestSummary
    explanation: Explanation
    warnings: tuple[str, ...]
    reasoning: str
    recipe: DemandRecipe

    @property
    def weekly_units(self) -> list[int]:
        """The forecast curve as plain numbers, shape (weeks,)."""
        return [week.forecasted_units for week in self.weekly_demand_curve]

    def paths(self) -> DemandPaths:
        """The demand distribution that every later decision reads."""
        return DemandPaths(self.recipe)
