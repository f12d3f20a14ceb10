"""What a season's demand forecast is: typed, JSON-able, complete enough to be read years later."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from schemas.values import Units, Value


class DemandRecipe(Value):
    """All that the sampled demand of a season, or of its weeks left, is made of.

    Attributes:
        weekly_mean: expected units in each season week, shape (weeks,): the one centre, which the paths
            average to.
        total_factors: the season total's distribution as a quantile function at evenly spaced levels (0.5/k,
            1.5/k, …), ascending, shape (k,); its shape alone counts, as it is scaled to a mean of 1.
        spread_floor: least log spread of the season total that orders and shown intervals reckon with.
        week_sigma: log noise of each week around its path's level, shape (weeks,).
        week_rho: lag-one autocorrelation of that noise.
        store_ids: the stores, in the order of `store_shares`.
        store_shares: expected share of each store, summing to 1, shape (stores,).
        share_concentration: Dirichlet concentration of the shares over a season; larger is surer.
        seed: seeds every draw.
        n_paths: sampled paths.
    """

    weekly_mean: tuple[Annotated[float, Field(ge=0)], ...] = Field(min_length=1)
    total_factors: tuple[Annotated[float, Field(ge=0)], ...] = Field(min_length=1)
    spread_floor: Annotated[float, Field(ge=0)] = 0.0
    week_sigma: tuple[Annotated[float, Field(ge=0)], ...]
    week_rho: Annotated[float, Field(ge=0, lt=1)] = 0.0
    store_ids: tuple[str, ...] = Field(min_length=1)
    store_shares: tuple[Annotated[float, Field(ge=0)], ...]
    share_concentration: Annotated[float, Field(gt=0)] = 500.0
    seed: int = 0
    n_paths: Annotated[int, Field(ge=1)] = 1000

    @model_validator(mode="after")
    def _shapes_agree(self) -> Self:
        if len(self.week_sigma) != len(self.weekly_mean):
            raise ValueError("week_sigma needs one value a week, as weekly_mean has")
        if len(self.store_shares) != len(self.store_ids):
            raise ValueError("store_shares needs one value a store, as store_ids has")
        if abs(sum(self.store_shares) - 1) > 1e-6:
            raise ValueError("store_shares must sum to 1")
        return self


class Quantiles(Value):
    """Demand that is not exceeded in 5, 25, 50, 75 and 95 of 100 futures."""

    p05: Units
    p25: Units
    p50: Units
    p75: Units
    p95: Units


class WeekForecast(Value):
    """One season week. `forecasted_units` is the mean of the futures; `confidence_*` bound the week's demand
    at 80 %."""

    week_number: Annotated[int, Field(ge=1)]
    week_start_date: date
    week_end_date: date
    forecasted_units: Units
    confidence_lower: Units
    confidence_upper: Units
    quantiles: Quantiles | None = None


class TotalInterval(Value):
    """Central interval of the season total, from backtest errors and not narrower than the spread's floor."""

    level: float
    lower: Units
    upper: Units
    quantiles: Quantiles | None = None


class BacktestSummary(Value):
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


class WeekComponents(Value):
    """What one week's forecast is made of: level + trend + season + holidays, to the unit."""

    week_number: int
    level: int
    trend: int
    season: int
    holidays: int
    promotions: int = 0
    holiday_names: tuple[str, ...] = ()


class NotableWeek(Value):
    """A week that a planner should look at, and why."""

    week_number: int
    units: Units
    why: str


class ForecasterNote(Value):
    """One forecaster's part in the ensemble."""

    member: str
    weight: float
    wape: float | None
    total: Units
    why: str


class Explanation(Value):
    """The forecast taken apart for a planner."""

    components: tuple[WeekComponents, ...]
    notable_weeks: tuple[NotableWeek, ...]
    members: tuple[ForecasterNote, ...]


class LevelUpdate(Value):
    """How observed weeks moved a forecast.

    Attributes:
        level: factor by which the weeks left moved.
        prior_sigma, posterior_sigma: log spread of the level before and after.
    """

    level: float
    prior_sigma: float
    posterior_sigma: float
    observed_weeks: Annotated[int, Field(ge=1)]


class DemandForecast(Value):
    """The demand of one category over one season, forecast before it or corrected by its first weeks.

    Attributes:
        weekly_demand_curve: whole units that sum to `total_season_demand`.
        prophet_forecast, arima_forecast: their own season totals; None where one failed.
        season_total_interval: 80 % interval of the season total.
        explanation: of the forecast made before the season; a correction carries it on.
        first_week: the first week that is forecast, 1 before the season; those before it are as sold.
        level_update: how the weeks that were sold moved the rest; None before the season.
    """

    season_start_date: date
    season_end_date: date
    total_season_demand: Units
    weekly_demand_curve: tuple[WeekForecast, ...]
    forecasting_method: str
    models_used: tuple[str, ...]
    model_weights: dict[str, float]
    prophet_forecast: Units | None
    arima_forecast: Units | None
    peak_week: int
    season_total_interval: TotalInterval
    backtest: BacktestSummary
    explanation: Explanation
    first_week: Annotated[int, Field(ge=1)] = 1
    level_update: LevelUpdate | None = None
    warnings: tuple[str, ...]
    reasoning: str

    @property
    def weekly_units(self) -> list[int]:
        """The forecast curve as plain numbers, shape (weeks,)."""
        return [week.forecasted_units for week in self.weekly_demand_curve]


class SeasonForecast(DemandForecast):
    """A forecast made before the season, with the history that it was made from.

    Attributes:
        history_weeks: whole weeks of history that were used.
        gap_weeks: weeks between the end of the history and the season.
        recipe: all that the demand distribution of the weeks from `first_week` to the end is rebuilt from.
    """

    history_start: date
    history_end: date
    history_weeks: int
    gap_weeks: int
    confidence_level: float
    recipe: DemandRecipe
