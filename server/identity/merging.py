"""Merging: two ids become one person, by links that can be undone at any time.

What each id had said is kept apart (``customer_part``) and goes on taking the edits made under it, as if
nothing had been merged; the survivor shows what all of them amount to. So unmerging has nothing to work out
backwards.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from schemas.customer import FIELDS
from schemas.problem import ErrorCode, FieldError
from schemas.record import Kind, Struct
from schemas.visibility import NOTES, FieldGroup
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.identity.family import (
    FOLLOWING,
    chooser_of,
    current_side,
    links_among,
    part_ways,
    under,
    unite,
)
from server.identity.survivorship import Combined, Kept, choices_fit, combine
from server.problems import Refusal
from server.replication import publishing
from server.replication.fragments import EMPTY_BODY, bodies
from server.replication.workspace import CustomerState, installed
from server.scope import reachable

PROMISED = ("tasks", "appointments", "cases")
_EMPTY_COLUMNS = ", ".join(f"{field} = null" for field in FIELDS)


class Pair(Struct):
    """Two customers whose rows are locked: the one that goes, and the one that stays."""

    loser: CustomerState
    winner: CustomerState


class Plan(Struct):
    """What a merge would keep from where."""

    combined: Combined
    turn: int


async def lock_pair(connection: Connection, principal: Principal, *, loser: UUID, winner: UUID) -> Pair:
    """Lock two customers and return them, if they can become one.

    Raises:
        Refusal: INVALID, NOT_FOUND, PERSON_ERASED, ALREADY_MERGED or PRECONDITION (another brand).
    """
    if loser == winner:
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/into", detail="the same customer"),))
    states = await installed().load_customers(connection, [loser, winner])
    survivors = {state.alias_of or state.customer_id for state in states.values()}
    gone = await connection.fetchval(
        "select exists (select from erasure where record_id = any($1))", [loser, winner]
    )
    reach = await reachable(connection, principal, survivors)
    if not survivors <= reach or (len(states) < 2 and not gone):
        raise Refusal(ErrorCode.NOT_FOUND)
    if gone:
        raise Refusal(ErrorCode.PERSON_ERASED)
    if any(state.alias_of for state in states.values()):
        raise Refusal(ErrorCode.ALREADY_MERGED)
    pair = Pair(loser=states[loser], winner=states[winner])
    if pair.loser.brand != pair.winner.brand:
        raise Refusal(ErrorCode.PRECONDITION, "they are customers of different brands")
    return pair


def plan_of(pair: Pair, choices: Mapping[str, str], chosen_by: UUID) -> Plan:
    """Return what would be kept from where. Changes nothing.

    Raises:
        Refusal: INVALID when something is chosen that is no single value.
    """
    if (unfit := choices_fit(choices)) is not None:
        raise Refusal(
            ErrorCode.INVALID,
            errors=(FieldError(pointer=f"/keep/{unfit[:64]}", detail="cannot be chosen"),),
        )
    turn = max(pair.winner.next_turn(), pair.loser.next_turn())
    combined = combine(
        current_side(pair.winner),
        current_side(pair.loser),
        choices=choices,
        turn=turn,
        chooser=chooser_of(chosen_by),
    )
    return Plan(combined=combined, turn=turn)


async def merge(
    connection: Connection,
    principal: Principal,
    pair: Pair,
    *,
    choices: Mapping[str, str],
    reason: str | None,
    groups: Sequence[FieldGroup],
    now: datetime,
) -> UUID:
    """Let two customers become one, in the caller's transaction; return the id of the merge."""
    plan = plan_of(pair, choices, principal.associate_id)
    loser, winner = pair.loser, pair.winner
    unite(loser, winner, plan.combined, turn=plan.turn)
    await _follow(connection, old=loser.customer_id, new=winner.customer_id)
    await installed().redraw(connection, [winner], _ms(now))
    await _empty(connection, loser.customer_id, winner.customer_id)
    await _save_and_publish(connection, [winner])
    await _hand_over_members(connection, loser=loser.customer_id, winner=winner.customer_id)
    merge_id = uuid4()
    await connection.execute(
        """
        insert into merge (id, loser, winner, choices, reason, merged_by, turn)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        merge_id,
        loser.customer_id,
        winner.customer_id,
        dict(choices),
        reason,
        principal.associate_id,
        plan.turn,
    )
    await _keep_record(connection, merge_id, plan.combined.kept)
    await _note(connection, principal, "customer.merged", loser.customer_id, winner.customer_id)
    return merge_id


async def unmerge(
    connection: Connection,
    principal: Principal,
    customer_id: UUID,
    *,
    groups: Sequence[FieldGroup],
    now: datetime,
) -> UUID:
    """Give a merged customer her own record back, with all that was merged into her before and all that was
    said under her ids since; return the id of the customer she was merged into.

    Raises:
        Refusal: NOT_FOUND, PERSON_ERASED or NOT_MERGED.
    """
    states, root = await _lock_family(connection, principal, customer_id)
    survivor, loser = states[root], states[customer_id]
    links = await links_among(connection, survivor.parts)
    (link,) = [each for each in links if each.loser == customer_id]
    left = [each for each in links if each.loser != customer_id]
    leaving = under(left, customer_id)
    part_ways(survivor, loser, left)
    loser.scopes_before = frozenset()
    await _drop_single_parts(connection, (survivor, loser))
    await connection.execute("update customer set alias_of = null where id = $1", customer_id)
    await connection.execute(
        "update customer set alias_of = $1 where id = any($2)", customer_id, list(leaving - {customer_id})
    )
    for table, column in FOLLOWING:
        await connection.execute(
            f"update {table} set {column} = $1, via = nullif(via, $1)"  # noqa: S608 (our own names)
            f" where {column} = $2 and via = any($3)",
            customer_id,
            root,
            list(leaving),
        )
    await _take_along(connection, loser, root)
    await installed().redraw(connection, [survivor, loser], _ms(now))
    await _save_and_publish(connection, [survivor, loser])
    await _empty_stale_notes(connection, [survivor, loser], groups)
    await _give_members_back(connection, loser, survivor=root, leaving=leaving)
    await connection.execute(
        "update merge set undone_at = $2, undone_by = $3 where id = $1",
        link.merge_id,
        now,
        principal.associate_id,
    )
    await _note(connection, principal, "customer.unmerged", customer_id, root)
    return root


async def _lock_family(
    connection: Connection, principal: Principal, customer_id: UUID
) -> tuple[dict[UUID, CustomerState], UUID]:
    """Lock a merged customer and her survivor; somebody may change who that is until both are held."""
    for _ in range(3):
        root: UUID | None = await connection.fetchval(
            "select coalesce(alias_of, id) from customer where id = $1", customer_id
        )
        if root is None or not await reachable(connection, principal, [root]):
            break
        if root == customer_id:
            raise Refusal(ErrorCode.NOT_MERGED)
        states = await installed().load_customers(connection, [customer_id, root])
        if len(states) == 2 and states[customer_id].alias_of == root and states[root].alias_of is None:
            return states, root
    raise Refusal(ErrorCode.NOT_FOUND)


async def _drop_single_parts(connection: Connection, states: Sequence[CustomerState]) -> None:
    """Those who are one id again have said everything in their own row."""
    for state in states:
        if not state.parts:
            await connection.execute("delete from customer_part where customer_id = $1", state.customer_id)


async def _follow(connection: Connection, *, old: UUID, new: UUID) -> None:
    """Let all that is kept about one id follow to the other, remembering where it was said."""
    for table, column in FOLLOWING:
        await connection.execute(
            f"update {table} set via = coalesce(via, {column}), {column} = $2 where {column} = $1",  # noqa: S608
            old,
            new,
        )


async def _take_along(connection: Connection, loser: CustomerState, root: UUID) -> None:
    """Let the lines of promises and messages go where these went: of one that was made to her while she was
    merged, the line knows the survivor alone."""
    made = [UUID(key) for field in PROMISED for key in loser.values.get(field) or {}]
    await connection.execute(
        "update promise set customer_id = $1, via = null where customer_id = $2 and id = any($3)",
        loser.customer_id,
        root,
        made,
    )
    await connection.execute(
        """
        update outgoing set customer_id = $1, via = null where customer_id = $2 and (id = any($3)
          or id in (select mutation_id from consent_event where customer_id = $1))
        """,
        loser.customer_id,
        root,
        [UUID(key) for key in loser.values.get("messages") or {}],
    )


async def _empty(connection: Connection, loser: UUID, winner: UUID) -> None:
    """Leave of the loser's row the link and the stamps it showed last, so that no revision is given out twice
    when it is unmerged; those merged into it before point to the survivor directly."""
    await connection.execute(
        f"update customer set alias_of = $2, {_EMPTY_COLUMNS} where id = $1",  # noqa: S608
        loser,
        winner,
    )
    await connection.execute("update customer set alias_of = $2 where alias_of = $1", loser, winner)
    await connection.execute("delete from contact_point where customer_id = $1", loser)
    await connection.execute("delete from customer_search where customer_id = $1", loser)


async def _save_and_publish(connection: Connection, states: Sequence[CustomerState]) -> None:
    ordered = sorted(states, key=lambda state: state.customer_id)
    await installed().save_customers(connection, ordered)
    await publishing.publish_customers(connection, ordered)


async def _hand_over_members(connection: Connection, *, loser: UUID, winner: UUID) -> None:
    """Let the survivor be wherever the loser was, pins included, and tell all who held her where she went."""
    await connection.execute(
        """
        insert into member (scope, record_id, kind, state)
        select scope, $2, kind, 1 from member where record_id = $1 and state = 1
        on conflict (scope, record_id) do update
          set state = 1, into_id = null, rev = member.rev + 1,
              xid = pg_current_xact_id(), moved = pg_current_xact_id()
          where member.state <> 1
        """,
        loser,
        winner,
    )
    await connection.execute(
        """
        insert into pin (scope, record_id, used_at) select scope, $2, used_at from pin where record_id = $1
        on conflict do nothing
        """,
        loser,
        winner,
    )
    await connection.execute(
        """
        update member set state = 2, into_id = $2, rev = rev + 1,
               xid = pg_current_xact_id(), moved = pg_current_xact_id()
        where (record_id = $1 and state = 1) or (into_id = $1 and state = 2)
        """,
        loser,
        winner,
    )


async def _give_members_back(
    connection: Connection, loser: CustomerState, *, survivor: UUID, leaving: set[UUID]
) -> None:
    """Let those who held the loser hold her again, where she still belongs; her pins are hers."""
    await connection.execute(
        """
        update member m set state = case when s.key like 'pin:%' then 1 else 0 end, into_id = null,
               rev = m.rev + 1, xid = pg_current_xact_id(), moved = pg_current_xact_id()
        from scope s where s.id = m.scope and m.record_id = $1 and m.state = 2
        """,
        loser.customer_id,
    )
    await connection.execute(
        """
        insert into pin (scope, record_id, used_at)
        select m.scope, m.record_id, now() from member m join scope s on s.id = m.scope
        where m.record_id = $1 and m.state = 1 and s.key like 'pin:%' on conflict do nothing
        """,
        loser.customer_id,
    )
    await connection.execute(
        """
        update member set into_id = $1, rev = rev + 1, xid = pg_current_xact_id(),
               moved = pg_current_xact_id()
        where record_id = any($2) and state = 2 and into_id = $3
        """,
        loser.customer_id,
        list(leaving - {loser.customer_id}),
        survivor,
    )


async def _empty_stale_notes(
    connection: Connection, states: Sequence[CustomerState], groups: Sequence[FieldGroup]
) -> None:
    """Empty what is published of notes that are another person's again."""
    for state in states:
        made = bodies(state.values, state.stamps, [group for group in groups if group.key == NOTES])
        await connection.execute(
            """
            update fragment set rev = rev + 1, xid = pg_current_xact_id(), body = $3
            where record_id = $1 and (grp = $4 or starts_with(grp, $4 || '@')) and grp <> all($2)
              and body <> $3
            """,
            state.customer_id,
            list(made),
            EMPTY_BODY.decode(),
            NOTES,
        )


async def _keep_record(connection: Connection, merge_id: UUID, kept: Mapping[str, Kept]) -> None:
    await connection.executemany(
        "insert into merge_record (merge_id, path, source, loser_rev, kept_rev) values ($1, $2, $3, $4, $5)",
        [(merge_id, path, each.source, each.loser_rev, each.kept_rev) for path, each in sorted(kept.items())],
    )


async def _note(
    connection: Connection, principal: Principal, action: str, customer_id: UUID, other: UUID
) -> None:
    await chain.append_many(
        connection,
        principal,
        action,
        Kind.CUSTOMER.value,
        [(customer_id, {"into": str(other)}), (other, {"from": str(customer_id)})],
    )


def _ms(now: datetime) -> int:
    return int(now.timestamp() * 1000)
