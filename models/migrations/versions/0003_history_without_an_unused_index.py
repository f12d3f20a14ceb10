"""History without an index that slowed its import and misled SQLite's planner"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_historical_sales_store_id", "historical_sales")


def downgrade() -> None:
    """Take back."""
    op.create_index("ix_historical_sales_store_id", "historical_sales", ["store_id"])
