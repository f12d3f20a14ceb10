"""The weekly forecast as a picture."""

import io

from schemas.forecasts import SeasonForecast


def draw_forecast(forecast: SeasonForecast) -> bytes:
    """The weekly forecast with its interval, as a PNG."""
    from matplotlib.figure import Figure

    weeks = [week.week_number for week in forecast.weekly_demand_curve]
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(
        weeks,
        [week.confidence_lower for week in forecast.weekly_demand_curve],
        [week.confidence_upper for week in forecast.weekly_demand_curve],
        alpha=0.25,
        label=f"{forecast.confidence_level:.0%} interval",
    )
    axes.plot(weeks, forecast.weekly_units, marker="o", label="forecast")
    axes.set(xlabel="season week", ylabel="units", xticks=weeks)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()
