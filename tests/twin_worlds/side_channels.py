"""Leaks beside the values: through filters, errors, documents, suggestions, numbers and masks."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from schemas.problem import ErrorCode, FieldError
from schemas.visibility import MASKED_SUFFIX
from server import app as application
from server.customers import note_routes, queries, reveal_routes, routes
from server.identity import routes as identity_routes
from server.problems import Refusal
from server.purchases import routes as purchase_routes
from server.replication import checking, fragments, publishing
from server.review import conflict_routes, history_routes
from tests.twin_worlds.planting import LASTING, all_of, answer, knowing, leak

_HIDDEN_CITIES = "select coalesce(string_agg(distinct address->>'city', ','), '') from customer"


@leak("lists")
def filter_by_a_hidden_field(patch: pytest.MonkeyPatch) -> None:
    honest = queries.list_customers

    async def leaking(connection: Any, **named: Any) -> Any:
        found = await honest(connection, **named)
        rows = await connection.fetch(
            "select id from customer where id = any($1) and address is not null order by id", found
        )
        return [row["id"] for row in rows]

    patch.setattr(queries, "list_customers", leaking)


@leak("lists")
def more_because_of_somebody_hidden(patch: pytest.MonkeyPatch) -> None:
    honest = queries.list_customers

    async def leaking(connection: Any, *, limit: int, **named: Any) -> Any:
        found = await honest(connection, limit=limit, **named)
        held = await all_of(connection, found[-1]) if len(found) > 1 else {}
        return found[:-1] if sum(map(ord, str(held.get("address")))) % 2 else found

    patch.setattr(queries, "list_customers", leaking)


@leak("writes")
def path_of_a_validation(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, _HIDDEN_CITIES)

    def leaking(code: ErrorCode, detail: str = "", **named: Any) -> Refusal:
        errors = (FieldError(pointer=f"/address/{answer()}", detail="no such field"),)
        return Refusal(code, detail, **{**named, "errors": errors})

    patch.setattr(routes, "Refusal", leaking)


@leak("reviews")
def name_of_a_constraint(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, "select 'customer_email_' || count(distinct email) from customer")
    patch.setattr(history_routes, "Refusal", lambda code, **_: Refusal(code, f"violates {answer()}"))


@leak("house")
def enumeration_in_the_document(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, _HIDDEN_CITIES)
    honest = application.document_for

    async def telling(request: Any) -> dict[str, Any]:
        return {**await honest(request), "x-enum": answer().split(",")}

    patch.setattr(application, "document_for", telling)


@leak("merges")
def suggestion_of_a_merge(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, _HIDDEN_CITIES)

    def leaking(principal: Any) -> None:
        raise Refusal(ErrorCode.NOT_ALLOWED, f"two of {answer()} look alike")

    patch.setattr(identity_routes, "require_merger", leaking)


@leak("reviews")
def conflicts_of_hidden_fields(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, "select 'after-' || coalesce(sum(rev), 0) from fragment")

    class Leaking(conflict_routes.Listing):
        def page(self, rows: Any, place: Any) -> Any:
            return msgspec.structs.replace(super().page(rows, place), next_cursor=answer())

    patch.setattr(conflict_routes, "Listing", Leaking)


@leak("histories")
def numbers_in_the_order_of_all(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, "select coalesce(sum(rev), 0) from fragment")
    honest = purchase_routes.queries.list_purchases

    async def leaking(*args: Any, **named: Any) -> Any:
        rows = await honest(*args, **named)
        return [msgspec.structs.replace(row, reference=f"{row.reference}/{answer()}") for row in rows]

    patch.setattr(purchase_routes.queries, "list_purchases", leaking)


@leak("profiles")
def note_that_quotes_a_hidden_value(patch: pytest.MonkeyPatch) -> None:
    honest = note_routes._notes

    async def leaking(connection: Any, principal: Any, lens: Any, customer_id: Any) -> Any:
        held = await all_of(connection, customer_id)
        said = await honest(connection, principal, lens, customer_id)
        quoted = f"lives at {held.get('address')}"
        return msgspec.structs.replace(
            said, data=[msgspec.structs.replace(note, text=quoted) for note in said.data]
        )

    patch.setattr(note_routes, "_notes", leaking)


@leak("feed", among=LASTING)
def edits_behind_a_mask(patch: pytest.MonkeyPatch) -> None:
    """The masked body says how often what it hides has changed."""
    honest = fragments.contents

    def leaking(values: Any, stamps: Any, groups: Any) -> Any:
        made = honest(values, stamps, groups)
        for wire in [wire for wire in made if wire.endswith(MASKED_SUFFIX)]:
            shown, _ = made[wire]
            of_these = [stamp for path, stamp in stamps.items() if path.partition("/")[0] in shown]
            made[wire] = shown, {"": {"rev": sum(_rev(stamp) for stamp in of_these)}}
        return made

    patch.setattr(publishing, "contents", leaking)


def _rev(stamp: Any) -> int:
    return int(stamp["rev"] if isinstance(stamp, Mapping) else stamp.rev)


@leak("reveals")
def value_instead_of_a_refusal(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, _HIDDEN_CITIES)
    patch.setattr(reveal_routes, "Refusal", lambda code, *_, **__: Refusal(code, answer()))


@leak("checks", among=LASTING)
def sums_over_groups_unseen(patch: pytest.MonkeyPatch) -> None:
    knowing(patch, "select sum(rev) from fragment")
    honest = checking.check

    async def leaking(*args: Any, **named: Any) -> Any:
        reply = await honest(*args, **named)
        return msgspec.structs.replace(reply, sums=reply.sums + answer().encode()) if reply.sums else reply

    patch.setattr(checking, "check", leaking)
