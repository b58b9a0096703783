"""Cutting every customer into the groups of a policy that is on its way, a few at a time.

Each step is one transaction and keeps how far it came, so that whoever is alive goes on. Writers that know of
the policy keep its groups themselves; the first step waits until those that could not know have ended. When
all customers are done the policy comes into force; later, what only older policies' groups held is emptied
(the rows stay: a revision never starts again). See docs/decisions.
"""

import asyncio
from enum import Enum
from uuid import UUID

import msgspec
import structlog

from schemas.customer import FIELDS
from schemas.visibility import NOTES, Policy, field_groups
from server.audit import chain
from server.database.pool import Connection, Pool, transaction
from server.policy.in_force import wall_follows
from server.policy.publication import LOCK, keys_of, standing
from server.replication.fragments import EMPTY_BODY, bodies
from server.replication.publishing import write_fragments

AT_ONCE = 500  # customers, or emptied rows times ten, of one transaction
GRACE_S = 60.0  # readers of the policy before are given this long to end
WAIT_S = 0.05

log = structlog.get_logger()


class Step(Enum):
    """What one step did."""

    NOTHING = "nothing"  # nothing is left to do, or somebody else does it
    WAITED = "waited"  # for writers that cannot know of the policy
    WORKED = "worked"


async def step(pool: Pool, *, at_once: int = AT_ONCE, grace_s: float = GRACE_S) -> Step:
    """Go one step on with the publication under way, or with emptying what an older policy left."""
    async with transaction(pool) as connection:
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", LOCK):
            return Step.NOTHING
        row = await connection.fetchrow(
            """
            select version, document, cut_after, cut_fence is null as fresh,
                   pg_snapshot_xmin(pg_current_snapshot()) < cut_fence as early
            from policy where ready_at is null order by version limit 1
            """
        )
        if row is None:
            return await _sweep(connection, at_once=at_once * 10, grace_s=grace_s)
        if row["fresh"]:
            await connection.execute(
                """
                update policy set cut_fence = pg_snapshot_xmax(pg_current_snapshot()),
                       cut_total = (select count(*) from customer)
                where version = $1
                """,
                row["version"],
            )
            return Step.WORKED
        if row["early"]:
            return Step.WAITED
        policy = msgspec.convert(row["document"], Policy)
        await _cut(connection, policy, after=row["cut_after"], at_once=at_once)
        return Step.WORKED


async def finish(pool: Pool, *, at_once: int = AT_ONCE, grace_s: float = GRACE_S) -> None:
    """Go on until there is nothing left to do."""
    while (done := await step(pool, at_once=at_once, grace_s=grace_s)) is not Step.NOTHING:
        if done is Step.WAITED:
            await asyncio.sleep(WAIT_S)


async def keep_cutting(pool: Pool, every_s: float) -> None:
    """Look for a publication under way every few seconds, and finish it, for as long as we run."""
    while every_s > 0:
        await asyncio.sleep(every_s)
        try:
            await finish(pool)
        except Exception as error:
            log.error("policy.cut_failed", kind=type(error).__name__)


async def _cut(connection: Connection, policy: Policy, *, after: UUID | None, at_once: int) -> None:
    known = keys_of(await standing(connection))
    groups = [group for group in field_groups(policy) if not known.issuperset(group.keys)]
    fields = [field for field in FIELDS if any(field in group.fields for group in groups)]
    rows = await connection.fetch(
        f"""
        select id, alias_of, stamps {"".join(f", {field}" for field in fields)} from customer
        where $1::uuid is null or id > $1 order by id limit $2 for update
        """,  # noqa: S608 (columns are ours)
        after,
        at_once,
    )
    wanted = {key for group in groups for key in group.keys if key != NOTES} - known
    written: list[tuple[UUID, str, str]] = []
    emptied: list[tuple[UUID, str]] = []  # what may be left of them from an earlier time
    for row in rows:
        if row["alias_of"] is None:
            values = {field: row[field] for field in fields if row[field] is not None}
            made = bodies(values, row["stamps"], groups)
            written += [(row["id"], key, body.decode()) for key, body in made.items() if key not in known]
            emptied += [(row["id"], key) for key in sorted(wanted - set(made))]
    await write_fragments(connection, written, emptied)
    if len(rows) == at_once:
        await connection.execute(
            "update policy set cut_after = $2, cut_done = cut_done + $3 where version = $1",
            policy.version,
            rows[-1]["id"],
            len(rows),
        )
        return
    await connection.execute(
        """
        update policy set cut_after = null, cut_done = cut_done + $2, cut_total = cut_done + $2,
               ready_at = clock_timestamp()
        where version = $1
        """,
        policy.version,
        len(rows),
    )
    await wall_follows(connection)
    await chain.append(connection, None, "policy.came_into_force", facts={"version": policy.version})


async def _sweep(connection: Connection, *, at_once: int, grace_s: float) -> Step:
    """Empty a few of the fragments whose groups no policy needs any more."""
    rows = await connection.fetch(
        """
        select version, document, cut_after from policy
        where ready_at is not null order by version desc
        """
    )
    unswept = await connection.fetch(
        """
        select version, document from policy
        where swept_at is null and version < (select max(version) from policy where ready_at is not null)
          and (select max(ready_at) from policy) < clock_timestamp() - make_interval(secs => $1)
        """,
        grace_s,
    )
    if not unswept:
        return Step.NOTHING
    kept = keys_of(msgspec.convert(rows[0]["document"], Policy))
    dropped = {key for row in unswept for key in keys_of(msgspec.convert(row["document"], Policy))} - kept
    last = await connection.fetchval(
        """
        with due as (
          select record_id, grp from fragment
          where grp = any($1) and ($2::uuid is null or record_id > $2)
          order by record_id fetch first $3 rows with ties),
        emptied as (
          update fragment f set body = $4, rev = f.rev + 1, xid = pg_current_xact_id()
          from due where f.record_id = due.record_id and f.grp = due.grp and f.body <> $4)
        select record_id from due order by record_id desc limit 1
        """,
        sorted(dropped),
        rows[0]["cut_after"],
        at_once,
        EMPTY_BODY.decode(),
    )
    if last is not None:
        await connection.execute(
            "update policy set cut_after = $2 where version = $1", rows[0]["version"], last
        )
        return Step.WORKED
    await connection.execute(
        "update policy set swept_at = now() where version = any($1)", [row["version"] for row in unswept]
    )
    await connection.execute("update policy set cut_after = null where version = $1", rows[0]["version"])
    return Step.WORKED
