"""A season's weeks as they come: sales in, variance checked, stock sent, a markdown called for."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from models.catalogue import Category
from models.plans import find_allocation
from models.sales import replace_weeks
from models.seasons import (
    Replenishment,
    VarianceRecord,
    active_seasons,
    lock_season,
    require_approved,
    root_of,
)
from models.session import Database
from models.workflows import (
    NewWorkflow,
    Workflow,
    create_workflow,
    get_workflow,
    load_season_parameters,
    save_stage_result,
)
from schemas.csv import PlannedWeeks, WeeklySales, read_weekly_sales
from schemas.errors import NotFoundError
from schemas.messages import Agent
from schemas.notes import AgentNote, NoteSource
from schemas.seasons import VarianceSummary, WeeklyReviewRequest, WeeklySalesImported
from schemas.stages import REVIEW_SEASONS, WorkflowType
from tasks.narration.facts import VarianceFacts
from tasks.narration.variance import variance_facts
from tasks.narration.words import sentence
from tasks.planning.in_season.state import SeasonState
from tasks.planning.in_season.variance import VarianceCheck
from tasks.planning.planner import MarkdownCall, calls_for_reforecast, markdown_call, replenish, watch
from tasks.seasons.service import StoredSeason, load_season, record_followup

SOLD_OUT_SHARE = 0.2  # of the stores, from which a week's sales understate demand


@dataclass(frozen=True)
class Imported:
    """What an upload did, and the re-forecast that it calls for."""

    answer: WeeklySalesImported
    reforecast: str | None


@dataclass(frozen=True)
class Reviewed:
    """What a season's week asked for and got; `followups` are on record and wait to be started."""

    report: dict[str, Any]
    followups: tuple[str, ...]


def import_weekly_sales(
    database: Database, forecast_id: str, source: BinaryIO, *, max_bytes: int, today: date, threshold: float
) -> Imported:
    """Take a season's actual sales, whole or not at all; a corrected file replaces its weeks.

    Raises:
        NotFoundError: there is no such forecast.
        WrongStateError: its order is not approved.
        InvalidFileError: with each offending row and column.
    """
    with database.read() as session:
        planned = _planned_weeks(session, forecast_id)
    sales = read_weekly_sales(source, max_bytes=max_bytes, season=planned, today=today)
    with database.write() as session:
        root_id = root_of(session, forecast_id).forecast_id
        lock_season(session, root_id)
        replace_weeks(session, root_id, sales.units, datetime.now(UTC))
        season = load_season(session, root_id)
        done = season.state.done
        weeks = sorted({week for week in (*sales.weeks, done) if 0 < week <= done})
        records = [record_variance(session, season, week, threshold=threshold) for week in weeks]
    return _imported(season, sales, records)


def _planned_weeks(session: Session, forecast_id: str) -> PlannedWeeks:
    root = root_of(session, forecast_id)
    require_approved(find_allocation(session, root.forecast_id), root.forecast_id)
    category = session.get(Category, root.category_id)
    names = (root.category_id, category.category_name) if category else (root.category_id,)
    weeks = load_season_parameters(session, root.workflow_id).forecast_horizon_weeks
    stores = root.recipe.store_ids
    return PlannedWeeks(root.season_start_date, weeks, stores, names)


def _imported(season: StoredSeason, sales: WeeklySales, records: Sequence[VarianceRecord]) -> Imported:
    stock, warnings = season.state.stock, list(sales.warnings)
    short = [store for store, units in zip(stock.store_ids, stock.on_hand, strict=True) if units < 0]
    if short:
        warnings.append(f"{len(short)} stores report more sold than they were sent: {', '.join(short[:5])}")
    newest = records[-1] if records else None
    answer = WeeklySalesImported(
        rows_imported=sales.rows,
        week_number=season.state.done,
        weeks_imported=list(sales.weeks),
        missing_weeks=[week for week in range(1, max(season.reported) + 1) if week not in season.reported],
        variance_check=summary_of(newest) if newest else None,
        warnings=warnings,
    )
    return Imported(answer, newest.reforecast_workflow_id if newest else None)


def record_variance(session: Session, season: StoredSeason, week: int, *, threshold: float) -> VarianceRecord:
    """Check a season after `week` and store it; over the threshold its re-forecast is recorded, once a week.

    The season is locked by the caller. The re-forecast's run is started after the commit.
    """
    root, state = season.root, season.state.after(week)
    check = watch(state, threshold=threshold)
    known = session.get(VarianceRecord, (root.forecast_id, week))
    if known is not None and known.actual_cumulative == check.actual_cumulative:
        return known  # looked at already, against the forecast that stood then
    follow = known.reforecast_workflow_id if known else None
    if follow is None and week == season.state.done and calls_for_reforecast(state, check):
        follow = record_followup(session, WorkflowType.REFORECAST, root, week).workflow_id
    return session.merge(
        VarianceRecord(
            forecast_id=root.forecast_id,
            week_number=week,
            compared_id=season.current.forecast_id,
            forecasted_cumulative=check.forecasted_cumulative,
            actual_cumulative=check.actual_cumulative,
            variance_pct=check.variance_pct,
            threshold_exceeded=check.threshold_exceeded,
            likelihood=check.likelihood,
            by_store=check.by_store,
            reasoning=_told(state, check, follow is not None),
            reforecast_workflow_id=follow,
            checked_at=datetime.now(UTC),
        )
    )


def _told(state: SeasonState, check: VarianceCheck, reforecast: bool) -> str:
    """The check in a planner's words: how far off, why that may be, and what a re-forecast changes."""
    sold_out = state.stock.sold_out.mean(axis=1) > SOLD_OUT_SHARE
    facts = variance_facts(
        VarianceFacts(
            week=check.week_number,
            forecast=check.forecasted_cumulative,
            actual=check.actual_cumulative,
            variance=check.variance_pct,
            threshold=check.threshold,
            likelihood=check.likelihood,
            weekly=check.weekly_variance_pct,
            weeks_left=state.weeks - check.week_number,
            stock_out_weeks=tuple(week for week, out in enumerate(sold_out, start=1) if out),
            reforecast=reforecast,
        )
    )
    return " ".join(sentence(fact.says) for fact in facts)


def summary_of(record: VarianceRecord) -> VarianceSummary:
    """The contract's four figures of a check."""
    return VarianceSummary(
        variance_pct=record.variance_pct,
        threshold_exceeded=record.threshold_exceeded,
        action_taken="reforecast_triggered" if record.reforecast_workflow_id else "none",
        reforecast_workflow_id=record.reforecast_workflow_id,
    )


def variance_after(database: Database, forecast_id: str, week: int, *, threshold: float) -> VarianceRecord:
    """The stored check of a week, made now where it is not there yet.

    Raises:
        NotFoundError: no such forecast, or not all sales up to that week are reported.
        WrongStateError: the season has not begun.
    """
    with database.read() as session:
        root_id = root_of(session, forecast_id).forecast_id
        known = session.get(VarianceRecord, (root_id, week))
    if known is not None:
        return known
    with database.write() as session:
        lock_season(session, root_id)
        season = load_season(session, root_id)
        if not 0 < week <= season.state.done:
            raise NotFoundError(
                f"season {forecast_id} has no variance for week {week}: "
                f"sales are reported up to week {season.state.done}"
            )
        return record_variance(session, season, week, threshold=threshold)


def record_review(database: Database, request: WeeklyReviewRequest) -> Workflow:
    """Record a weekly review that was asked for.

    Raises:
        NotFoundError: there is no such forecast.
    """
    with database.write() as session:
        category_id = None
        if request.forecast_id is not None:
            category_id = root_of(session, request.forecast_id).category_id
        body = request.model_dump(mode="json")
        new = NewWorkflow(WorkflowType.VARIANCE, category_id, body, datetime.now(UTC), uuid.uuid4().hex)
        return create_workflow(session, new)[0]


def open_review(
    database: Database, *, run_id: str, forecast_id: str | None, day: date, workflow_id: str | None
) -> tuple[str, list[str]]:
    """Put a review on record, where the API has not, and find the seasons to look at.

    Returns:
        The review's workflow and the seasons' first forecasts.
    """
    with database.write() as session:
        seasons = (
            active_seasons(session, day)
            if forecast_id is None
            else [root_of(session, forecast_id).forecast_id]
        )
        return workflow_id or _record_review(session, run_id, forecast_id, day), seasons


def _record_review(session: Session, run_id: str, forecast_id: str | None, day: date) -> str:
    """A review that was scheduled, or started by hand: it gets a workflow, once a flow run."""
    key = f"{WorkflowType.VARIANCE}:{run_id}"
    new = NewWorkflow(
        workflow_type=WorkflowType.VARIANCE,
        category_id=None,
        request={"forecast_id": forecast_id, "as_of": day.isoformat()},
        created_at=datetime.now(UTC),
        unique=key,
        idempotency_key=key,
    )
    workflow, _ = create_workflow(session, new)
    workflow.flow_run_id = run_id
    return workflow.workflow_id


def close_review(
    database: Database, workflow_id: str, done: Sequence[dict[str, Any]], failed: Mapping[str, str]
) -> dict[str, Any]:
    """Keep what the review did."""
    notes = [
        AgentNote(agent=Agent.DEMAND, subject="variance", source=NoteSource.RULES, reasoning=told).model_dump(
            mode="json"
        )
        for told in (f"{season['category']}: {season['note']}" for season in done if "note" in season)
    ]
    summary = {"seasons": list(done), "failed": dict(failed), "notes": notes}
    with database.write() as session:
        save_stage_result(
            session,
            workflow_id,
            REVIEW_SEASONS.name,
            agent=REVIEW_SEASONS.agent,
            summary=summary,
            started_at=get_workflow(session, workflow_id).created_at,
            completed_at=datetime.now(UTC),
        )
    return summary


def review_season(database: Database, forecast_id: str, as_of: date, *, threshold: float) -> Reviewed:
    """Do what a season's week asks for, and say what was done; done again, nothing doubles."""
    with database.write() as session:
        lock_season(session, forecast_id)
        season = load_season(session, forecast_id)
        report: dict[str, Any] = {
            "forecast_id": forecast_id,
            "category": season.root.category_id,
            "weeks_due": season.due(as_of),
            "weeks_reported": season.state.done,
            "missing_weeks": season.missing(as_of),
        }
        if not season.state.done:
            return Reviewed(report, ())
        record = record_variance(session, season, season.state.done, threshold=threshold)
        sent = None if report["missing_weeks"] else _replenish(session, season)
        asked, markdown = _markdown(session, season)
    report |= {
        "variance_pct": record.variance_pct,
        "likelihood": record.likelihood,
        "note": record.reasoning,
        "reforecast": record.reforecast_workflow_id,
    }
    if sent is not None:
        report |= {
            "replenished_week": sent.week_number,
            "shipped": sent.shipped,
            "centre_left": sent.centre_left,
        }
    followups = (record.reforecast_workflow_id, asked)
    return Reviewed({**report, **markdown}, tuple(each for each in followups if each is not None))


def _replenish(session: Session, season: StoredSeason) -> Replenishment | None:
    """Ship for the week that begins, where the plan replenishes then."""
    root_id, week = season.root.forecast_id, season.state.done + 1
    known = session.get(Replenishment, (root_id, week))
    decided = replenish(season.state) if known is None else None
    if decided is None:
        return known
    row = Replenishment(
        forecast_id=root_id,
        week_number=week,
        shipped=decided.shipped,
        centre_left=decided.centre_left,
        shipments=decided.shipments,
        reasoning=decided.reasoning,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    return row


def _markdown(session: Session, season: StoredSeason) -> tuple[str | None, dict[str, str]]:
    """The markdown that a person is asked for, and what the report says of it."""
    state = season.state
    call = markdown_call(state)
    if call is MarkdownCall.UNPLANNED:
        return None, {"markdown": f"skipped: {call}"}
    checkpoint = state.calendar.checkpoint
    if checkpoint is None or call in {MarkdownCall.NOT_YET, MarkdownCall.OVER}:
        return None, {}
    if call is MarkdownCall.ENOUGH_SOLD:
        told = f"{state.stock.sell_through:.0%} sold, {checkpoint.threshold:.0%} asked for"
        return None, {"markdown": f"not needed: {told}"}
    asked = season.markdown_workflow
    if asked is None:
        asked = record_followup(session, WorkflowType.MARKDOWN, season.root, state.done).workflow_id
    return asked, {"markdown": asked}
