"""How Alembic reaches the database: with the connection that it is handed, or the settings' URL by hand."""

from typing import Literal

from alembic import context
from sqlalchemy import JSON, Connection

import models  # noqa: F401  knows every table
from models.base import Base, Typed, UtcDateTime
from models.session import make_engine
from schemas.settings import get_settings


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """Revisions say what is stored, not which class of ours stores it."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(value, JSON | Typed):
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    _run(handed)
else:
    with make_engine(get_settings().resolved_database_url).begin() as own:
        _run(own)
