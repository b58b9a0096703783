"""Leaks in lists, in free search and in looking beyond the tablet."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from server.customers import looked_up, queries, routes, search
from server.rest import paging
from tests.twin_worlds.planting import BY_CROWDS, LEAKS, Plant, all_of, leak, secret


@leak("lists", among=BY_CROWDS)
def list_beyond_the_scope(patch: pytest.MonkeyPatch) -> None:
    honest = queries.list_customers

    async def leaking(connection: Any, *, scopes: Any, **named: Any) -> Any:
        every = [row["key"] for row in await connection.fetch("select key from scope")]
        return await honest(connection, scopes=every, **named)

    patch.setattr(queries, "list_customers", leaking)


@leak("lists")
def total_of_everybody(patch: pytest.MonkeyPatch) -> None:
    honest, counted = queries.list_customers, routes._json

    async def counting(connection: Any, **named: Any) -> Any:
        secret.set({"total": await connection.fetchval("select count(*) from customer")})
        return await honest(connection, **named)

    def leaking(body: bytes, **named: Any) -> Any:
        return counted(body, headers={"x-total": str(secret.get().get("total"))}, **named)

    patch.setattr(queries, "list_customers", counting)
    patch.setattr(routes, "_json", leaking)


@leak("lists")
def sort_by_a_hidden_field(patch: pytest.MonkeyPatch) -> None:
    honest = queries.list_customers

    async def leaking(connection: Any, **named: Any) -> Any:
        found = await honest(connection, **named)
        return [
            row["id"]
            for row in await connection.fetch(
                "select id from customer where id = any($1) order by address::text nulls last, id", found
            )
        ]

    patch.setattr(queries, "list_customers", leaking)


@leak("lists")
def cursor_that_holds_a_value(patch: pytest.MonkeyPatch) -> None:
    honest, sealed = queries.read_profiles, paging.Cursors.seal

    async def reading(connection: Any, customer_ids: Any, **named: Any) -> Any:
        await all_of(connection, customer_ids[-1] if customer_ids else UUID(int=0))
        return await honest(connection, customer_ids, **named)

    def leaking(self: Any, place: tuple[Any, ...]) -> str:
        return str(sealed(self, (*place, str(secret.get().get("address")))))

    patch.setattr(queries, "read_profiles", reading)
    patch.setattr(paging.Cursors, "seal", leaking)


def _also_finding(condition: str) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        honest = search.find

        async def leaking(connection: Any, text: str, *, scopes: Any, lens: Any, **named: Any) -> Any:
            found = await honest(connection, text, scopes=scopes, lens=lens, **named)
            rows = await connection.fetch(f"select id from customer where {condition} order by id", text)
            known = {hit.customer_id for hit in found}
            return [*found, *(search.Hit(row["id"], 1) for row in rows if row["id"] not in known)]

        patch.setattr(search, "find", leaking)
        patch.setattr(looked_up, "find", leaking)

    return plant


LEAKS["search_in_a_hidden_field"] = (
    frozenset({"searches"}),
    _also_finding("address::text ilike '%' || $1 || '%'"),
)
BY_CROWDS["search_in_notes_of_others"] = (
    frozenset({"searches"}),
    _also_finding("notes::text ilike '%' || $1 || '%'"),
)
LEAKS["search_by_a_part_of_a_masked_value"] = (
    frozenset({"searches"}),
    _also_finding("email ilike '%' || $1 || '%'"),
)
LEAKS["look_by_a_hidden_field"] = (
    frozenset({"looks"}),
    _also_finding("address::text ilike '%' || $1 || '%'"),
)


@leak("searches", among=BY_CROWDS)
def candidates_cut_before_the_scope(patch: pytest.MonkeyPatch) -> None:
    async def leaking(connection: Any, start: str, *, scopes: Any) -> list[str]:
        rows = await connection.fetch(
            "select token from name_token where token >= $1 and token < $1 || 'zzzz' order by token limit 64",
            start,
        )
        return [row["token"] for row in rows]

    patch.setattr(search, "_words_held", leaking)


@leak("looks")
def look_with_a_hidden_field(patch: pytest.MonkeyPatch) -> None:
    honest = looked_up.read_profiles

    async def leaking(connection: Any, customer_ids: Any, **named: Any) -> Any:
        profiles = await honest(connection, customer_ids, **named)
        for customer_id, fields in profiles.items():
            held = await all_of(connection, customer_id)
            fields["phone"] = msgspec.json.encode(held.get("phone"))
        return profiles

    patch.setattr(looked_up, "read_profiles", leaking)
