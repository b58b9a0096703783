"""Leaks planted in a running server, one for each channel by which something hidden could get out."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import msgspec
import pytest

from schemas.customer import FIELDS
from schemas.mutations import CreateCustomer, SetField
from schemas.problem import ErrorCode
from schemas.protocol import OutcomeStatus
from schemas.visibility import lens_of
from server.customers import looked_up, note_routes, queries, routes, search
from server.problems import Refusal
from server.purchases import routes as purchase_routes
from server.replication import batch, feed, fragments, publishing, push, tablet_pull, tablet_push
from server.rest import paging, writing

# What the leaking request knows of the customer it is about.
secret: ContextVar[dict[str, Any]] = ContextVar("secret", default={})  # noqa: B039

Plant = Callable[[pytest.MonkeyPatch], None]
LEAKS: dict[str, tuple[frozenset[str], Plant]] = {}
LASTING: dict[str, tuple[frozenset[str], Plant]] = {}  # what they do to a world stays: each needs new ones
BY_CROWDS: dict[
    str, tuple[frozenset[str], Plant]
] = {}  # noticed only where many things happen unseen; asked before anything is written


def leak(*chapters: str, among: Any = LEAKS) -> Callable[[Plant], Plant]:
    """Keep a leak under its name, with the chapters in which it must be noticed."""

    def keep(plant: Plant) -> Plant:
        among[plant.__name__] = (frozenset(chapters), plant)
        return plant

    return keep


async def all_of(connection: Any, customer_id: UUID) -> dict[str, Any]:
    """Return everything the house knows of a customer, whoever is asking."""
    columns = ", ".join(FIELDS)
    row = await connection.fetchrow(f"select stamps, {columns} from customer where id = $1", customer_id)
    held = {name: value for name, value in dict(row).items() if value is not None} if row else {}
    secret.set(held)
    return held


def with_secret(where: Any, name: str, use: Callable[[Any, dict[str, Any]], Any]) -> Plant:
    """Return a plant: an asynchronous function of (connection, customer id, ...) whose answer is spoilt."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        honest = getattr(where, name)

        async def leaking(connection: Any, customer_id: Any, *args: Any, **named: Any) -> Any:
            answer = await honest(connection, customer_id, *args, **named)
            if answer is None:
                return None
            return use(answer, await all_of(connection, customer_id))

        patch.setattr(where, name, leaking)

    return plant


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
        everything = msgspec.structs.replace(policy, levels=dict.fromkeys(FIELDS, 2), groups=_all_groups())
        return await honest(connection, customer_id, **{**named, "lens": everything})

    patch.setattr(queries, "read_profile_and_note", leaking)


def _all_groups() -> tuple[str, ...]:
    from schemas.staff import Role
    from schemas.visibility import DEFAULT_POLICY

    return lens_of(DEFAULT_POLICY, Role.PRIVACY_OFFICER, person="", stores=()).groups


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


@leak("feed", among=BY_CROWDS)
def page_that_counts_unseen_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tablet_pull, "MOST_SILENT_PAGES", 1)


@leak("feed")
def feed_of_every_group(patch: pytest.MonkeyPatch) -> None:
    honest = tablet_pull.read_page

    async def leaking(connection: Any, *, entitled: Any, **named: Any) -> Any:
        every = msgspec.structs.replace(entitled, groups=tuple(sorted({*entitled.groups, *_all_groups()})))
        return await honest(connection, entitled=every, **named)

    patch.setattr(tablet_pull, "read_page", leaking)


@leak("feed", among=LASTING)
def revision_that_grows_unseen(patch: pytest.MonkeyPatch) -> None:
    async def leaking(connection: Any, record_ids: Any) -> None:
        await connection.execute(
            "update member set rev = rev + 1, xid = pg_current_xact_id(), moved = pg_current_xact_id() "
            "where record_id = any($1)",
            list(record_ids),
        )

    patch.setattr(publishing, "_touch", leaking)


@leak("feed")
def row_without_content_for_a_hidden_edit(patch: pytest.MonkeyPatch) -> None:
    honest = feed._row

    def leaking(parts: Any, *args: Any, **named: Any) -> Any:
        first = {**dict(parts[0]), "moved": True}
        return honest([first, *parts[1:]], *args, **named)

    patch.setattr(feed, "_row", leaking)


@leak("feed")
def badge_of_all_activity(patch: pytest.MonkeyPatch) -> None:
    honest = tablet_pull.pull

    async def leaking(connection: Any, *args: Any, **named: Any) -> Any:
        reply = await honest(connection, *args, **named)
        count = await connection.fetchval("select count(*) from audit_event")
        stated = msgspec.structs.replace(reply.entitlement, epoch=f"{reply.entitlement.epoch}.{count}")
        return msgspec.structs.replace(reply, entitlement=stated)

    patch.setattr(tablet_pull, "pull", leaking)


def _verdict_with(tell: Callable[[Any], str]) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        honest = batch.judge_edit

        def leaking(state: Any, mutation: Any, **named: Any) -> Any:
            judged = honest(state, mutation, **named)
            return msgspec.structs.replace(judged, detail={**judged.detail, "told": tell(state)})

        patch.setattr(batch, "judge_edit", leaking)

    return plant


LEAKS["push_reply_with_a_value"] = (
    frozenset({"pushes"}),
    _verdict_with(lambda state: str(state.values.get("address"))),
)


@leak("pushes")
def conflict_that_echoes(patch: pytest.MonkeyPatch) -> None:
    honest, judged = push._outcome, batch.judge_edit

    def judging(state: Any, mutation: Any, **named: Any) -> Any:
        secret.set(state.values)
        return judged(state, mutation, **named)

    def leaking(*args: Any, **named: Any) -> Any:
        outcome = honest(*args, **named)
        if outcome.status != OutcomeStatus.CONFLICT:
            return outcome
        told = {**outcome.detail, "theirs": str(secret.get().get("email"))}
        return msgspec.structs.replace(outcome, detail=told)

    patch.setattr(batch, "judge_edit", judging)
    patch.setattr(push, "_outcome", leaking)


@leak("pushes")
def push_reply_with_every_group(patch: pytest.MonkeyPatch) -> None:
    honest = push.rows_of

    async def leaking(connection: Any, principal: Any, lens: Any, **named: Any) -> Any:
        every = msgspec.structs.replace(lens, groups=_all_groups())
        named["whole"] = {*named["whole"], *named["changed"]}
        return await honest(connection, principal, every, **named)

    patch.setattr(push, "rows_of", leaking)


@leak("pushes")
def inference_by_writing_the_same(patch: pytest.MonkeyPatch) -> None:
    honest = batch.right_to

    def leaking(mutation: Any, lens: Any, then: Any) -> Any:
        if isinstance(mutation, SetField) and mutation.field == "email":
            return None  # judged first, refused only when it would change something
        return honest(mutation, lens, then)

    judged = batch.judge_edit

    def judging(state: Any, mutation: Any, **named: Any) -> Any:
        if isinstance(mutation, SetField) and mutation.field == "email":
            told = len(state.values.get("email") or "") % 2
            code = ErrorCode.FIELD_NOT_ALLOWED if told else ErrorCode.STALE
            return batch.refused(code)
        return judged(state, mutation, **named)

    patch.setattr(batch, "right_to", leaking)
    patch.setattr(batch, "judge_edit", judging)


@leak("writes", among=LASTING)
def uniqueness_told(patch: pytest.MonkeyPatch) -> None:
    honest = writing.Writer.write

    async def leaking(self: Any, record_id: Any, mutations: Any, **named: Any) -> None:
        for mutation in mutations:
            email = mutation.values.get("email") if isinstance(mutation, CreateCustomer) else None
            if email and await self._connection.fetchval("select true from customer where email = $1", email):
                raise Refusal(ErrorCode.ALREADY_EXISTS)
        await honest(self, record_id, mutations, **named)

    patch.setattr(writing.Writer, "write", leaking)


@leak("writes")
def error_that_echoes(patch: pytest.MonkeyPatch) -> None:
    with_secret(queries, "read_profile", lambda fields, held: fields)(patch)

    def leaking(code: ErrorCode, detail: str = "", **named: Any) -> Refusal:
        return Refusal(code, f"{detail} {secret.get().get('address')}", **named)

    patch.setattr(routes, "Refusal", leaking)


@leak("writes")
def replay_under_an_idempotency_key(patch: pytest.MonkeyPatch) -> None:
    honest = routes.claim

    async def leaking(connection: Any, *args: Any) -> Any:
        claimed = await honest(connection, *args)
        if claimed.repeated and claimed.record_id:
            held = await all_of(connection, claimed.record_id)
            raise Refusal(ErrorCode.IDEMPOTENCY_CONFLICT, f"edited {len(held)} times")
        if claimed.repeated:
            raise Refusal(
                ErrorCode.IDEMPOTENCY_CONFLICT, str(await connection.fetchval("select count(*) from receipt"))
            )
        return claimed

    patch.setattr(routes, "claim", leaking)


@leak("writes")
def note_of_another_acknowledged(patch: pytest.MonkeyPatch) -> None:
    async def leaking(connection: Any, principal: Any, lens: Any, customer_id: UUID) -> note_routes.Notes:
        held = (await all_of(connection, customer_id)).get("notes", [])
        return note_routes.Notes(data=msgspec.convert(held, list[note_routes.Note]))

    patch.setattr(note_routes, "_notes", leaking)


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


@leak("feed", among=LASTING)
def order_of_entries_that_tells_of_edits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fragments, "_encoder", msgspec.json.Encoder())


@leak("pushes")
def watermark_of_everybody(patch: pytest.MonkeyPatch) -> None:
    honest = tablet_push.push

    async def leaking(connection: Any, *args: Any, **named: Any) -> Any:
        reply = await honest(connection, *args, **named)
        count = await connection.fetchval("select count(*) from receipt")
        return msgspec.structs.replace(reply, watermark=count)

    patch.setattr(tablet_push, "push", leaking)
