"""A season played through the contract: what a planner, the stores and the calendar would do."""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from deployments.cli.client import Client, Json
from deployments.cli.show import progress_bar
from schemas.errors import FashionForecastError

if TYPE_CHECKING:
    from rich.console import Console

CHECKPOINT_WEEK = 6


@dataclass(frozen=True)
class Decisions:
    """How approvals are decided: as recommended, but for what is given here."""

    safety_stock: float | None = None
    elasticity: float | None = None
    reject_markdown: bool = False


class SeasonPlayer:
    """Sells a scenario's demand from the stock that is there, and does on the service what a season asks."""

    def __init__(self, client: Client, category: str, decisions: Decisions) -> None:
        self._client = client
        self._category = category
        self._decisions = decisions
        self._stock: dict[str, int] = {}
        self._lift = 1.0

    def play(self, scenario: str, console: "Console") -> Json:
        """Play one season to its end; gives back what happened, week by week."""
        start, demand = _demand(self._category, scenario)
        weeks = max(week for week, _ in demand)
        with progress_bar(console) as progress:
            bar = progress.add_task(f"{scenario}: planning", total=weeks + 1)
            forecast_id = self._plan(start, weeks)
            allocation = self._client.get(f"/api/allocations/{forecast_id}")
            self._stock = {
                row["store_id"]: row["initial_allocation"] for row in allocation["store_allocations"]
            }
            rows = []
            for week in range(1, weeks + 1):
                progress.update(bar, advance=1, description=f"{scenario}: week {week}")
                rows.append(self._week(forecast_id, start, week, demand))
            progress.update(bar, advance=1)
        return self._told(scenario, forecast_id, allocation, rows, demand)

    def _plan(self, start: date, weeks: int) -> str:
        parameters = {
            "season_start_date": start.isoformat(),
            "forecast_horizon_weeks": weeks,
            "markdown_checkpoint_week": CHECKPOINT_WEEK,
            "markdown_threshold": 0.6,
        }
        workflow_id = self._start(
            "/api/workflows/forecast", {"category_id": self._category, "parameters": parameters}
        )
        self._until(workflow_id, "human_input_required")
        decision: Json = {"workflow_id": workflow_id, "action": "accept"}
        if self._decisions.safety_stock is not None:
            decision |= {"safety_stock_pct": self._decisions.safety_stock}
        self._client.post("/api/approvals/manufacturing", decision)
        self._until(workflow_id, "workflow_complete")
        return str(self._client.get(f"/api/workflows/{workflow_id}")["forecast_id"])

    def _week(self, forecast_id: str, start: date, week: int, demand: dict[tuple[int, str], int]) -> Json:
        sold = {
            store: min(stock, round(demand.get((week, store), 0) * self._lift))
            for store, stock in self._stock.items()
        }
        self._stock = {store: stock - sold[store] for store, stock in self._stock.items()}
        answer = self._client.upload(
            "/api/data/upload-weekly-sales", f"week{week}.csv", _csv(week, sold), {"forecast_id": forecast_id}
        )
        check = answer["variance_check"]
        if check["reforecast_workflow_id"]:
            self._until(check["reforecast_workflow_id"], "workflow_complete")
        monday = (start + timedelta(weeks=week)).isoformat()
        review = self._start("/api/workflows/weekly-review", {"forecast_id": forecast_id, "as_of": monday})
        [did] = self._until(review, "workflow_complete")["result"]["seasons"]
        row = {
            "week": week,
            "sold": sum(sold.values()),
            "variance_pct": check["variance_pct"],
            "reforecast": check["reforecast_workflow_id"],
            "shipped": did.get("shipped", 0),
            "markdown_pct": None,
        }
        if "shipped" in did:
            self._receive(forecast_id, did["replenished_week"])
        if str(did.get("markdown", "")).startswith("wf_"):
            row["markdown_pct"] = self._markdown(did["markdown"])
        return row

    def _receive(self, forecast_id: str, week: int) -> None:
        for sent in self._client.get(f"/api/replenishments/{forecast_id}")["weeks"]:
            if sent["week_number"] == week:
                for shipment in sent["shipments"]:
                    self._stock[shipment["store_id"]] += shipment["units"]

    def _markdown(self, workflow_id: str) -> float | None:
        """Decide the markdown as told, once; the depth that holds from then on."""
        if self._client.get(f"/api/workflows/{workflow_id}")["status"] in {"completed", "cancelled"}:
            return None
        self._until(workflow_id, "human_input_required")
        rejected = self._decisions.reject_markdown
        decision: Json = {"workflow_id": workflow_id, "action": "reject" if rejected else "accept"}
        if self._decisions.elasticity is not None:
            decision |= {"elasticity_coefficient": self._decisions.elasticity}
        answer = self._client.post("/api/approvals/markdown", decision)
        self._until(workflow_id, "error" if rejected else "workflow_complete")
        if rejected:
            return 0.0
        self._lift = 1 + answer["expected_demand_lift_pct"]
        return float(answer["recommended_markdown_pct"])

    def _start(self, path: str, body: Json) -> str:
        return str(self._client.post(path, body)["workflow_id"])

    def _until(self, workflow_id: str, wanted: str) -> Json:
        message: Json = {}
        for message in self._client.messages(workflow_id):
            if message["type"] == wanted:
                return message
        raise FashionForecastError(f"{workflow_id}: {message.get('error_message', 'ended early')}")

    def _told(
        self,
        scenario: str,
        forecast_id: str,
        allocation: Json,
        rows: list[Json],
        demand: dict[tuple[int, str], int],
    ) -> Json:
        sent = self._client.get(f"/api/replenishments/{forecast_id}")
        sold, in_stores = sum(row["sold"] for row in rows), sum(self._stock.values())
        return {
            "scenario": scenario,
            "forecast_id": forecast_id,
            "forecast": self._client.get(f"/api/forecasts/{forecast_id}")["total_season_demand"],
            "demand": sum(demand.values()),
            "made": allocation["manufacturing_qty"],
            "sold": sold,
            "in_stores": in_stores,
            "at_centre": sent["at_centre"],
            "conserved": allocation["manufacturing_qty"] == sold + in_stores + sent["at_centre"],
            "weeks": rows,
            "errors": self._errors(forecast_id, rows, demand),
        }

    def _errors(self, forecast_id: str, rows: list[Json], demand: dict[tuple[int, str], int]) -> list[Json]:
        """Each re-forecast's error over the weeks that remained, beside the first forecast's on them."""
        actual = [sum(units for (each, _), units in demand.items() if each == row["week"]) for row in rows]
        first = _curve(self._client.get(f"/api/forecasts/{forecast_id}"))
        found = []
        for row in rows:
            if not row["reforecast"]:
                continue
            revised_id = self._client.get(f"/api/workflows/{row['reforecast']}")["forecast_id"]
            revised, week = _curve(self._client.get(f"/api/forecasts/{revised_id}")), row["week"]
            found.append(
                {
                    "after_week": week,
                    "original_wape": _wape(first[week:], actual[week:]),
                    "corrected_wape": _wape(revised[week:], actual[week:]),
                }
            )
        return found


def _demand(category: str, scenario: str) -> tuple[date, dict[tuple[int, str], int]]:
    """The scenario's demand by (week, store), from the sample retailer's generator."""
    from data import generate_retailer, truth
    from data.files import weekly_units

    season = generate_retailer().seasons[scenario]
    names = {each.category_id: each.name for each in truth.CATEGORIES}
    if category not in names:
        raise FashionForecastError(f"the sample retailer has no {category}; it has {', '.join(names)}")
    rows = weekly_units(season[season["category"] == names[category]])
    units = {
        (int(week), str(store)): int(count) for store, week, count in rows.itertuples(index=False, name=None)
    }
    return truth.SEASON_START, units


def _csv(week: int, sold: dict[str, int]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["store_id", "week_number", "units_sold"])
    writer.writerows([store, week, units] for store, units in sold.items())
    return text.getvalue().encode()


def _curve(forecast: Json) -> list[int]:
    return [week["forecasted_units"] for week in forecast["weekly_demand_curve"]]


def _wape(forecast: list[int], actual: list[int]) -> float:
    missed = sum(abs(mine - theirs) for mine, theirs in zip(forecast, actual, strict=True))
    return round(missed / max(sum(actual), 1), 4)


def show_season(console: "Console", told: dict[str, Any]) -> None:
    """What happened, a line a week."""
    from rich.table import Table

    table = Table(title=f"{told['scenario']}: {told['forecast_id']}", title_justify="left", box=None)
    for name in ("week", "sold", "variance", "re-forecast", "shipped after", "markdown"):
        table.add_column(name, justify="right")
    for row in told["weeks"]:
        table.add_row(
            str(row["week"]),
            f"{row['sold']:,}",
            f"{row['variance_pct']:+.1%}",
            "started" if row["reforecast"] else "",
            f"{row['shipped']:,}",
            "" if row["markdown_pct"] is None else f"{row['markdown_pct']:.0%}",
        )
    console.print(table)
    state = "conserved" if told["conserved"] else "NOT CONSERVED"
    console.print(
        f"forecast {told['forecast']:,}, demand {told['demand']:,}; made {told['made']:,} = "
        f"sold {told['sold']:,} + in stores {told['in_stores']:,} "
        f"+ at the centre {told['at_centre']:,} ({state})"
    )
    for error in told["errors"]:
        console.print(
            f"weeks after {error['after_week']}: error {error['corrected_wape']:.1%} corrected, "
            f"{error['original_wape']:.1%} as first forecast"
        )
