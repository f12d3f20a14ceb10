from datetime import UTC, date, datetime, timedelta

import pytest
from sample_values import PLANNED, RECOMMENDED, order_of
from sqlalchemy.exc import IntegrityError

from models.plans import (
    Allocation,
    ForecastClusterShare,
    Markdown,
    find_allocation,
    find_forecast_of,
    find_markdown,
    get_forecast,
    list_cluster_shares,
    list_forecasts,
    require_forecast_of,
    save_cluster_shares,
)
from models.seasons import active_seasons, approved_markdown, current_of, root_of
from schemas.errors import NotFoundError

pytestmark = pytest.mark.database
NOW = datetime(2025, 1, 6, 9, tzinfo=UTC)


def allocation(forecast_id, revision=1, status="proposed", held=45, made=100):
    return Allocation(
        allocation_id=f"al_{forecast_id[-4:]}_{revision}",
        forecast_id=forecast_id,
        revision=revision,
        status=status,
        manufacturing_qty=made,
        safety_stock_percentage=0.2,
        initial_allocation_total=55,
        holdback_total=held,
        store_allocations=(),
        order_data=order_of(made),
        reasoning="",
        created_at=NOW,
    )


def markdown(forecast, revision=1, status="planned", depth=0.4):
    return Markdown(
        markdown_id=f"md_{revision}",
        forecast_id=forecast.forecast_id,
        workflow_id=forecast.workflow_id,
        revision=revision,
        week_number=6,
        target_sell_through_pct=0.6,
        recommended_markdown_pct=depth,
        elasticity_coefficient=2.0,
        details=PLANNED if status == "planned" else RECOMMENDED,
        status=status,
        reasoning="",
        created_at=NOW,
    )


def test_a_forecast_written_twice_is_one_row_with_the_later_values(database, write_forecast):
    write_forecast(total_season_demand=100)
    forecast_id = write_forecast(total_season_demand=120)

    with database.read() as session:
        assert [row.forecast_id for row in list_forecasts(session, skip=0, limit=10)] == [forecast_id]
        assert get_forecast(session, forecast_id).total_season_demand == 120


def test_forecasts_come_newest_first(database, write_forecast):
    ids = [write_forecast(str(n), created_at=NOW + timedelta(hours=n)) for n in range(4)]

    with database.read() as session:
        assert [row.forecast_id for row in list_forecasts(session, skip=1, limit=2)] == [ids[2], ids[1]]


def test_a_workflow_that_forecast_nothing_yet_says_so(database):
    with database.read() as session:
        assert find_forecast_of(session, "wf_1") is None
        with pytest.raises(NotFoundError, match="wf_1 has no forecast yet"):
            require_forecast_of(session, "wf_1")
        with pytest.raises(NotFoundError, match="fc_1"):
            get_forecast(session, "fc_1")


def test_a_forecasts_split_over_clusters_is_replaced_whole(database, write_forecast):
    forecast_id = write_forecast()
    for units in ({"mainstream": 60, "fashion_forward": 40}, {"mainstream": 30, "value_conscious": 70}):
        shares = [
            ForecastClusterShare(
                forecast_id=forecast_id,
                cluster_id=each,
                cluster_name=each,
                allocation_percentage=total / 100,
                total_units=total,
                store_count=1,
                store_ids=("S1",),
            )
            for each, total in units.items()
        ]
        with database.write() as session:
            save_cluster_shares(session, forecast_id, shares)

    with database.read() as session:
        found = [(share.cluster_id, share.total_units) for share in list_cluster_shares(session, forecast_id)]
    assert found == [("value_conscious", 70), ("mainstream", 30)]


def test_the_newest_revision_of_an_allocation_counts(database, write_forecast):
    forecast_id = write_forecast()
    with database.write() as session:
        session.add_all([allocation(forecast_id, 1), allocation(forecast_id, 2, "approved")])

    with database.read() as session:
        assert find_allocation(session, forecast_id).status == "approved"


def test_an_order_whose_units_do_not_add_up_is_refused(database, write_forecast):
    forecast_id = write_forecast()
    with pytest.raises(IntegrityError, match="units_conserved"), database.write() as session:
        session.add(allocation(forecast_id, held=44))


def test_a_markdown_deeper_than_the_ladder_is_refused(database, write_forecast):
    forecast_id = write_forecast()
    with pytest.raises(IntegrityError, match="depth_in_range"), database.write() as session:
        session.add(markdown(get_forecast(session, forecast_id), depth=0.45))


def test_the_newest_markdown_is_found_and_the_approved_one_apart(database, write_forecast):
    forecast_id = write_forecast()
    with database.write() as session:
        forecast = get_forecast(session, forecast_id)
        session.add_all([markdown(forecast, 1, "approved"), markdown(forecast, 2, "proposed")])

    with database.read() as session:
        assert find_markdown(session, forecast_id).revision == 2
        assert approved_markdown(session, forecast_id).revision == 1


def test_a_seasons_revisions_hang_on_its_first_forecast(database, write_forecast):
    first = write_forecast("1")
    second = write_forecast("2", original_id=first, revision=2)

    with database.read() as session:
        assert [root_of(session, each).forecast_id for each in (first, second)] == [first, first]
        assert current_of(session, first).forecast_id == second


def test_a_season_is_active_once_approved_and_until_a_week_after_its_end(database, write_forecast):
    season = write_forecast("1")
    waiting = write_forecast("2")
    with database.write() as session:
        session.add_all(
            [
                allocation(season, 1, "approved"),
                allocation(season, 2, "approved"),
                allocation(waiting, 1, "proposed"),
            ]
        )
    days = [date(2025, 2, 16), date(2025, 2, 17), date(2025, 5, 18), date(2025, 5, 19)]

    with database.read() as session:
        assert [active_seasons(session, day) for day in days] == [[], [season], [season], []]
