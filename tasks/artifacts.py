"""What an operator finds in the Prefect UI beside a run: tables and a picture of the plan."""

import base64
import io
from typing import Any

from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from tasks.planning.demand.result import SeasonForecast


def _key(*parts: str) -> str:
    """Artifact keys take small letters, numbers and dashes."""
    return "-".join(parts).replace("_", "-").lower()


def publish_forecast(category_id: str, forecast: SeasonForecast) -> None:
    """The weekly forecast as a table and as a picture."""
    level = round(forecast.confidence_level * 100)
    create_table_artifact(
        key=_key("forecast", category_id),
        description=f"{category_id}: {forecast.total_season_demand:,} units. {forecast.reasoning}",
        table=[
            {
                "week": week.week_number,
                "from": week.week_start_date.isoformat(),
                "units": week.forecasted_units,
                f"{level} % interval": f"{week.confidence_lower} to {week.confidence_upper}",
            }
            for week in forecast.weekly_demand_curve
        ],
    )
    create_image_artifact(
        key=_key("forecast-picture", category_id),
        image_url=f"data:image/png;base64,{base64.b64encode(draw_forecast(forecast)).decode()}",
        description=f"{category_id}: weekly forecast with its {level} % interval",
    )


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


def publish_table(name: str, category_id: str, description: str, rows: list[dict[str, Any]]) -> None:
    """A table beside the run."""
    create_table_artifact(key=_key(name, category_id), description=description, table=rows)


def publish_note(name: str, category_id: str, text: str) -> None:
    """A text beside the run."""
    create_markdown_artifact(key=_key(name, category_id), markdown=text)
