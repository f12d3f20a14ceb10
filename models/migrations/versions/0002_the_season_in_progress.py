"""The season in progress"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "replenishments",
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("week_number", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("centre_left", sa.Integer(), nullable=False),
        sa.Column("shipments", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("reasoning", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "shipped >= 0 AND centre_left >= 0", name=op.f("ck_replenishments_never_more_than_there_is")
        ),
        sa.CheckConstraint("week_number >= 2", name=op.f("ck_replenishments_after_the_first_week")),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecasts.forecast_id"], name=op.f("fk_replenishments_forecast_id_forecasts")
        ),
        sa.PrimaryKeyConstraint("forecast_id", "week_number", name=op.f("pk_replenishments")),
    )
    op.create_table(
        "variance_checks",
        sa.Column("forecast_id", sa.String(length=40), nullable=False),
        sa.Column("week_number", sa.Integer(), nullable=False),
        sa.Column("compared_id", sa.String(length=40), nullable=False),
        sa.Column("forecasted_cumulative", sa.Integer(), nullable=False),
        sa.Column("actual_cumulative", sa.Integer(), nullable=False),
        sa.Column("variance_pct", sa.Double(), nullable=False),
        sa.Column("threshold_exceeded", sa.Boolean(), nullable=False),
        sa.Column("likelihood", sa.Double(), nullable=False),
        sa.Column("by_store", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("reasoning", sa.String(), nullable=False),
        sa.Column("reforecast_workflow_id", sa.String(length=40), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("week_number >= 1", name=op.f("ck_variance_checks_week_positive")),
        sa.ForeignKeyConstraint(
            ["compared_id"], ["forecasts.forecast_id"], name=op.f("fk_variance_checks_compared_id_forecasts")
        ),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecasts.forecast_id"], name=op.f("fk_variance_checks_forecast_id_forecasts")
        ),
        sa.PrimaryKeyConstraint("forecast_id", "week_number", name=op.f("pk_variance_checks")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("variance_checks")
    op.drop_table("replenishments")
