"""A tablet without a screen: the real store and the real order of a sync, over any way to send bytes."""

import json
import os
import re
import time
from collections.abc import Callable
from uuid import UUID

from loadtests.ledger import Ledger
from schemas.engagement import NoteLevel
from schemas.mutations import Mutation, WriteNote
from schemas.protocol import Entitlement, LookReply, encode, in_full
from schemas.visibility import Level
from sync.replica.database import open_store
from sync.replica.engine import LOOK, Tally, decoded, sync_round
from sync.replica.pull import apply_look, look
from sync.replica.store import Store

Send = Callable[[str, bytes], bytes]  # path and body -> body of the reply; raises when there is none

APP_VERSION = "load-test"
# Values in clear, as they stand in the JSON of a reply: what a role that sees them masked must never be sent.
_CLEAR = {
    "phone": re.compile(rb'"phone":"\+?\d'),
    "email": re.compile(rb'"email":"[^"@]*[^"@\xe2\x80\xa2]@'),
}


class PromiseBroken(Exception):
    """The product lost an edit it had called saved, or sent what it must not."""


def wall_ms() -> int:
    """Return the tablet's clock."""
    return int(time.time() * 1000)


class SimulatedTablet:
    """One person on one tablet, with a store in memory and a ledger of its own."""

    def __init__(self, send: Send, *, device_id: UUID, author: str, shop: str, ledger: Ledger) -> None:
        self._send = send
        self._facts = (device_id, author, shop)
        self.ledger = ledger
        self.store = self._empty_store()

    def begin_anew(self) -> None:
        """Throw the store away, as on a tablet opened for the first time. Nothing may wait in it."""
        self.store.close()
        self.store = self._empty_store()

    def sync(self) -> Tally:
        """Do one whole round: push until nothing waits, pull until there is no more.

        Raises:
            PromiseBroken: a reply held what this role must not be sent.
        """
        tally = Tally()
        steps = sync_round(self.store, tally, wall_ms=wall_ms, entropy=os.urandom)
        try:
            asked = next(steps)
            while True:
                content = self._send(asked.path, asked.body)
                reply = decoded(content, asked.reply)
                self._require_masked(content, reply.entitlement)
                asked = steps.send(reply)
        except StopIteration:
            return tally
        finally:
            steps.close()

    def look(self, query: str, *, pin: tuple[UUID, ...] = ()) -> LookReply:
        """Search beyond the tablet and hold the customers to pin."""
        asked = look(self.store, query=query, wall_ms=wall_ms(), record_ids=pin)
        token = self.store.meta.progress.token
        content = self._send(LOOK, encode(asked))
        reply: LookReply = decoded(content, LookReply)
        self._require_masked(content, reply.entitlement)
        apply_look(self.store, reply, asked_with=token, wall_ms=wall_ms())
        return reply

    def edit(self, record_id: UUID, mutation: Mutation) -> None:
        """Make an edit as the screen would."""
        self.store.submit(record_id, mutation, wall_ms=wall_ms())

    def write_note(self, record_id: UUID, text: str) -> UUID:
        """Write a note for the whole brand, witnessed by the ledger."""
        note_id = self.store.new_id(wall_ms())
        self.ledger.intend(note_id, record_id)
        self.edit(record_id, WriteNote(note_id=note_id, text=text, level=NoteLevel.BRAND))
        self.ledger.save(note_id)
        return note_id

    def lost_notes(self) -> set[UUID]:
        """Return the notes called saved that are neither on the card, nor waiting, nor shown as refused."""
        kept = {queued.envelope.args for queued in self.store.pending()}
        kept |= {problem.args for problem in self.store.problems()}
        told = {json.loads(args).get("note_id") for args in kept}
        return {
            note_id
            for note_id, record_id in self.ledger.saved.items()
            if str(note_id) not in told and not self._shows(record_id, note_id)
        }

    def _shows(self, record_id: UUID, note_id: UUID) -> bool:
        card = self.store.card(self.store.survivor(record_id) or record_id)
        return card is not None and any(note["note_id"] == str(note_id) for note in card.values["notes"])

    def _require_masked(self, content: bytes, said: Entitlement) -> None:
        entitlement = in_full(said, self.store.meta.entitlement)
        levels = {} if entitlement is None else entitlement.levels
        for field, pattern in _CLEAR.items():
            if levels.get(field, Level.HIDDEN) < Level.READ and pattern.search(content):
                raise PromiseBroken(f"a reply held {field} in clear")

    def _empty_store(self) -> Store:
        device_id, author, shop = self._facts
        store = Store(open_store(":memory:"), app_version=APP_VERSION)
        store.set_up(device_id=device_id, author=author, shop=shop)
        return store
