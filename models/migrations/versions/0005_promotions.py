"""Promotions, known in advance"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of their own."""
    op.create_table(
        "promotions",
        sa.Column("promotion_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("category_id", sa.String(length=120), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("discount", sa.Double(), nullable=False),
        sa.Column("store_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint("discount >= 0 AND discount < 1", name=op.f("ck_promotions_discount_is_a_share")),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_promotions_days_in_order")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.category_id"], name=op.f("fk_promotions_category_id_categories")
        ),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.store_id"], name=op.f("fk_promotions_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotions")),
    )
    op.create_index(op.f("ix_promotions_category_id"), "promotions", ["category_id"])


def downgrade() -> None:
    """The calendar is in the file that it came from."""
    op.drop_table("promotions")
