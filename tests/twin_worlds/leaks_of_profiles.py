"""Leaks in what is read of one customer: values, masks, headers, what happened."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from schemas.customer import FIELDS
from schemas.problem import ErrorCode
from server.customers import queries, routes
from server.problems import Refusal
from server.purchases import routes as purchase_routes
from tests.twin_worlds.planting import LEAKS, Plant, all_groups, leak, secret, with_secret


def telling(field: str, tell: Callable[[dict[str, Any]], Any]) -> Plant:
    """Return a plant that adds one member to every profile read."""

    def use(fields: dict[str, bytes], held: dict[str, Any]) -> dict[str, bytes]:
        return {**fields, field: msgspec.json.encode(tell(held))}

    return with_secret(queries, "read_profile_and_note", use)


def heading(name: str, tell: Callable[[dict[str, Any]], str]) -> Plant:
    """Return a plant that adds a header to every profile read."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        with_secret(queries, "read_profile_and_note", lambda fields, held: fields)(patch)
        honest = routes._json

        def leaking(body: bytes, **named: Any) -> Any:
            headers = {**(named.pop("headers", None) or {}), name: tell(secret.get())}
            return honest(body, headers=headers, **named)

        patch.setattr(routes, "_json", leaking)

    return plant


for _name, _field, _tell in (
    ("body", "other_addresses", lambda held: held.get("other_addresses")),
    ("null_instead_of_absent", "address", lambda held: None if "address" not in held else {}),
    ("updated_at", "client_since", lambda held: sum(s["hlc"] for s in held["stamps"].values())),
    ("revision_counter", "origin", lambda held: sum(s["rev"] for s in held["stamps"].values())),
    ("score_of_hidden_fields", "spend", lambda held: len(held)),
    ("whether_there_is_an_address", "origin", lambda held: "address" in held),
    ("alias_under_another_name", "title", lambda held: (held.get("address") or {}).get("city")),
    ("length_of_a_mask", "phone", lambda held: "•" * len(held.get("email") or "")),
    ("domain_behind_a_mask", "email", lambda held: (held.get("email") or "").partition("@")[2]),
    ("first_letter_behind_a_mask", "email", lambda held: (held.get("email") or "")[:1]),
    ("year_of_birth", "birth_date", lambda held: (held.get("birth_date") or "")[:4]),
):
    LEAKS[_name] = (frozenset({"profiles"}), telling(_field, _tell))

for _name, _header, _tell_header in (
    ("last_modified", "last-modified", lambda held: str(sum(s["rev"] for s in held["stamps"].values()))),
    ("etag_of_the_whole_row", "etag", lambda held: f'"{hash(str(sorted(held.items(), key=str)))}"'),
    ("length_before_projection", "x-size", lambda held: str(len(str(held)))),
    ("quota_of_hidden_fields", "ratelimit-remaining", lambda held: str(100 - len(held))),
):
    LEAKS[_name] = (frozenset({"profiles"}), heading(_header, _tell_header))


@leak("profiles")
def provenance_of_hidden_fields(patch: pytest.MonkeyPatch) -> None:
    def use(stamps: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
        return {**{path: msgspec.Raw(b"{}") for path in held["stamps"]}, **stamps}

    with_secret(queries, "read_stamps", use)(patch)


@leak("profiles")
def cache_without_the_role(patch: pytest.MonkeyPatch) -> None:
    honest = queries.read_profile_and_note

    async def leaking(connection: Any, customer_id: Any, **named: Any) -> Any:
        policy = named["lens"]
        everything = msgspec.structs.replace(policy, levels=dict.fromkeys(FIELDS, 2), groups=all_groups())
        return await honest(connection, customer_id, **{**named, "lens": everything})

    patch.setattr(queries, "read_profile_and_note", leaking)


@leak("histories")
def existence_told(patch: pytest.MonkeyPatch) -> None:
    honest = purchase_routes.require_reachable

    async def leaking(connection: Any, principal: Any, customer_id: UUID) -> None:
        try:
            await honest(connection, principal, customer_id)
        except Refusal:
            if await connection.fetchval("select true from customer where id = $1", customer_id):
                raise Refusal(ErrorCode.NOT_ALLOWED) from None
            raise

    patch.setattr(purchase_routes, "require_reachable", leaking)


@leak("histories")
def history_of_hidden_edits(patch: pytest.MonkeyPatch) -> None:
    def use(rows: list[Any], held: dict[str, Any]) -> list[Any]:
        count = sum(stamp["rev"] for stamp in held["stamps"].values())
        return [msgspec.structs.replace(row, reference=f"{row.reference} {count}") for row in rows]

    with_secret(purchase_routes.queries, "list_purchases", use)(patch)
