"""Changing the policy: one draft, publications that may take a while, and the way back.

A published version never changes. The highest one that is ready is in force; one that is not has customers
still to be cut into its groups, and nobody reads by it.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from schemas.customer import FIELDS
from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.staff import ROLES, Role
from schemas.visibility import Level, Policy, field_groups
from server.database.pool import Connection
from server.policy.in_force import as_it_acts, wall_follows
from server.problems import Refusal
from server.rule_words import one_of

LOCK = 0x504F4C49  # publications come one after the other

ON_ITS_WAY = "another policy is on its way: wait until it is in force, /v1/policy/versions says when"

Changes = dict[str, dict[str, Level]]  # role -> field -> level


class Draft(Struct):
    """What would be changed, and the version it starts from."""

    base: int
    changes: Changes
    edited_by: UUID
    edited_at: datetime

    @property
    def mark(self) -> str:
        """What tells this draft from one with other changes."""
        said = msgspec.json.encode((self.base, self.changes), order="deterministic")
        return hashlib.sha256(said).hexdigest()[:32]


class Published(Struct):
    """One version, and how far it has come."""

    version: int
    note: str
    published_by: UUID | None
    published_at: datetime
    in_force: bool
    ready_at: datetime | None  # null while customers are cut into its groups
    done: int  # customers cut so far
    total: int


async def in_turn(connection: Connection) -> None:
    """Wait until nobody else publishes or drafts: what is read then stands to the transaction's end."""
    await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
    await connection.execute("lock table policy_draft in exclusive mode")


async def standing(connection: Connection) -> Policy:
    """Return the policy in force."""
    row = await connection.fetchrow(
        "select version, document from policy where ready_at is not null order by version desc limit 1"
    )
    assert row is not None  # one was published when the server first started
    return msgspec.structs.replace(msgspec.convert(row["document"], Policy), version=row["version"])


async def published(connection: Connection, *, before: int, limit: int) -> list[Published]:
    """Return versions, the newest first, before one of them."""
    rows = await connection.fetch(
        """
        select version, note, published_by, published_at, ready_at, cut_done as done, cut_total as total,
               version = (select max(version) from policy where ready_at is not null) as in_force
        from policy where version < $1 order by version desc limit $2
        """,
        before,
        limit,
    )
    return [Published(**dict(row)) for row in rows]


async def document_of(connection: Connection, version: int) -> Policy:
    """Return a published version.

    Raises:
        Refusal: NOT_FOUND.
    """
    document = await connection.fetchval("select document from policy where version = $1", version)
    if document is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return msgspec.convert(document, Policy)


async def as_it_was(connection: Connection, version: int) -> Policy:
    """Return a published version without what it says of fields and roles that are gone.

    A field that went and came back is another one: what was granted before is not granted again.

    Raises:
        Refusal: NOT_FOUND.
    """
    policy = as_it_acts(await document_of(connection, version))
    rows = await connection.fetch("select field from policy_field where since <= $1", version)
    there = {row["field"] for row in rows}
    return msgspec.structs.replace(
        policy,
        levels={
            role: {field: level for field, level in fields.items() if field in there}
            for role, fields in policy.levels.items()
        },
    )


async def read_draft(connection: Connection) -> Draft | None:
    """Return the draft, if there is one."""
    row = await connection.fetchrow("select base, changes, edited_by, edited_at from policy_draft")
    return msgspec.convert(dict(row), Draft) if row else None


async def edit_draft(
    connection: Connection, changes: Mapping[str, Mapping[str, Level]], *, by: UUID
) -> Draft:
    """Put changes into the draft, beginning one on the policy in force; what changes nothing drops out.

    Raises:
        Refusal: INVALID for an unknown role or field and for the administrator, who sees nobody;
            PRECONDITION when another policy came into force since the draft was begun.
    """
    _check(changes)
    await connection.execute("lock table policy_draft in exclusive mode")
    now = await standing(connection)
    draft = await read_draft(connection)
    if draft is not None:
        _require_base(draft, now)
    merged: Changes = {role: dict(fields) for role, fields in (draft.changes if draft else {}).items()}
    for role, fields in changes.items():
        merged.setdefault(role, {}).update(fields)
    merged = {
        role: left
        for role, fields in merged.items()
        if (left := {field: level for field, level in fields.items() if level != now.level(role, field)})
    }
    await connection.execute(
        """
        insert into policy_draft ("only", base, changes, edited_by) values (1, $1, $2, $3)
        on conflict ("only") do update set changes = excluded.changes, edited_by = excluded.edited_by,
                                         edited_at = now()
        """,
        now.version,
        merged,
        by,
    )
    made = await read_draft(connection)
    assert made is not None
    return made


async def discard_draft(connection: Connection) -> None:
    """Forget the draft; none is no error."""
    await connection.execute("delete from policy_draft")


def drafted(now: Policy, draft: Draft) -> Policy:
    """Return the policy that the draft would make, as the next version.

    Raises:
        Refusal: PRECONDITION when another policy came into force since the draft was begun.
    """
    _require_base(draft, now)
    levels = {role: dict(fields) for role, fields in now.levels.items()}
    for role, fields in draft.changes.items():
        for field, level in fields.items():
            levels.setdefault(role, {})[field] = level
    return as_it_acts(Policy(version=now.version + 1, levels=levels))


def keys_of(policy: Policy) -> set[str]:
    """Return the keys of all groups that a policy needs to be stored."""
    return {key for group in field_groups(policy) for key in group.keys}


async def require_no_other(connection: Connection) -> None:
    """Refuse to publish while customers are still cut into the groups of the version before.

    Raises:
        Refusal: PRECONDITION.
    """
    if await connection.fetchval("select exists (select from policy where ready_at is null)"):
        raise Refusal(ErrorCode.PRECONDITION, ON_ITS_WAY)


async def publish(connection: Connection, wanted: Policy, *, note: str, by: UUID) -> Published:
    """Make a policy the next version: in force at once, unless customers have to be cut into new groups.

    The caller is ``in_turn`` since before he looked at what is in force.

    Raises:
        Refusal: PRECONDITION while another publication is under way.
    """
    await require_no_other(connection)
    now = await standing(connection)
    following = msgspec.structs.replace(as_it_acts(wanted), version=now.version + 1)
    at_once = keys_of(following) <= keys_of(now)
    try:
        await connection.execute(
            """
            insert into policy (version, document, note, published_by, ready_at)
            values ($1, $2, $3, $4, case when $5 then now() end)
            """,
            following.version,
            msgspec.to_builtins(following),
            note,
            by,
            at_once,
        )
    except asyncpg.UniqueViolationError as error:
        raise Refusal(ErrorCode.PRECONDITION, ON_ITS_WAY) from error
    if at_once:
        await wall_follows(connection)
    return (await published(connection, before=following.version + 1, limit=1))[0]


def _check(changes: Mapping[str, Mapping[str, Level]]) -> None:
    for role, fields in changes.items():
        if role not in ROLES:
            raise Refusal(
                ErrorCode.INVALID,
                "no such role",
                errors=(FieldError(pointer="/changes/*", detail=one_of(ROLES)),),
            )
        if Role(role) is Role.ADMINISTRATOR and any(fields.values()):
            raise Refusal(ErrorCode.INVALID, "an administrator sees nobody")
        if any(field not in FIELDS for field in fields):
            raise Refusal(
                ErrorCode.INVALID,
                "no such field",
                errors=(FieldError(pointer=f"/changes/{role}/*", detail=one_of(sorted(FIELDS))),),
            )


def _require_base(draft: Draft, now: Policy) -> None:
    if draft.base != now.version:
        raise Refusal(ErrorCode.PRECONDITION, "another policy came into force: discard the draft")
