"""The tablet's store: cards, search, edits and what waits, over one SQLite file.

Every change is one transaction: what the server said, what was edited, and the lines that lists show. Calls
come one at a time, from any thread.
"""

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from schemas.hlc import Hlc, pack
from schemas.hlc import wall_ms_of as hlc_ms_of
from schemas.ids import record_id_of, uuid7
from schemas.messages import PressureRules, Template
from schemas.mutations import Envelope, Mutation, WriteNote, encode_args, op_of
from schemas.patch import PATCHES
from schemas.product import Product, Stock
from schemas.protocol import PROTOCOL as PROTOCOL_SPOKEN
from schemas.protocol import Caller, Entitlement, PullRequest
from schemas.record import Kind, Struct
from schemas.staff import Associate
from schemas.staff import Store as Shop
from schemas.visibility import Lens
from schemas.wording import Wording
from sync.clock import clamp, tick
from sync.reducer import paths_of, reduce
from sync.replica import lines, outbox, records
from sync.replica.database import forget_deleted, transaction
from sync.replica.draft import Card, fold, in_clear, lens_from, said_of
from sync.replica.driver import Connection
from sync.replica.meta import ClockState, Identity, Meta
from sync.replica.outbox import Problem, Queued
from sync.replica.records import Applied
from sync.replica.searching import Search
from sync.summary import Summary, decode, encode, read_values, summarize

T = TypeVar("T")

MOST_RECENT = 50  # customers remembered as recently seen


class NotSetUp(Exception):
    """The store does not know yet whose it is."""


class Status(Struct):
    """What the strip says. Instants are wall milliseconds of the tablet."""

    pending: int
    oldest_pending_at: int | None
    problems: int
    customers: int
    last_contact: int | None
    last_full_sync: int | None
    lease_until: int | None


class Change:
    """What one transaction does: the records it touches, and whether it takes anything away for good."""

    def __init__(self) -> None:
        self.touched: set[UUID] = set()
        self.purged = False
        self.whole: dict[UUID, list[bytes]] = {}  # all bodies of customers who are new here
        self.filed: set[bytes] = set()  # records that came with their lines

    def take(self, applied: Applied) -> None:
        """Note what rows of the server came to."""
        self.touched |= applied.touched
        self.whole |= applied.whole
        self.filed |= applied.filed


class Store:
    """One person's copy on one tablet."""

    def __init__(
        self,
        connection: Connection,
        *,
        app_version: str = "",
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.connection = connection
        self.meta = Meta(connection)
        self.protocol = PROTOCOL_SPOKEN  # lowered for a server that speaks no newer one
        self.patches = PATCHES  # read now; 0 after changes that did not fit, until a page came in whole
        self.asked: PullRequest | None = None  # last for a page, unless rows came in beside the feed since
        self.app_version = app_version
        self._entropy = entropy
        self._lens: tuple[Entitlement, Lens] | None = None
        self.customers = Search(connection)

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def set_up(self, *, device_id: UUID, author: str, shop: str | None) -> None:
        """Say whose store this is. Saying it again changes nothing; the shop may change."""
        held = self.meta.identity
        if held is not None and (held.device_id, held.author, held.shop) == (device_id, author, shop):
            return
        with self.change():
            if held is not None and (held.device_id, held.author) == (device_id, author):
                self.meta.identity = msgspec.structs.replace(held, shop=shop)
            else:
                self.meta.identity = Identity(
                    device_id=device_id, incarnation=UUID(bytes=self._entropy(16)), author=author, shop=shop
                )
                outbox.renumber(self.connection, first=1)

    @property
    def identity(self) -> Identity:
        """Whose store this is.

        Raises:
            NotSetUp: nobody's yet.
        """
        identity = self.meta.identity
        if identity is None:
            raise NotSetUp
        return identity

    @property
    def lens(self) -> Lens | None:
        """What this person may see and write; None before the first sync."""
        entitlement = self.meta.entitlement
        if entitlement is None:
            return None
        if self._lens is None or self._lens[0] is not entitlement:
            self._lens = (entitlement, lens_from(entitlement))
        return self._lens[1]

    def caller(self, wall_ms: int) -> Caller:
        """Return what the tablet says of itself with a request."""
        identity = self.identity
        return Caller(
            protocol=self.protocol,
            app_version=self.app_version,
            device_id=identity.device_id,
            incarnation=identity.incarnation,
            fence=identity.fence,
            sent_at=wall_ms,
            holds=entitlement.name if (entitlement := self.meta.entitlement) else b"",
        )

    # Reading

    def card(self, record_id: UUID) -> Card | None:
        """Return the record with this person's unanswered edits applied, or None if there is none here."""
        bodies = records.bodies(self.connection, record_id)
        if not bodies and self.survivor(record_id) is not None:
            return None  # she is on her survivor's card now, her unanswered edits too
        others = self._merged_with_edits(record_id) if bodies else []
        queued = outbox.queued_for_any(self.connection, (record_id, *others))
        lens = self.lens
        if lens is None or not (bodies or queued) or records.is_public(self.connection, record_id):
            return None
        card = fold(record_id, bodies, queued, identity=self.identity, lens=lens)
        return card if bodies or card.pending_paths else None

    def survivor(self, record_id: UUID) -> UUID | None:
        """Return the record that this one was merged into, at the end of a chain, or None."""
        survivor = records.last_survivor_of(self.connection, record_id)
        return survivor if survivor != record_id else None

    def _merged_with_edits(self, record_id: UUID) -> list[UUID]:
        """Return the records merged into this one that have edits awaiting an answer."""
        return [
            each
            for each in sorted(outbox.queued_records(self.connection))
            if each != record_id and self.survivor(each) == record_id
        ]

    def search(self, query: str, facets: Collection[str] = (), limit: int = 50) -> list[Summary]:
        """Return the customers that answer, best first (``SearchIndex.find`` says how), with their facets.

        Facets are all required: ``tier:gold``, ``store:lyon``, ``associate:<id>``, ``birthday:05`` (month),
        ``size:shoes=38``, ``like:<folded text>``.
        """
        found = (self.summary(record_id) for record_id in self.customers.find(query, facets, limit))
        return [summary for summary in found if summary]

    def summary(self, record_id: UUID) -> Summary | None:
        """Return a customer's line, or None if she is not here."""
        line = lines.line_of(self.connection, record_id.bytes)
        return decode(line) if line else None

    def note_seen(self, record_id: UUID, wall_ms: int) -> None:
        """Remember that a customer's card was looked at."""
        with transaction(self.connection):
            self.connection.execute(
                "insert into recent (record_id, at) values (?, ?)"
                " on conflict (record_id) do update set at = excluded.at",
                (record_id.bytes, wall_ms),
            )
            self.connection.execute(
                "delete from recent where record_id not in"
                " (select record_id from recent order by at desc, record_id limit ?)",
                (MOST_RECENT,),
            )

    def recent(self, limit: int = 20) -> list[Summary]:
        """Return the customers looked at last, latest first."""
        rows = self.connection.execute("select record_id from recent order by at desc, record_id").fetchall()
        found = (lines.line_of(self.connection, key) for (key,) in rows)
        return [decode(line) for line in islice(filter(None, found), limit)]

    def product(self, sku: str) -> Product | None:
        """Return an article of the catalogue."""
        return self._fact(record_id_of(Kind.PRODUCT, sku), Product)

    def products(self) -> list[Product]:
        """Return the whole catalogue, by SKU."""
        return sorted(self._facts(Kind.PRODUCT, Product), key=lambda product: product.sku)

    def stock(self) -> list[Stock]:
        """Return what this tablet's store has, as it was counted last."""
        return self._facts(Kind.STOCK, Stock)

    def associate(self, associate_id: UUID | str) -> Associate | None:
        """Return a colleague."""
        return self._fact(record_id_of(Kind.ASSOCIATE, str(associate_id)), Associate)

    def associates(self) -> list[Associate]:
        """Return the colleagues, by name."""
        return sorted(self._facts(Kind.ASSOCIATE, Associate), key=lambda associate: associate.display_name)

    def shop(self, code: str) -> Shop | None:
        """Return a store of the directory."""
        return self._fact(record_id_of(Kind.STORE, code), Shop)

    def shops(self) -> list[Shop]:
        """Return the stores of the directory, by code."""
        return sorted(self._facts(Kind.STORE, Shop), key=lambda shop: shop.code)

    def wordings(self) -> dict[str, Wording]:
        """Return the published wordings of consent, by key."""
        return {wording.key: wording for wording in self._facts(Kind.WORDING, Wording)}

    def templates(self) -> tuple[Template, ...]:
        """Return the texts to write from, by code."""
        return tuple(sorted(self._facts(Kind.TEMPLATE, Template), key=lambda each: each.key))

    def pressure(self) -> PressureRules | None:
        """Return how much may be written to a customer of the house, where that was said."""
        return next(iter(self._facts(Kind.PRESSURE, PressureRules)), None)

    # Editing

    def new_id(self, wall_ms: int) -> UUID:
        """Return an id for something made here and now: a customer, a note, a touchpoint."""
        return uuid7(self._corrected(wall_ms), self._entropy(10))

    @property
    def standing_in(self) -> str | None:
        """The store whose customers are here, as the server said last; before that the tablet's."""
        scopes = self.meta.entitlement.scopes if self.meta.entitlement else ()
        here = [scope.removeprefix("store:") for scope in scopes if scope.startswith("store:")]
        return here[0] if here else self.identity.shop

    def submit(self, record_id: UUID, mutation: Mutation, *, wall_ms: int) -> Envelope:
        """Keep an edit and show it. When this returns, a power cut cannot take it away.

        A note says in which store it was written: the tablet may stand in another when it is sent.

        Raises:
            FieldInvalid: a value does not fit its field; nothing is kept.
            NotAllowedHere: the operation does not fit the field; nothing is kept.
            NotSetUp: the store does not know whose it is.
        """
        identity = self.identity
        if isinstance(mutation, WriteNote) and mutation.store is None:
            mutation = msgspec.structs.replace(mutation, store=self.standing_in)
        record_id = self.survivor(record_id) or record_id
        card = self.card(record_id)
        stamps = card.stamps if card else {}
        seen = records.revisions(self.connection, record_id)
        paths = paths_of(mutation)
        now = self._corrected(wall_ms)
        clock = self.meta.clock
        heard = [clamp(Hlc(stamps[path].hlc), now) for path in paths if path in stamps]
        reading = tick(Hlc(max([clock.reading, *heard])), now)
        queued = Queued(
            envelope=Envelope(
                seq=outbox.next_seq(self.connection, answered=identity.answered),
                mutation_id=uuid7(hlc_ms_of(reading), self._entropy(10)),  # a clock set back makes none old
                record_id=record_id,
                op=op_of(mutation),
                args=encode_args(mutation),
                base={path: seen[path] for path in paths if path in seen},
                hlc=reading,
                policy_version=self.meta.entitlement.policy_version if self.meta.entitlement else 0,
                app_version=self.app_version,
            ),
            author=identity.author,
            at=wall_ms,
        )
        reduce(in_clear(card.values, card.levels) if card else {}, mutation, said_of(queued, identity))
        with self.change() as change:
            self.meta.clock = ClockState(reading=reading, offset_ms=clock.offset_ms)
            outbox.append(self.connection, queued)
            change.touched.add(record_id)
        return queued.envelope

    def pending(self) -> list[Queued]:
        """Return the edits that await an answer, oldest first."""
        return outbox.all_queued(self.connection)

    def problems(self) -> list[Problem]:
        """Return the edits that a person should look at, oldest first."""
        return outbox.problems(self.connection)

    def dismiss(self, mutation_id: UUID) -> bool:
        """Forget a problem that a person has seen; return whether there was one."""
        with transaction(self.connection):
            return outbox.dismiss(self.connection, mutation_id)

    def status(self) -> Status:
        """Return what waits and how fresh the copy is."""
        pending, oldest = outbox.waiting(self.connection)
        progress, entitlement = self.meta.progress, self.meta.entitlement
        return Status(
            pending=pending,
            oldest_pending_at=oldest,
            problems=outbox.count_problems(self.connection),
            customers=len(self.customers),
            last_contact=progress.last_contact,
            last_full_sync=progress.last_full_sync,
            lease_until=entitlement.lease_until if entitlement else None,
        )

    # Changing, for push and pull

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Open one transaction. Cards touched in it are drawn together again before it ends.

        What was deleted leaves no trace in the file or its log once this returns.
        """
        change = Change()
        try:
            with transaction(self.connection):
                yield change
                self.customers.keep(self._refold(change))
        except BaseException:
            self.meta.forget_kept()
            self.customers.forget_kept()
            raise
        if change.purged:
            forget_deleted(self.connection)

    def pack_search(self) -> None:
        """Pack the search index if much of it lies loose, so that the next start need not make it again."""
        if self.customers.is_worth_packing:
            with self.change():
                self.customers.pack_after()

    def hear_time(self, entitlement: Entitlement, wall_ms: int) -> None:
        """Learn from a reply what time it is, and how far the tablet's clock is off. Inside a change.

        No later reading is before this, wherever the tablet's clock goes.
        """
        reading = max(self.meta.clock.reading, pack(entitlement.now, 0))
        self.meta.clock = ClockState(reading=reading, offset_ms=entitlement.now - wall_ms)

    def server_time(self, wall_ms: int) -> int:
        """Return the server's time at a moment of the tablet's clock, by the difference last heard."""
        return self._corrected(wall_ms)

    def _corrected(self, wall_ms: int) -> int:
        return max(0, wall_ms + self.meta.clock.offset_ms)

    def _refold(self, change: Change) -> dict[UUID, Summary | None]:
        """Write the lines of customers anew; return them, None where there is none any more."""
        merged = records.merged(self.connection) & change.touched
        survivors = {survivor for each in merged if (survivor := self.survivor(each))} - change.touched
        touched = change.touched | survivors
        queued = outbox.queued_records(self.connection)
        edited = self._edited(queued) & touched
        lens = self.lens
        if change.filed:
            edited |= {each for each in self._edited(queued) if each.bytes in change.filed}
            touched = touched | edited
        drawn: dict[UUID, Summary | None] = dict.fromkeys(touched)
        if lens is not None:
            plain = touched - edited
            for record_id in change.whole.keys() & plain:
                values = read_values(change.whole[record_id])
                drawn[record_id] = summarize(record_id, values, lens.levels, pending=0)
            for record_id, values in records.customers_among(self.connection, plain - change.whole.keys()):
                drawn[record_id] = summarize(record_id, values, lens.levels, pending=0)
            for record_id in edited:
                if (card := self.card(record_id)) is not None:
                    pending = len(card.pending_paths)
                    drawn[record_id] = summarize(record_id, card.values, lens.levels, pending=pending)
        for each in survivors:
            if drawn[each] is None:  # not here yet: her own rows will tell
                del drawn[each]
        lines.put(
            self.connection, [(record_id.bytes, encode(line)) for record_id, line in drawn.items() if line]
        )
        for record_id in [record_id for record_id, line in drawn.items() if line is None]:
            if not lines.drop(self.connection, record_id.bytes):
                del drawn[record_id]  # she had none, or it is no customer
        gone = [(record_id.bytes,) for record_id, line in drawn.items() if line is None]
        self.connection.executemany(
            "insert or ignore into recent (record_id, at) select ?, at from recent where record_id = ?",
            [
                (survivor.bytes, record_id.bytes)
                for record_id, line in drawn.items()
                if line is None and record_id in merged and (survivor := self.survivor(record_id))
            ],
        )
        self.connection.executemany("delete from recent where record_id = ?", gone)
        return drawn

    def _edited(self, queued: set[UUID]) -> set[UUID]:
        """Return the records whose draft differs from what the server says, given those with edits."""
        return queued | {survivor for each in queued if (survivor := self.survivor(each))}

    def facts(self, kind: str, shape: type[T]) -> list[T]:
        """Return every public record of a kind."""
        return self._facts(kind, shape)

    def _fact(self, record_id: UUID, kind: type[T]) -> T | None:
        values: dict[str, Any] = {}
        for body in records.bodies(self.connection, record_id):
            values.update(body.values)
        return msgspec.convert(values, kind) if values else None

    def _facts(self, kind: str, shape: type[T]) -> list[T]:
        found = (self._fact(record_id, shape) for record_id in records.held(self.connection, kind))
        return [fact for fact in found if fact is not None]
