"""The keys under which clients start work: each client's own, kept for a stated time, and apart from ours."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, make_id
from models.dialects import add_missing
from models.workflows import NewWorkflow, Workflow, create_workflow, get_workflow
from schemas.errors import WrongStateError
from schemas.stages import WorkflowType


class IdempotencyKey(Base):
    """What a client's key was used for; `request` is a digest of the body as it was sent."""

    __tablename__ = "idempotency_keys"

    client: Mapped[str] = mapped_column(String(120), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    workflow_id: Mapped[str] = mapped_column(String(40))
    used_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class ClientKey:
    """A key as a client sends it.

    Attributes:
        client: whose it is, by the name of the token.
        key: the client's own words.
        request: a digest of the body.
        kept_for: how long the key means what it meant.
    """

    client: str
    key: str
    request: str
    kept_for: timedelta


def digest_of(body: dict[str, Any]) -> str:
    """The same for the same body, whatever the order of its fields."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def create_for_client(session: Session, new: NewWorkflow, key: ClientKey | None) -> tuple[Workflow, bool]:
    """Record a workflow, or find the one that the client's key stands for; whether it is new.

    Of two at once with one key, one records and the other finds.

    Raises:
        WrongStateError: the key was used before, for another request.
    """
    if key is None:
        return create_workflow(session, new)
    oldest = new.created_at - key.kept_for
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.used_at < oldest))
    shared = _from_when_keys_had_no_owner(session, key.key, oldest)
    if shared is not None:
        _require_same(key, shared.request == new.request)
        return shared, False
    workflow_id = make_id("wf", new.unique)
    row = {"client": key.client, "key": key.key, "request": key.request, "used_at": new.created_at}
    if add_missing(session, IdempotencyKey, [{**row, "workflow_id": workflow_id}]):
        return create_workflow(session, new)
    known = session.get_one(IdempotencyKey, (key.client, key.key))
    _require_same(key, known.request == key.request)
    return get_workflow(session, known.workflow_id), False


def _from_when_keys_had_no_owner(session: Session, key: str, oldest: datetime) -> Workflow | None:
    query = select(Workflow).where(Workflow.idempotency_key == key, Workflow.created_at >= oldest)
    return session.scalars(query.where(Workflow.workflow_type == WorkflowType.FORECAST.value)).first()


def _require_same(key: ClientKey, same: bool) -> None:
    if not same:
        raise WrongStateError(
            f"Idempotency-Key {key.key!r} was used before, for another request; take a new key"
        )
