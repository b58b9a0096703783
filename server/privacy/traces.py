"""What ends before the person does: by which rule and from when, previewed, and let go a few at a time.

Some of it are rows; some are things on her record, which go from her card, from what was said under each
of her ids, from the lists beside and, by the feed, from every tablet. Whose processing is restricted keeps
everything.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from schemas.record import Struct, Values
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.privacy.retention_rules import RULES, in_force
from server.replication import publishing
from server.replication.workspace import CustomerState, installed

WEB: Final = ("cart", "web_search", "web_view")  # what she did on the web: kinds of touchpoints


def _over(since: str) -> str:
    """Return the condition that so many calendar months ($2), in UTC, have passed since, as of $3."""
    return f"({since} at time zone 'UTC' + make_interval(months => $2)) at time zone 'UTC' <= $3"


def _ms(since: str) -> str:
    return f"to_timestamp(({since}) / 1000.0)"


# The rules are her brand's; under a restriction nothing is touched, whichever of her ids it was said under.
_FREE: Final = """
  c.brand = $1 and not exists (
    select from customer one where one.id = coalesce(c.alias_of, c.id) and one.limits ? 'restriction')"""
_SAID_MS: Final = "(t.value #>> '{turns,state,hlc}')::bigint >> 16"  # when the state it is in was said


class _Rows(Struct):
    """Rows of one table that are simply deleted; ``found`` selects their keys."""

    table: str
    key: str
    found: str


class _Things(Struct):
    """Entries of a keyed field of her record; ``found`` selects (customer, key)."""

    field: str
    beside: str  # the list in which each has a line of its own
    found: str


def _things(field: str, beside: str, over: str) -> _Things:
    return _Things(
        field=field,
        beside=beside,
        found=f"""
        select c.id, t.key from customer c cross join lateral jsonb_each(c.{field}) t
        where c.alias_of is null and {over} and {_FREE}""",  # noqa: S608 (all of it ours)
    )


# The last thing she did of herself tells how long she is kept: where nothing came after it, of what she did
# on the web the date alone stays.
_LATER: Final = """exists (
    select from touchpoint l where l.customer_id = t.customer_id and l.via is not distinct from t.via
      and (l.at_ms, l.id) > (t.at_ms, t.id) and l.kind = any($4::text[]))"""
_WEB_FOUND: Final = f"""
    select t.id, t.customer_id, {_LATER} as later, t.summary = '' and t.sku is null as bare
    from touchpoint t join customer c on c.id = t.customer_id
    where t.kind in {WEB} and (t.summary <> '' or t.sku is not null or {_LATER})
      and {_over(_ms("t.at_ms"))} and {_FREE}"""  # noqa: S608

_DELETED: Final[Mapping[str, _Rows]] = {
    "former_values": _Rows(
        table="field_past",
        key="id",
        found=f"""
        select f.id from field_past f join customer c on c.id = f.record_id
        where {_over("f.created_at")} and {_FREE}""",  # noqa: S608
    ),
    "reveal_reasons": _Rows(
        table="reveal",
        key="id",
        found=f"""
        select r.id from reveal r join customer c on c.id = r.customer_id
        where {_over("r.created_at")} and {_FREE}""",  # noqa: S608
    ),
    "refused_lines": _Rows(
        table="import_refusal",
        key="batch_id, line",
        found=f"""
        select batch_id, line from import_refusal
        where $1::text is not null and {_over("created_at")}""",  # noqa: S608 (of no brand)
    ),
    "decided_edits": _Rows(
        table="held_edit",
        key="mutation_id",
        found=f"""
        select h.mutation_id from held_edit h join customer c on c.id = h.record_id
        where h.review <> 'open' and {_over("h.decided_at")} and {_FREE}""",  # noqa: S608
    ),
}
_OF_THE_RECORD: Final[Mapping[str, _Things]] = {
    "messages": _things("messages", "outgoing", f"t.value->>'state' <> 'queued' and {_over(_ms(_SAID_MS))}"),
    "appointments": _things(
        "appointments",
        "promise",
        _over(_ms("(t.value->>'starts')::bigint + 60000 * coalesce((t.value->>'minutes')::int, 30)")),
    ),
    "tasks": _things("tasks", "promise", f"t.value->>'state' <> 'open' and {_over(_ms(_SAID_MS))}"),
    "cases": _things(
        "cases", "promise", f"t.value->>'state' in ('solved', 'cancelled') and {_over(_ms(_SAID_MS))}"
    ),
}
WEB_RULE: Final = "web_behaviour"
OF_NO_BRAND: Final = "refused_lines"  # the rule of each brand lets them go


async def due_traces(
    connection: Connection,
    brand: str,
    *,
    now: datetime,
    own_acts: Sequence[str],
    suppose: tuple[str, int] | None = None,
) -> dict[str, int]:
    """Return how much of people who stay would be let go, by rule; what is not due is absent.

    A date of which no more is left is not counted. Changes nothing.

    Args:
        suppose: a rule and the months it is supposed to say, instead of what stands.
    """
    counts: dict[str, int] = {}
    standing = await _months(connection, brand)
    if suppose and suppose[0] in standing:
        standing |= dict([suppose])
    for name, months in standing.items():
        if name == WEB_RULE:
            count = await connection.fetchval(
                f"select count(*) from ({_WEB_FOUND}) found where not bare",  # noqa: S608 (all of it ours)
                *(brand, months, now, list(own_acts)),
            )
        else:
            found = (_DELETED.get(name) or _OF_THE_RECORD[name]).found
            count = await connection.fetchval(
                f"select count(*) from ({found}) found",  # noqa: S608
                *(brand, months, now),
            )
        if count:
            counts[name] = count
    return counts


async def let_traces_go(
    connection: Connection, officer: Principal, *, now: datetime, own_acts: Sequence[str], limit: int
) -> dict[str, int]:
    """Let go what is over by the rules of the officer's brand, at most ``limit`` of one; return how many.

    One rule at a time: who waits for one person's row holds no other's that comes later. Empty: nothing is
    left to let go.
    """
    brand = officer.brand
    for name, months in (await _months(connection, brand)).items():
        if name == WEB_RULE:
            gone = await _let_web_go(connection, (brand, months, now, list(own_acts)), limit)
        elif name in _OF_THE_RECORD:
            gone = await _let_things_go(connection, _OF_THE_RECORD[name], (brand, months, now), limit)
        else:
            rows = _DELETED[name]
            said = await connection.execute(
                f"delete from {rows.table} where ({rows.key}) in ({rows.found} limit $4)",  # noqa: S608
                *(brand, months, now, limit),
            )
            gone = int(said.rpartition(" ")[2])
        if gone:
            facts = {"rule": name, "months": months, "count": gone}
            await chain.append(connection, officer, "retention.let_go", facts=facts)
            return {name: gone}
    return {}


async def _months(connection: Connection, brand: str) -> dict[str, int]:
    """Return how long each rule of what ends before the person keeps things in a brand."""
    standing = {each.rule.name: each.months for each in await in_force(connection, brand)}
    return {name: standing[name] for name in RULES if name in {*_DELETED, *_OF_THE_RECORD, WEB_RULE}}


async def _let_web_go(connection: Connection, asked: tuple[Any, ...], limit: int) -> int:
    rows = await connection.fetch(f"{_WEB_FOUND} order by t.customer_id, t.id limit $5", *asked, limit)
    states = await installed().load_customers(connection, sorted({row["customer_id"] for row in rows}))
    gone = {str(row["id"]) for row in rows}
    await connection.execute(
        "delete from touchpoint where id = any($1)", [row["id"] for row in rows if row["later"]]
    )
    await connection.execute(
        "update touchpoint set summary = '', sku = null, author = null where id = any($1)",
        [row["id"] for row in rows if not row["later"]],
    )
    for state in states.values():
        for values in _said(state, "touchpoints"):
            values["touchpoints"] = [
                each for each in values["touchpoints"] if each["touchpoint_id"] not in gone
            ]
        if state.values.get("touchpoints") == []:
            state.derive({"touchpoints": None})
    await _publish(connection, states)
    return len(rows)


async def _let_things_go(connection: Connection, things: _Things, asked: tuple[Any, ...], limit: int) -> int:
    rows = await connection.fetch(
        f"{things.found} order by c.id, t.key limit $4 for update of c", *asked, limit
    )
    keys: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        keys[row["id"]].append(row["key"])
    states = await installed().load_customers(connection, sorted(keys))
    for customer_id, state in states.items():
        for values in _said(state, things.field):
            held = {key: thing for key, thing in values[things.field].items() if key not in keys[customer_id]}
            values[things.field] = held
        _forget_stamps(state, [f"{things.field}/{key}" for key in keys[customer_id]])
        if state.values.get(things.field) == {}:
            state.derive({things.field: None})
    await connection.execute(
        f"""
        delete from {things.beside} l using unnest($1::uuid[], $2::uuid[]) as gone (customer_id, id)
        where l.customer_id = gone.customer_id and l.id = gone.id
        """,  # noqa: S608 (ours)
        [row["id"] for row in rows],
        [UUID(row["key"]) for row in rows],
    )
    await connection.execute(
        """
        delete from field_past f using unnest($1::uuid[], $2::text[]) as gone (record_id, path)
        where f.record_id = gone.record_id and f.field = gone.path
        """,  # what became of a thing before goes with it
        [row["id"] for row in rows],
        [f"{things.field}/{row['key']}" for row in rows],
    )
    await _publish(connection, states)
    return len(rows)


def _said(state: CustomerState, field: str) -> list[Values]:
    """Return the values of a person in which a field is held, hers and each id's, to be changed in place."""
    state.changed.add(field)
    told = [state.values] if field in state.values else []
    for part in state.parts.values():
        if field in part.values:
            part.changed = True
            told.append(part.values)
    return told


def _forget_stamps(state: CustomerState, paths: Sequence[str]) -> None:
    for path in paths:
        state.stamps.pop(path, None)
        for part in state.parts.values():
            part.stamps.pop(path, None)
            part.turns.pop(path, None)


async def _publish(connection: Connection, states: Mapping[UUID, CustomerState]) -> None:
    changed = [state for state in states.values() if state.changed]
    if changed:
        await installed().save_customers(connection, changed)
        await publishing.publish_customers(connection, changed)
