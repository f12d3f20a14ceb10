"""Who may use the product, and what each may do."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

ANONYMOUS = "anonymous"  # nobody's name: who comes in where no tokens are set


class Right(StrEnum):
    """What a request needs."""

    PLAN = "plan"
    DECIDE = "decide"
    OPERATE = "operate"


class Role(StrEnum):
    """What a token stands for."""

    PLANNER = "planner"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rights(self) -> frozenset[Right]:
        """What it allows: a planner plans, an approver decides too, an operator keeps the service running."""
        return _RIGHTS[self]


_RIGHTS = {
    Role.PLANNER: frozenset({Right.PLAN}),
    Role.APPROVER: frozenset({Right.PLAN, Right.DECIDE}),
    Role.OPERATOR: frozenset({Right.OPERATE}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True)
class Person:
    """Somebody, or a program, with a token; one person may have several while a token is rotated."""

    name: str
    token: SecretStr
    role: Role = Role.ADMIN


def read_people(text: str) -> tuple[Person, ...]:
    """Read `name=token` or `name:role=token`, one a line or parted by commas; a line after # is passed over.

    Raises:
        ValueError: a pair is incomplete, its role unknown, or its name nobody's. No token is repeated.
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    pairs = [pair.strip() for line in lines for pair in line.split(",") if pair.strip()]
    return tuple(_read_person(*pair.partition("=")) for pair in pairs)


def _read_person(who: str, _: str, token: str) -> Person:
    name, colon, role = (part.strip() for part in who.partition(":"))
    if not name or not token.strip():
        raise ValueError("write name=token pairs separated by commas, such as anna=s3cret,tom:approver=pa55")
    if colon and role not in set(Role):
        raise ValueError(f"{name} has the unknown role {role!r}; there are {', '.join(Role)}")
    if name == ANONYMOUS:
        raise ValueError(f"nobody can be called {ANONYMOUS}; take another name")
    return Person(name, SecretStr(token.strip()), Role(role) if colon else Role.ADMIN)
