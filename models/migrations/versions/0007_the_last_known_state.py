"""Each workflow's last known state, and one order over the messages of all workflows"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

STATUSES = "'pending', 'running', 'awaiting_approval', 'completed', 'failed', 'cancelled'"
Time = sa.DateTime(timezone=True)
LOGS = sa.table(
    "workflow_logs",
    *(sa.column(name) for name in ("workflow_id", "sequence", "key", "type")),
    sa.column("payload", sa.JSON),
    sa.column("timestamp", Time),
)
WORKFLOWS = sa.table(
    "workflows",
    *(
        sa.column(name)
        for name in ("workflow_id", "status", "error_message", "progress_pct", "current_agent")
    ),
    *(
        sa.column(name, Time)
        for name in ("created_at", "status_since", "started_at", "completed_at", "settled_at")
    ),
)
ADDED = (
    "status_since",
    "started_at",
    "completed_at",
    "error_message",
    "progress_pct",
    "current_agent",
    "attempts",
)


def upgrade() -> None:
    """What the streams have told becomes the state; those that go on are looked at again by the sweep."""
    # in SQL: with a check in it, SQLite adds a column only so, and would lose the other checks by a new table
    op.execute(
        "ALTER TABLE workflows ADD COLUMN status VARCHAR(20) DEFAULT 'pending' NOT NULL "
        f"CONSTRAINT ck_workflows_status_known CHECK (status IN ({STATUSES}))"
    )
    op.add_column(
        "workflows", sa.Column("status_since", Time, nullable=False, server_default="1970-01-01 00:00:00")
    )
    op.add_column("workflows", sa.Column("started_at", Time, nullable=True))
    op.add_column("workflows", sa.Column("completed_at", Time, nullable=True))
    op.add_column("workflows", sa.Column("error_message", sa.String(), nullable=True))
    op.add_column("workflows", sa.Column("progress_pct", sa.Double(), nullable=False, server_default="0"))
    op.add_column("workflows", sa.Column("current_agent", sa.String(40), nullable=True))
    op.add_column("workflows", sa.Column("attempts", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("workflows", sa.Column("settled_at", Time, nullable=True))
    op.create_index("ix_workflows_settled_at", "workflows", ["settled_at"])
    op.create_index(
        "ix_workflows_status_created_at_workflow_id", "workflows", ["status", "created_at", "workflow_id"]
    )
    _tell_states()
    op.add_column("workflow_logs", sa.Column("position", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE workflow_logs SET position = ranked.place FROM ("
        "SELECT logs.workflow_id AS workflow, logs.sequence AS number, row_number() OVER ("
        "ORDER BY workflows.created_at, logs.workflow_id, logs.sequence) AS place "
        "FROM workflow_logs AS logs JOIN workflows ON workflows.workflow_id = logs.workflow_id) AS ranked "
        "WHERE workflow_logs.workflow_id = ranked.workflow AND workflow_logs.sequence = ranked.number"
    )
    op.create_index("ix_workflow_logs_position", "workflow_logs", ["position"], unique=True)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_workflow_logs_position", "workflow_logs")
    op.drop_column("workflow_logs", "position")
    op.drop_index("ix_workflows_status_created_at_workflow_id", "workflows")
    op.drop_index("ix_workflows_settled_at", "workflows")
    for column in (*ADDED, "settled_at"):
        op.drop_column("workflows", column)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_workflows_status_known", "workflows")
    op.drop_column("workflows", "status")


def _tell_states() -> None:
    connection = op.get_bind()
    connection.execute(WORKFLOWS.update().values(status_since=WORKFLOWS.c.created_at))
    messages = connection.execute(sa.select(LOGS).order_by(LOGS.c.workflow_id, LOGS.c.sequence)).fetchall()
    for workflow_id, told in groupby(messages, key=attrgetter("workflow_id")):
        mine = WORKFLOWS.c.workflow_id == workflow_id
        connection.execute(WORKFLOWS.update().where(mine).values(**_state(list(told))))


def _state(told: Sequence[Any]) -> dict[str, object]:
    last, ended = told[-1], told[-1].key == "end"
    status = _status(last)
    progress = max((m.payload["progress_pct"] for m in told if m.type == "agent_progress"), default=0.0)
    return {
        "status": status,
        "status_since": last.timestamp,
        "started_at": told[0].timestamp,
        "completed_at": last.timestamp if ended else None,
        "settled_at": last.timestamp if ended else None,
        "error_message": last.payload.get("error_message") if ended else None,
        "progress_pct": 100.0 if status == "completed" else progress,
        "current_agent": None if ended else last.payload.get("agent"),
    }


def _status(last: Any) -> str:
    if last.key != "end":
        return "awaiting_approval" if last.type == "human_input_required" else "running"
    if last.type == "workflow_complete":
        return "completed"
    why = str(last.payload.get("error_message", "")).lower()
    return "cancelled" if "cancelled" in why or "was rejected by" in why else "failed"
