"""Customers on the bench: loaded and locked once, edited in memory, written once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import AdjustPoints, HoldPoints, Mutation, RedeemPoints
from schemas.record import Said, Stamp, Struct, Values
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.fragments import is_empty
from server.scope import brand_scope, own_scope, store_scope
from sync.reducer import reduce, value_at
from sync.state_machine import move_of


@dataclass(slots=True)
class Part:
    """What was said under one id of a merged person, as if it had never been merged.

    It is what unmerging gives back. Only sayings are kept here; what follows from ledgers is drawn anew.
    """

    customer_id: UUID
    values: Values = field(default_factory=dict)
    stamps: dict[str, Any] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)  # path -> its latest edit's place among all of hers
    changed: bool = False

    def put(self, values: Values, stamped: Iterable[str], said: Said, *, turn: int) -> None:
        """Take the values of an edit that was made under this id."""
        for name, value in values.items():
            if is_empty(value):
                self.values.pop(name, None)
            else:
                self.values[name] = value
        for path in stamped:
            held = self.stamps.get(path)
            previous = msgspec.convert(held, Stamp) if held is not None else None
            self.stamps[path] = msgspec.to_builtins(said.stamp(previous))
            self.turns[path] = turn
        self.changed = True


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
    parts: dict[UUID, Part] = field(default_factory=dict)  # of a merged person: by id, her own among them
    before: tuple[Values, dict[str, Any]] = field(init=False)  # values and stamps as they stood

    def __post_init__(self) -> None:
        self.before = dict(self.values), dict(self.stamps)

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

    def put_part(self, said_under: UUID, mutation: Mutation, said: Said) -> None:
        """Let the id under which an edit was made take it too, as if it had never been merged.

        A thing that was begun under another of her ids is moved there, where it goes when they part.
        """
        part = self.parts.get(said_under)
        if part is not None and (move := move_of(mutation)) is not None:
            holders = [each for each in self.parts.values() if value_at(each.values, move.path) is not None]
            part = next(iter(holders), None)
        if part is not None and isinstance(mutation, AdjustPoints | RedeemPoints | HoldPoints):
            moved = reduce(self.values, mutation, said)  # how many is the ledger's to say, who is kept here
            part.put({}, moved.stamped, said, turn=self.next_turn())
        elif part is not None:
            change = reduce(part.values, mutation, said)
            part.put(change.values, change.stamped, said, turn=self.next_turn())

    def next_turn(self) -> int:
        """Return the place of what happens next in the order of edits and merges of a merged person."""
        return 1 + max((turn for part in self.parts.values() for turn in part.turns.values()), default=0)

    def scopes(self) -> frozenset[str]:
        """Return the keys of the scopes she belongs to: also those in which her other ids were known."""
        keys = {brand_scope(self.brand)}
        for values in self.known_as():
            if store := values.get("home_store"):
                keys.add(store_scope(store))
            for name in ("associate_id", "second_associate_id"):
                if associate := values.get(name):
                    keys.add(own_scope(associate))
        return frozenset(keys)

    def known_as(self) -> list[Values]:
        """Return the values she is found by: her own, and those of the ids that were merged into hers."""
        others = [part.values for part in self.parts.values() if part.customer_id != self.customer_id]
        return [self.values, *others]


class Entry(Struct):
    """A mutation that passed and leaves more than values behind. Without a customer ``state`` is None."""

    state: CustomerState | None
    mutation: Mutation
    said: Said
    record_id: UUID | None = None  # whom it named
    sent_by: Principal | None = None


Ledger = Callable[[Connection, Sequence[Entry], int], Awaitable[None]]


class Capabilities(Struct):
    """What replication is lent by the capabilities above it.

    A ledger writes the lines of one kind of mutation (``now_ms`` is its third argument) and puts the values
    that follow from them into the states it is given. ``redraw`` does so from whole ledgers.
    """

    load_customers: Callable[[Connection, Sequence[UUID]], Awaitable[dict[UUID, CustomerState]]]
    save_customers: Callable[[Connection, Sequence[CustomerState]], Awaitable[None]]
    ledgers: Mapping[type[Any], Ledger]
    redraw: Callable[[Connection, Sequence[CustomerState], int], Awaitable[None]]
    # creations (mutation, arguments) that would bring an erased person back -> the fingerprints that say so
    recognised: Callable[[Connection, Sequence[tuple[UUID, bytes]]], Awaitable[dict[UUID, set[bytes]]]]
    forget_fingerprints: Callable[[Connection, Iterable[bytes]], Awaitable[None]]


_installed: list[Capabilities] = []


def install(capabilities: Capabilities) -> None:
    """Lend replication the capabilities of this server; the last word stands."""
    _installed[:] = [capabilities]


def installed() -> Capabilities:
    """Return what was lent, wiring the server's own registry at first use."""
    if not _installed:
        import_module("server.registry")
    return _installed[0]
