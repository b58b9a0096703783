"""Whose rights a transaction has, and how the application proves to the database who is asking.

The application's login has no rights of its own. Each transaction takes one role: of a kind of work, shown by
a pass that only the application knows, or of a colleague at the counter, with a sealed statement of his shops
and scopes. A role without them sees nothing, whoever takes it.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

import msgspec

from schemas.record import Struct
from schemas.staff import Role

CALLERS = tuple(role.value for role in Role)  # a database role for each


class Work(StrEnum):
    """What the server does on its own account."""

    ENGINE = "engine"  # judges and writes edits, merges, imports, keeps house
    GATE = "gate"  # signs people in: the only one that reads what passwords are compared with
    KEEPER = "keeper"  # links audit events to their chain: the only one that may touch a written one


FILES = "files"  # cuts ready-made downloads, for exactly the scopes and groups it states
DOOR = "door"  # what a connection at rest is: may find out who is asking, and nothing of customers
WORKS = (*(work.value for work in Work), DOOR)
READERS = (*CALLERS, FILES)  # those whose rows the wall picks


class Standing(Struct):
    """Who is asking, and what he may reach, as the application found it."""

    role: str
    keys: tuple[str, ...]  # of the scopes whose records he may reach
    policy: int = 0  # the version by which he reads; another one in force ends the transaction
    person: UUID | None = None
    device: UUID | None = None
    stores: tuple[str, ...] = ()  # whose notes he may read
    groups: tuple[str, ...] = ()  # of ready-made downloads: what goes into them


# A standing as the database reads it: these parts in this order, lists as PostgreSQL writes its arrays.
TOLD = ("role", "at", "policy", "person", "device", "keys", "stores", "groups")
_BETWEEN = "\x1f"
SAID_ANEW_S = 60  # a standing is sealed at most once in so long


class Keys(Struct):
    """What the application knows of the wall of one database."""

    prefix: str
    key: bytes

    def login(self) -> str:
        """Return the name the application signs in with."""
        return self.role("app")

    def role(self, name: str) -> str:
        """Return the name that a role has in this cluster."""
        return f"{self.prefix}_{name}"

    def pass_of(self, work: str) -> str:
        """Return what proves that a kind of work is ours."""
        return "pass." + hmac.digest(self.key, f"pass:{work}".encode(), "sha256").hex()

    def pass_digest(self, work: str) -> str:
        """Return what the database compares a pass with: it tells nothing."""
        return hashlib.sha256(self.pass_of(work).encode()).hexdigest()

    def entering(self, acting: "Work | Standing") -> str:
        """Return the statements that give a transaction its role, to follow its BEGIN."""
        if isinstance(acting, Work):
            name, said = acting.value, self.pass_of(acting)
        else:
            name, said = acting.role, self.said(acting)
        # Letters, digits and dots: nothing in it could end the string.
        return (
            f"set local role {self.role(name)};"
            f"select set_config('comptoir.standing','{said}',true),set_config('plan_cache_mode','auto',true)"
        )

    def said(self, standing: Standing) -> str:
        """Return a standing sealed for this minute."""
        return _sealed(self, standing, _minute())

    def sealed(self, standing: Standing, *, at: int | None = None) -> str:
        """Return a standing as the database opens it: for this role alone, for a few minutes from ``at``.

        Raises:
            ValueError: a part holds what parts are told apart by.
        """
        stated = {
            **msgspec.structs.asdict(standing),
            "at": int(datetime.now(UTC).timestamp()) if at is None else at,
        }
        parts = [_told(stated[name]) for name in TOLD]
        if any(_BETWEEN in part for part in parts):
            raise ValueError("a standing with a separator in it")
        body = _BETWEEN.join(parts).encode()
        seal = hmac.digest(self.key, body, "sha256").hex()
        return f"{base64.b16encode(body).decode()}.{seal}"


def _told(part: object) -> str:
    if isinstance(part, tuple):
        quoted = (str(each).replace("\\", "\\\\").replace('"', '\\"') for each in part)
        return "{" + ",".join(f'"{each}"' for each in quoted) + "}"
    return "" if part is None else str(part)


@lru_cache(maxsize=4096)
def _sealed(keys: Keys, standing: Standing, at: int) -> str:
    return keys.sealed(standing, at=at)


def _minute() -> int:
    now = int(datetime.now(UTC).timestamp())
    return now - now % SAID_ANEW_S


def name_of(acting: "Work | Standing") -> str:
    """Return the short name of the role that a transaction takes."""
    return acting.value if isinstance(acting, Work) else acting.role
