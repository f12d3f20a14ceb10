"""Keys of clients: each client's own, apart from the keys of the work that a season calls for by itself"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keys that were used before stay where they are, and are still found there."""
    op.create_table(
        "idempotency_keys",
        sa.Column("client", sa.String(120), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("workflow_id", sa.String(40), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_used_at", "idempotency_keys", ["used_at"])


def downgrade() -> None:
    """Take back; the keys are forgotten."""
    op.drop_table("idempotency_keys")
