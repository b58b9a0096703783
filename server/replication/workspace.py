"""Customers on the bench: loaded and locked once, edited in memory, written once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import Mutation
from schemas.record import Said, Stamp, Struct, Values
from server.database.pool import Connection
from server.replication.fragments import is_empty
from server.scope import brand_scope, own_scope, store_scope


@dataclass(slots=True)
class CustomerState:
    """One customer while a batch of edits is judged: her values and stamps as they will be."""

    customer_id: UUID
    brand: str
    values: Values = field(default_factory=dict)  # empty values are absent
    stamps: dict[str, Any] = field(default_factory=dict)  # path -> JSON-shaped Stamp
    alias_of: UUID | None = None
    is_new: bool = False
    changed: set[str] = field(default_factory=set)
    scopes_before: frozenset[str] = frozenset()

    def stamp_of(self, path: str) -> Stamp | None:
        """Return where the value at a path came from, if anything was ever said."""
        held = self.stamps.get(path)
        return msgspec.convert(held, Stamp) if held is not None else None

    def put(self, values: Values, stamped: Iterable[str], said: Said) -> None:
        """Take the values of an edit, stamped by whoever said it."""
        self.derive(values)
        for path in stamped:
            self.stamps[path] = msgspec.to_builtins(said.stamp(self.stamp_of(path)))
            self.changed.add(path.partition("/")[0])

    def derive(self, values: Values) -> None:
        """Take values that nobody said: what the server works out from a ledger."""
        for name, value in values.items():
            if is_empty(value):
                if self.values.pop(name, None) is not None:
                    self.changed.add(name)
            elif self.values.get(name) != value:
                self.values[name] = value
                self.changed.add(name)

    def scopes(self) -> frozenset[str]:
        """Return the keys of the scopes she belongs to."""
        keys = {brand_scope(self.brand)}
        if store := self.values.get("home_store"):
            keys.add(store_scope(store))
        for name in ("associate_id", "second_associate_id"):
            if associate := self.values.get(name):
                keys.add(own_scope(associate))
        return frozenset(keys)


class Entry(Struct):
    """A mutation that passed and leaves more than values behind. Without a customer ``state`` is None."""

    state: CustomerState | None
    mutation: Mutation
    said: Said


Ledger = Callable[[Connection, Sequence[Entry], int], Awaitable[None]]


class Capabilities(Struct):
    """What replication is lent by the capabilities above it.

    A ledger writes the lines of one kind of mutation (``now_ms`` is its third argument) and puts the values
    that follow from them into the states it is given.
    """

    load_customers: Callable[[Connection, Sequence[UUID]], Awaitable[dict[UUID, CustomerState]]]
    save_customers: Callable[[Connection, Sequence[CustomerState]], Awaitable[None]]
    ledgers: Mapping[type[Any], Ledger]


_installed: list[Capabilities] = []


def install(capabilities: Capabilities) -> None:
    """Lend replication the capabilities of this server; the last word stands."""
    _installed[:] = [capabilities]


def installed() -> Capabilities:
    """Return what was lent, wiring the server's own registry at first use."""
    if not _installed:
        import_module("server.registry")
    return _installed[0]
