"""Customers' own rows: read and locked for editing, written back, and found again by what was written."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB

from schemas.customer import FIELDS
from schemas.identity import deletions, tokens
from server.customers.forms import card_form, email_form, phone_form
from server.customers.tables import customer
from server.database.pool import Connection
from server.replication.workspace import CustomerState, Part

NAME_FIELDS = ("given_name", "family_name", "town")
FEW = 20  # customers, of one tablet's push: writing them takes no longer than asking once more
CONTACT_FIELDS = ("email", "phone", "loyalty_card", "other_contacts")

_COLUMNS = ", ".join(FIELDS)
_KINDS = {name: "jsonb" if isinstance(customer.c[name].type, JSONB) else "text" for name in FIELDS}
_LOAD = f"""
select id, brand, alias_of, stamps, {_COLUMNS} from customer where id = any($1) order by id for update
"""  # noqa: S608 (the columns are ours)
_LOAD_PARTS = """
select customer_id, root, values, stamps, turns from customer_part where root = any($1) order by customer_id
"""  # held by the lock on the survivor's row
_INSERT = f"""
insert into customer (id, brand, stamps, {_COLUMNS})
values ($1, $2, $3, {", ".join(f"${place}" for place in range(4, 4 + len(FIELDS)))})
"""  # noqa: S608


async def load_customers(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, CustomerState]:
    """Return customers by id, their rows locked until the transaction ends; unknown ones are absent."""
    states: dict[UUID, CustomerState] = {}
    for row in await connection.fetch(_LOAD, list(customer_ids)):
        values: dict[str, Any] = {
            field: value for field, value in zip(FIELDS, row[4:], strict=True) if value is not None
        }
        state = CustomerState(
            customer_id=row["id"],
            brand=row["brand"],
            values=values,
            stamps=row["stamps"],
            alias_of=row["alias_of"],
        )
        states[state.customer_id] = state
    for row in await connection.fetch(_LOAD_PARTS, list(states)):
        part = Part(
            customer_id=row["customer_id"], values=row["values"], stamps=row["stamps"], turns=row["turns"]
        )
        states[row["root"]].parts[part.customer_id] = part
    for state in states.values():
        state.scopes_before = frozenset() if state.alias_of else state.scopes()
    return states


async def save_customers(connection: Connection, states: Sequence[CustomerState]) -> None:
    """Write new and changed customers, and the forms by which they are found."""
    await _insert(connection, [state for state in states if state.is_new])
    for columns, alike in _by_columns([state for state in states if not state.is_new]).items():
        assignments = "".join(f", {name} = ${place}" for place, name in enumerate(columns, start=3))
        await connection.executemany(
            f"update customer set stamps = $2{assignments} where id = $1",  # noqa: S608 (columns are ours)
            [
                (state.customer_id, state.stamps, *(state.values.get(name) for name in columns))
                for state in alike
            ],
        )
    await _save_parts(connection, states)
    await index_names(connection, [state for state in states if state.changed.intersection(NAME_FIELDS)])
    await index_contacts(
        connection, [state for state in states if state.changed.intersection(CONTACT_FIELDS)]
    )


async def _insert(connection: Connection, states: Sequence[CustomerState]) -> None:
    """Write new customers: a few by the one statement of all tablets, many of them column by column."""
    if len(states) <= FEW:
        await connection.executemany(
            _INSERT,
            [
                (state.customer_id, state.brand, state.stamps, *(state.values.get(name) for name in FIELDS))
                for state in states
            ],
        )
        return
    held = set().union(*(state.values for state in states))
    columns = tuple(name for name in FIELDS if name in held)
    await connection.execute(
        _inserting(columns),
        [state.customer_id for state in states],
        [state.brand for state in states],
        [state.stamps for state in states],
        *([state.values.get(name) for state in states] for name in columns),
    )


@lru_cache(maxsize=64)
def _inserting(columns: tuple[str, ...]) -> str:
    kinds = (f"${place}::{_KINDS[name]}[]" for place, name in enumerate(columns, start=4))
    return f"""
    insert into customer ({", ".join(("id", "brand", "stamps", *columns))})
    select * from unnest({", ".join(("$1::uuid[]", "$2::text[]", "$3::jsonb[]", *kinds))})
    """  # noqa: S608 (the columns are ours)


def _by_columns(states: Sequence[CustomerState]) -> dict[tuple[str, ...], list[CustomerState]]:
    """Return the customers by the columns to write: a few all alike, a value again where it stands."""
    if 0 < len(states) <= FEW:
        changed = set().union(*(state.changed for state in states))
        return {tuple(name for name in FIELDS if name in changed): list(states)}
    by_columns: dict[tuple[str, ...], list[CustomerState]] = {}
    for state in states:
        by_columns.setdefault(tuple(name for name in FIELDS if name in state.changed), []).append(state)
    return by_columns


async def _save_parts(connection: Connection, states: Sequence[CustomerState]) -> None:
    changed = [
        (part.customer_id, state.customer_id, part.values, part.stamps, part.turns)
        for state in states
        for part in state.parts.values()
        if part.changed
    ]
    if changed:
        await connection.executemany(
            """
            insert into customer_part (customer_id, root, values, stamps, turns) values ($1, $2, $3, $4, $5)
            on conflict (customer_id) do update
              set root = excluded.root, values = excluded.values, stamps = excluded.stamps,
                  turns = excluded.turns
            """,
            changed,
        )


async def index_names(connection: Connection, states: Sequence[CustomerState]) -> None:
    """Keep the words of customers' names, and the dictionary of all words with their variants."""
    if not states:
        return
    words = {
        state.customer_id: tokens(*(values.get(name) for values in state.known_as() for name in NAME_FIELDS))
        for state in states
    }
    await connection.execute(
        """
        insert into customer_search (customer_id, tokens)
        select id, string_to_array(words, ' ') from unnest($1::uuid[], $2::text[]) as each (id, words)
        on conflict (customer_id) do update set tokens = excluded.tokens
        """,
        list(words),
        [" ".join(held) for held in words.values()],
    )
    distinct = sorted({word for held in words.values() for word in held})
    made = await connection.fetch(
        "insert into name_token (token) select unnest($1::text[]) on conflict do nothing returning token",
        distinct,
    )
    variants = sorted((variant, row["token"]) for row in made for variant in deletions(row["token"]))
    if variants:
        await connection.execute(
            """
            insert into name_token_delete (variant, token)
            select * from unnest($1::text[], $2::text[]) on conflict do nothing
            """,
            [variant for variant, _ in variants],
            [token for _, token in variants],
        )


async def index_contacts(connection: Connection, states: Sequence[CustomerState]) -> None:
    """Keep e-mail addresses, phone numbers and cards in the form they are compared in."""
    existing = [state.customer_id for state in states if not state.is_new]
    if existing:
        await connection.execute("delete from contact_point where customer_id = any($1)", existing)
    rows = sorted(
        {
            (kind, form, state.customer_id)
            for state in states
            for values in state.known_as()
            for kind, form in contact_forms_of(values)
        }
    )
    if rows:
        await connection.execute(
            """
            insert into contact_point (kind, normalised, customer_id)
            select * from unnest($1::text[], $2::text[], $3::uuid[]) on conflict do nothing
            """,
            *(list(column) for column in zip(*rows, strict=True)),
        )


def contact_forms_of(values: dict[str, Any]) -> set[tuple[str, str]]:
    """Return every (kind, form) under which a customer with these values is found."""
    said: list[tuple[str, str]] = [
        (kind, values[field])
        for kind, field in (("email", "email"), ("phone", "phone"), ("card", "loyalty_card"))
        if values.get(field)
    ]
    said += [(point["kind"], point["value"]) for point in (values.get("other_contacts") or {}).values()]
    form_of: dict[str, Callable[[str], str | None]] = {
        "email": email_form,
        "phone": phone_form,
        "card": card_form,
    }
    return {(kind, form) for kind, text in said if kind in form_of and (form := form_of[kind](text))}
