"""The rows of every table that a made customer fills, ready for COPY."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from schemas.customer import FIELDS
from schemas.identity import tokens
from schemas.record import Kind
from schemas.states import PROMISED
from schemas.visibility import FieldGroup
from server.customers.edits import NAME_FIELDS, contact_forms_of
from server.demo.brand import BRAND_CODE
from server.demo.fold import Account
from server.promises.ledger import line_of
from server.replication.feed import KIND_NUMBERS
from server.replication.fragments import bodies, is_empty
from server.replication.workspace import CustomerState

__all__ = ["COLUMNS", "Rows", "add_account"]

Rows = dict[str, list[tuple[Any, ...]]]  # table -> rows in the order of COLUMNS

_DOCUMENTS: Final = frozenset(
    {
        "address", "other_contacts", "other_addresses", "important_dates", "family", "origin", "sizes",
        "computed_sizes", "likes", "dislikes", "social_handles", "notes", "consents", "loyalty", "purchases",
        "touchpoints", "owned", "wish_list", "advice", "spend", "tags", "occasions", "tasks", "appointments",
        "cases",
    }
)  # fmt: skip

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "customer": ("id", *FIELDS, "stamps", "brand"),
    "fragment": ("record_id", "grp", "body"),
    "member": ("scope", "record_id", "kind", "state"),
    "promise": ("id", "field", "customer_id", "state", "ended", "day", "owner"),
    "customer_search": ("customer_id", "tokens"),
    "contact_point": ("kind", "normalised", "customer_id"),
    "purchase": (
        "id", "customer_id", "source", "reference", "kind", "channel", "store", "author", "at_ms", "total",
        "currency", "mutation_id",
    ),
    "purchase_line": (
        "purchase_id", "position", "sku", "title", "quantity", "amount", "unit_price", "size",
        "size_category",
        "colour", "family",
    ),
    "touchpoint": (
        "id", "customer_id", "kind", "channel", "at_ms", "summary", "store", "author", "sku", "mutation_id",
    ),
    "consent_event": (
        "id", "customer_id", "brand", "channel", "purpose", "state", "at_ms", "knows", "wording",
        "wording_hash", "language", "how", "author", "store", "device_id", "mutation_id",
    ),
    "field_past": ("record_id", "field", "value", "stamp", "lost_to"),
    "loyalty_entry": ("id", "customer_id", "at_ms", "points", "reason", "reference", "author", "mutation_id"),
}  # fmt: skip

_encode: Final = msgspec.json.Encoder().encode


def add_account(
    rows: Rows, account: Account, *, scope_ids: Mapping[str, int], groups: Sequence[FieldGroup]
) -> None:
    """Append what the tables hold of one customer.

    Args:
        scope_ids: number of each scope key that she may be a member of.
        groups: the partition of the policy in force.
    """
    identifier, values = account.customer_id, account.values
    stamps = account.stamps
    rows["customer"].append(
        (
            identifier,
            *(_column(field, values.get(field)) for field in FIELDS),
            _encode(stamps).decode(),
            BRAND_CODE,
        )
    )
    for group, body in bodies(values, stamps, groups).items():
        rows["fragment"].append((identifier, group, body.decode()))
    state = CustomerState(customer_id=identifier, brand=BRAND_CODE, values=values)
    for key in sorted(state.scopes()):
        rows["member"].append((scope_ids[key], identifier, KIND_NUMBERS[Kind.CUSTOMER], 1))
    rows["customer_search"].append((identifier, list(tokens(*(values.get(name) for name in NAME_FIELDS)))))
    for kind, form in sorted(contact_forms_of(values)):
        rows["contact_point"].append((kind, form, identifier))
    _add_ledgers(rows, account)


def _add_ledgers(rows: Rows, account: Account) -> None:
    identifier = account.customer_id
    for said, purchase in account.purchases:
        rows["purchase"].append(
            (
                purchase.purchase_id, identifier, purchase.source, purchase.reference, purchase.kind.value,
                purchase.channel.value, purchase.store, purchase.author, purchase.at, purchase.total,
                purchase.currency, said.mid,
            )
        )  # fmt: skip
        for position, line in enumerate(purchase.lines):
            rows["purchase_line"].append(
                (
                    purchase.purchase_id, position, line.sku, line.title, line.quantity, line.amount,
                    line.unit_price, line.size, line.size_category, line.colour, line.family,
                )
            )  # fmt: skip
    for said, touchpoint in account.touchpoints:
        rows["touchpoint"].append(
            (
                touchpoint.touchpoint_id, identifier, touchpoint.kind.value, touchpoint.channel.value,
                touchpoint.at, touchpoint.summary, touchpoint.store, touchpoint.author,
                touchpoint.sku, said.mid,
            )
        )  # fmt: skip
    for said, event in account.consents:
        rows["consent_event"].append(
            (
                event.event_id, identifier, event.brand, event.channel.value, event.purpose.value,
                event.state.value, event.at, list(event.knows), event.wording, event.wording_hash,
                event.language, event.how, event.author, event.store, event.device, said.mid,
            )
        )  # fmt: skip
    for said, entry in account.points:
        rows["loyalty_entry"].append(
            (
                entry.entry_id, identifier, entry.at, entry.points, entry.reason, entry.reference,
                said.author,
                said.mid,
            )
        )  # fmt: skip

    for field, machine in PROMISED.items():
        for key, thing in (account.values.get(field) or {}).items():
            rows["promise"].append(line_of(machine, key, identifier, thing))
    for said, path, value, stamp in account.past:
        rows["field_past"].append(
            (identifier, path, _encode(value).decode(), _encode(stamp).decode(), said.mid)
        )


def _column(field: str, value: Any) -> Any:
    if field not in _DOCUMENTS:
        return value
    return None if is_empty(value) else _encode(value).decode()
