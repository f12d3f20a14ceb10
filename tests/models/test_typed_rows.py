"""JSON columns hold values of one shape, and keep them through the migration that gave each one meaning."""

from contextlib import closing
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sample_values import (
    BACKTEST,
    EXPLANATION,
    INTERVAL,
    PLANNED,
    PROPOSED,
    RECIPE,
    RECOMMENDED,
    order_of,
)
from sqlalchemy.exc import IntegrityError, StatementError

from models import schema
from models.approvals import ApprovalRecord, list_approvals, request_approval
from models.dialects import table_of
from models.plans import KEPT, Forecast, Markdown, get_forecast, kept
from models.seasons import current_of
from models.session import Database
from models.workflows import NewWorkflow, create_workflow
from schemas.forecasts import LevelUpdate, WeekForecast
from schemas.stages import WorkflowType

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)
MOVED = {"first_week": 4, "level": 0.7, "prior_sigma": 0.2, "posterior_sigma": 0.1}
WEEK = WeekForecast(
    week_number=1,
    week_start_date=date(2025, 2, 17),
    week_end_date=date(2025, 2, 23),
    forecasted_units=60,
    confidence_lower=40,
    confidence_upper=90,
)


def test_what_went_in_typed_comes_back_typed_and_equal(database, write_forecast):
    update = LevelUpdate(level=0.7, prior_sigma=0.2, posterior_sigma=0.1, observed_weeks=3)
    forecast_id = write_forecast(
        weekly_demand_curve=(WEEK,), model_weights={"arima": 1.0}, level_update=update
    )

    with database.read() as session:
        found = get_forecast(session, forecast_id)
    assert (found.recipe, found.backtest, found.explanation) == (RECIPE, BACKTEST, EXPLANATION)
    assert (found.weekly_demand_curve, found.level_update) == ((WEEK,), update)


def test_every_figure_of_a_forecast_has_its_column(database, write_forecast):
    assert set(KEPT) <= set(table_of(Forecast).columns.keys())
    forecast_id = write_forecast()

    with database.read() as session:
        assert kept(get_forecast(session, forecast_id))["recipe"] == RECIPE


@pytest.mark.parametrize("other", [{}, BACKTEST])
def test_what_has_another_shape_is_not_stored(database, write_forecast, other):
    with pytest.raises(StatementError, match="TotalInterval"):
        write_forecast(season_total_interval=other)


def test_what_was_stored_in_another_shape_is_not_read_as_if_it_fitted(database, write_forecast):
    forecast_id = write_forecast()
    with database.write() as session:
        session.connection().exec_driver_sql("""UPDATE forecasts SET backtest = '{"wape": 0.1, "mase": 2}'""")

    with pytest.raises(ValidationError, match="mase"), database.read() as session:
        get_forecast(session, forecast_id)


def test_a_forecast_begins_in_a_week_of_its_season(database, write_forecast):
    with pytest.raises(IntegrityError, match="first_week_positive"):
        write_forecast(first_week=0)


def test_a_markdown_keeps_what_was_planned_and_what_was_recommended_apart(database, write_forecast):
    forecast_id = write_forecast()
    with database.write() as session:
        for revision, details in enumerate((PLANNED, RECOMMENDED), start=1):
            session.add(
                Markdown(
                    markdown_id=f"md_{revision}",
                    forecast_id=forecast_id,
                    workflow_id=get_forecast(session, forecast_id).workflow_id,
                    revision=revision,
                    week_number=6,
                    target_sell_through_pct=0.6,
                    elasticity_coefficient=2.0,
                    details=details,
                    status="planned" if details is PLANNED else "proposed",
                    reasoning="",
                    created_at=NOW,
                )
            )

    with database.read() as session:
        assert [session.get(Markdown, f"md_{n}").details for n in (1, 2)] == [PLANNED, RECOMMENDED]


@pytest.mark.parametrize(("kind", "asked"), [("manufacturing", order_of(120)), ("markdown", PROPOSED)])
def test_an_approval_is_about_an_order_or_about_a_markdown(database, kind, asked):
    with database.write() as session:
        workflow, _ = create_workflow(session, NewWorkflow(WorkflowType.FORECAST, None, {}, NOW, unique="1"))
        approval = ApprovalRecord(
            workflow_id=workflow.workflow_id, kind=kind, requested_at=NOW, expires_at=NOW, data=asked
        )
        request_approval(session, approval)

    with database.read() as session:
        [found] = list_approvals(session, workflow.workflow_id)
    assert (found.data, found.before, found.after) == (asked, None, None)


def old_row(forecast_id, **changes):
    """A forecast as it was written before a revision's meaning had columns of its own."""
    return {
        "forecast_id": forecast_id,
        "workflow_id": f"wf_{forecast_id}",
        "category_id": "hats",
        "original_id": None,
        "revision": 1,
        "season_start_date": date(2025, 2, 17),
        "season_end_date": date(2025, 5, 11),
        "season": "12 weeks",
        "total_season_demand": 100,
        "weekly_demand_curve": [WEEK.model_dump(mode="json")],
        "forecasting_method": "ensemble_prophet_arima",
        "models_used": ["prophet", "arima"],
        "model_weights": {"prophet": 0.6, "arima": 0.4},
        "prophet_forecast": 101.0,
        "arima_forecast": None,
        "peak_week": 1,
        "season_total_interval": INTERVAL.model_dump(mode="json"),
        "backtest": BACKTEST.model_dump(mode="json"),
        "recipe": RECIPE.model_dump(mode="json"),
        "explanation": EXPLANATION.model_dump(mode="json"),
        "warnings": ["short history"],
        "reasoning": "as it was",
        "created_at": NOW,
        **changes,
    }


def write_old(url):
    """Two seasons at the schema before, one of them corrected once; gives its rows as they are stored."""
    remaining = RECIPE.model_copy(update={"seed": 3}).model_dump(mode="json")
    rows = [
        old_row("first"),
        old_row("other", reasoning="another season"),
        old_row("second", original_id="first", revision=2, explanation=MOVED, recipe=remaining),
    ]
    engine = Database(url).engine
    old = sa.MetaData()
    with engine.begin() as connection:
        old.reflect(connection, only=["categories", "workflows", "forecasts"])
        tables = old.tables
        connection.execute(tables["categories"].insert(), {"category_id": "hats", "category_name": "Hats"})
        for row in rows:
            workflow = {"workflow_type": "forecast", "request": {}, "created_at": NOW}
            connection.execute(tables["workflows"].insert(), {"workflow_id": row["workflow_id"], **workflow})
            connection.execute(tables["forecasts"].insert(), row)
    engine.dispose()
    return stored(url)


def stored(url):
    """Every forecast's stored columns, whatever the schema."""
    engine = Database(url).engine
    with engine.begin() as connection:
        table = sa.Table("forecasts", sa.MetaData(), autoload_with=connection)
        rows = connection.execute(sa.select(table).order_by(table.c.forecast_id)).mappings().all()
    engine.dispose()
    return [dict(row) for row in rows]


def test_a_correction_written_before_reads_as_one_written_now_and_goes_back_as_it_was(empty_database_url):
    schema.upgrade(empty_database_url, "0003")
    before = write_old(empty_database_url)

    schema.upgrade(empty_database_url)

    assert schema.differences(empty_database_url) == []
    with closing(Database(empty_database_url)) as database, database.read() as session:
        first, second = get_forecast(session, "first"), current_of(session, "first")
    assert (first.first_week, first.level_update) == (1, None)
    assert second.first_week == 4
    assert second.level_update == LevelUpdate(
        level=0.7, prior_sigma=0.2, posterior_sigma=0.1, observed_weeks=3
    )
    assert first.explanation == second.explanation == EXPLANATION
    assert (first.recipe.seed, second.recipe.seed) == (RECIPE.seed, 3)

    schema.downgrade(empty_database_url, "0003")

    assert stored(empty_database_url) == before


def test_the_rules_of_a_forecast_hold_after_the_migration_as_before(empty_database_url):
    schema.upgrade(empty_database_url, "0003")
    write_old(empty_database_url)
    schema.upgrade(empty_database_url)

    for change in ("total_season_demand = -1", "revision = 0", "first_week = 0"):
        with (
            closing(Database(empty_database_url)) as database,
            pytest.raises(IntegrityError),
            database.write() as session,
        ):
            session.connection().exec_driver_sql(f"UPDATE forecasts SET {change}")
