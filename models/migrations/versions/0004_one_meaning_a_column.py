"""One meaning a column: where a forecast begins and what moved it have columns of their own"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
FORECASTS = sa.table(
    "forecasts",
    sa.column("forecast_id", sa.String),
    sa.column("original_id", sa.String),
    sa.column("explanation", Json),
    sa.column("first_week", sa.Integer),
    sa.column("level_update", Json),
)
LEVELS = ("level", "prior_sigma", "posterior_sigma")


def upgrade() -> None:
    """A revision's explanation held its level; it goes where it belongs, and the root's takes its place."""
    # in SQL: with a check in it, SQLite adds a column only so, and would lose the other checks by a new table
    op.execute(
        "ALTER TABLE forecasts ADD COLUMN first_week INTEGER DEFAULT 1 NOT NULL "
        "CONSTRAINT ck_forecasts_first_week_positive CHECK (first_week >= 1)"
    )
    op.add_column("forecasts", sa.Column("level_update", Json, nullable=True))
    columns, root = FORECASTS.c, FORECASTS.alias("root")
    rows = sa.select(columns.forecast_id, columns.explanation, root.c.explanation).join_from(
        FORECASTS, root, root.c.forecast_id == columns.original_id
    )
    connection = op.get_bind()
    for forecast_id, held, explanation in connection.execute(rows).fetchall():
        first = held["first_week"]
        moved = {**{name: held[name] for name in LEVELS}, "observed_weeks": first - 1}
        _set(forecast_id, first_week=first, level_update=moved, explanation=explanation)


def downgrade() -> None:
    """Take back."""
    columns = FORECASTS.c
    rows = sa.select(columns.forecast_id, columns.first_week, columns.level_update)
    rows = rows.where(columns.original_id.is_not(None))
    for forecast_id, first, moved in op.get_bind().execute(rows).fetchall():
        _set(forecast_id, explanation={"first_week": first, **{name: moved[name] for name in LEVELS}})
    op.drop_column("forecasts", "level_update")
    op.drop_column("forecasts", "first_week")


def _set(forecast_id: str, **values: object) -> None:
    op.get_bind().execute(FORECASTS.update().where(FORECASTS.c.forecast_id == forecast_id).values(**values))
