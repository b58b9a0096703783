"""All that may be asked of this tablet, in the one thread that owns its database and its line."""

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from mobile_app import waiting
from mobile_app.account import Device
from mobile_app.faces import Person
from mobile_app.facts import Revoked
from mobile_app.pictures import Pictures
from mobile_app.reading import Reading
from mobile_app.revealing import Shown
from mobile_app.screens.agenda import Agenda
from mobile_app.screens.card.past import PastValue
from mobile_app.screens.directory import Directory
from mobile_app.screens.outbox.model import Edit
from mobile_app.screens.shelf import Shelf
from mobile_app.screens.sign_in.model import Face
from mobile_app.screens.team.work import Work
from mobile_app.sealed_files import replace_file
from mobile_app.session import DeviceRevoked, NobodySignedIn
from mobile_app.store_keeping import StoreKeeping
from schemas.messages import PressureRules, Template
from schemas.mutations import ResolveConflict, decode_mutation
from schemas.protocol import LookHit
from schemas.wording import Wording
from sync.replica.draft import Card
from sync.replica.driver import StoreFull, StoreNotWritable
from sync.replica.note_search import NoteHit
from sync.replica.rescue import write_rescue
from sync.replica.transport import ServerUnreachable
from sync.summary import Summary


class NothingToSealWith(Exception):
    """The server's key for rescue files is not known here yet: it comes with the first contact."""


class Tablet(StoreKeeping):
    """The people, and what the signed-in person may ask and say."""

    # People

    def faces(self) -> tuple[Face, ...]:
        """Return everybody who signed in here, the most recent first."""
        return tuple(
            Face(
                associate_id=person.associate_id,
                code=person.code,
                name=person.name,
                role=person.role,
                takes_pin=self.session.takes_pin(person.associate_id),
            )
            for person in self.session.people()
        )

    async def enrol(self, server: str, code: str, name: str) -> Device:
        """Give this tablet its identity; the address of the server is kept with it."""
        self._client.base_url = httpx.URL(server)
        device = await self.session.enrol(code, name)
        self.server = server
        replace_file(self._folder / "server", server.encode())
        return device

    async def sign_in(self, code: str, password: str) -> Person:
        """Sign a person in with code and password and open his store."""
        await self._leave()
        person = await self.session.sign_in(code, password)
        self._enter(person)
        return person

    async def choose_pin(self, pin: str) -> None:
        """Let this PIN open the tablet for the person signed in."""
        self.session.choose_pin(pin)

    async def unlock(self, associate_id: UUID, pin: str) -> Person:
        """Open the tablet for a person by PIN and open his store; needs no network while his lease runs.

        Raises:
            WrongPin, FullSignInNeeded: as ``Session.unlock``.
            LeaseEnded: the server was not met for too long and cannot be met now; the tablet stays locked.
        """
        await self._leave()
        person = self.session.unlock(associate_id, pin)
        if self.session.lease_ended:
            await self._meet_the_server()
        self._enter(person)
        return person

    async def ask_if_trusted(self) -> None:
        """Ask, while nobody is signed in, whether this tablet is out of service; then it wipes itself."""
        try:
            await self.session.ask_if_trusted()
        except ServerUnreachable:
            pass  # asked again later; what is here stays shut
        except DeviceRevoked:
            self._hear(Revoked())

    async def lock(self) -> None:
        """Close the person's store and forget his keys."""
        await self._leave()
        self.session.lock()

    async def sign_out(self) -> None:
        """End the person's sign-in; what he has not sent stays here, sealed until he returns."""
        await self._leave()
        await self.session.sign_out()

    # Customers

    def search(self, query: str, facets: Collection[str] = (), limit: int = 200) -> list[Summary]:
        """Return the customers on this tablet that answer, best first."""
        with self._noticing_damage():
            return self._reader().search(query, facets, limit)

    async def search_notes(self, query: str, limit: int = 50) -> list[NoteHit]:
        """Return whose notes on this tablet answer; the first time takes a while."""
        reader = self._reader()
        with self._noticing_damage():
            while reader.notes.read_some():
                await asyncio.sleep(0)
                if self._reading is not reader:
                    raise NobodySignedIn
            return reader.notes.find(query, limit)

    def agenda(self, *, whole: bool = False, week: date | None = None) -> Agenda:
        """Return what is ahead today, for the person or for everybody whose customers are here."""
        with self._noticing_damage():
            return self._reader().agenda(whole=whole, week=week)

    def team(self) -> Work:
        """Return the store's work, as far as the person may know it, and who is away."""
        with self._noticing_damage():
            return self._reader().team()

    async def look_beyond(self, query: str) -> tuple[LookHit, ...]:
        """Search among all customers of the house, by the network."""
        if self._engine is None:
            raise NobodySignedIn
        return (await self._engine.look(query)).hits

    async def pin(self, record_id: UUID) -> None:
        """Fetch a customer from beyond the tablet; she is here when this returns."""
        if self._engine is None:
            raise NobodySignedIn
        await self._engine.look("", pin=(record_id,))

    def twins(self, texts: Mapping[str, str], limit: int = 3) -> list[Summary]:
        """Return who of the customers here a person being written down could be, likeliest first."""
        with self._noticing_damage():
            return self._reader().twins(texts, limit)

    async def picture(self, sku: str) -> Path | None:
        """Return the file of a product's picture on this tablet, fetched if need be."""
        if self._pictures is None:
            folder = self.session.database_path().parent / "pictures"
            self._pictures = Pictures(folder, self._client, bearer=self._bearer)
        return await self._pictures.file_of(sku)

    async def reveal(self, record_id: UUID, field: str, reason: str, pin: str) -> Shown:
        """Return a masked value in clear, by the line or from what was taken along sealed.

        Raises:
            WrongPin, FullSignInNeeded, AccountRefused, NotTakenAlong: as ``Revealing.reveal``.
        """
        if self._revealing is None:
            raise NobodySignedIn
        store = self._opened()
        return await self._revealing.reveal(store.survivor(record_id) or record_id, field, reason, pin)

    async def past(self, record_id: UUID, field: str) -> tuple[PastValue, ...]:
        """Return what a field of a customer held before; needs the network."""
        return await self.online.past(record_id, field)

    def count(self) -> int:
        """Return how many customers this tablet holds for the person."""
        return self._opened().status().customers

    def recent(self, limit: int = 20) -> list[Summary]:
        """Return the customers looked at last."""
        return self._opened().recent(limit)

    def card(self, record_id: UUID) -> Card | None:
        """Return a customer with this person's unanswered edits applied; she counts as seen."""
        store = self._opened()
        with self._noticing_damage():
            record_id = store.survivor(record_id) or record_id
            card = store.card(record_id)
        if card is not None:
            with contextlib.suppress(StoreFull, StoreNotWritable):  # a card can be read on a full tablet
                store.note_seen(record_id, self._wall_ms())
        return card

    def directory(self) -> Directory:
        """Return the names of colleagues and stores, and who reads them."""
        return self._reader().directory()

    def shelf(self) -> Shelf:
        """Return the catalogue and what the store has of it."""
        return self._reader().shelf()

    def wordings(self) -> dict[str, Wording]:
        """Return the published wordings of consent, by key."""
        return self._opened().wordings()

    def templates(self) -> tuple[Template, ...]:
        """Return every text to write from."""
        return self._opened().templates()

    def pressure(self) -> PressureRules | None:
        """Return how much may be written to a customer."""
        return self._opened().pressure()

    def now_ms(self) -> int:
        """Return the tablet's wall clock."""
        return self._wall_ms()

    def may_create(self) -> bool:
        """Whether the person may write down a new customer."""
        return self.may_give("family_name")

    def links_of(self) -> str:
        """Return the brand in whose name the person may write a link to a new customer; empty for none."""
        return self.directory().brand if self.may_create() and self.may_give("messages") else ""

    def may_give(self, field: str) -> bool:
        """Whether the person may write down this field of a new customer."""
        lens = self._opened().lens
        return lens is not None and lens.may_give(field)

    def new_id(self) -> UUID:
        """Return an id for something made here: a note, a customer."""
        return self._opened().new_id(self._wall_ms())

    # What waits

    def outbox(self) -> tuple[Edit, ...]:
        """Return every edit that waits, and every one the server did not take."""
        return waiting.edits(self._opened())

    def discard(self, mutation_id: UUID) -> None:
        """Give up an edit the server did not take."""
        self._opened().dismiss(mutation_id)
        self._tell_line()

    def resend(self, mutation_id: UUID) -> None:
        """Make an edit the server did not take once more, on what is known now."""
        store = self._opened()
        problem = next((one for one in store.problems() if one.mutation_id == mutation_id), None)
        if problem is None:
            return
        self.submit(problem.record_id, decode_mutation(problem.op, problem.args))
        store.dismiss(mutation_id)  # after: a crash in between shows it twice rather than never
        self._tell_line()

    def resolve(self, record_id: UUID, conflict_id: UUID, *, keep: str, field: str, value: Any) -> UUID:
        """Decide between two words on a value; the decision is queued like any edit."""
        said = ResolveConflict(conflict_id=conflict_id, keep=keep, field=field, value=value)
        return self.submit(record_id, said)

    def save_unsent(self) -> Path | None:
        """Seal what is not sent into a file that only the server opens, and return it; None if all is sent.

        Raises:
            NothingToSealWith: this tablet has not been given the server's key yet.
        """
        device, key = self.session.device, self.session.rescue_key()
        if device is None or not key:
            raise NothingToSealWith
        file = write_rescue(
            self._opened(), server_key=key, device_secret=device.device_secret, wall_ms=self._wall_ms()
        )
        if not file:
            return None
        folder = self._folder / "saved"
        folder.mkdir(exist_ok=True)
        path = folder / time.strftime("comptoir-%Y%m%d-%H%M%S.rescue", time.localtime(self._wall()))
        replace_file(path, file)
        return path

    def _reader(self) -> Reading:
        if self._reading is None:
            raise NobodySignedIn
        return self._reading
