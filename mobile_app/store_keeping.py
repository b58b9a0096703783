"""The store of whoever is at the tablet: opened, kept in step and whole, shut behind him."""

import asyncio
import contextlib
import logging
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import httpx

from mobile_app import unsent, waiting
from mobile_app.account import Account
from mobile_app.faces import Person
from mobile_app.facts import Fact, LeaseOver, RecordsChanged, Revoked
from mobile_app.keystore import Keystore
from mobile_app.lease import LeaseEnded
from mobile_app.line import CuttableLine
from mobile_app.online import Online
from mobile_app.pictures import Pictures
from mobile_app.reading import Reading
from mobile_app.revealing import Revealing
from mobile_app.sealed_files import read_file
from mobile_app.session import DeviceRevoked, NobodySignedIn, Session, SignInExpired
from mobile_app.strip import LineStatus
from mobile_app.vault import FullSignInNeeded, Stretch
from mobile_app.version import APP_VERSION
from schemas.mutations import DeclareAbsence, Mutation
from schemas.problem import ErrorCode
from sync.replica.database import look_for_damage, tables
from sync.replica.driver import ERRORS, StoreDamaged, StoreFull, StoreNotWritable, failure_of
from sync.replica.engine import Engine, Line, Report
from sync.replica.poke import PokeListener, stop
from sync.replica.rescue import write_rescue
from sync.replica.salvage import Recovery, forget_damaged, open_or_recover, set_aside
from sync.replica.store import Store
from sync.replica.transport import HttpTransport, RequestRejected, ServerUnreachable

logger = logging.getLogger(__name__)

PACK_SEARCH_AFTER_S = 3.0  # after a start
LISTEN_AFTER_S = 1.5
LOOK_AFTER_S = 6.0  # for damage in what can be fetched again; edits are looked at before anything is shown
LOOK_S = 0.1  # at a stretch: meanwhile nobody can ask for a card
SEAL_AFTER_S = 5.0  # after an edit or an answer; a revoked tablet seals at once


class StoreKeeping:
    """One person's store at a time, with all that runs beside it: sync, pokes, sealing, repair."""

    def __init__(
        self,
        folder: Path,
        *,
        hear: Callable[[Fact], None],
        server: str | None = None,
        line: httpx.AsyncBaseTransport | None = None,
        keystore: Keystore | None = None,
        stretch: Stretch | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Prepare the folder; opens no connection.

        Args:
            hear: told what changes without being asked, in this thread.
            server: the server's address; without it the one given at enrolment.
            line: what carries requests, in place of the network.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._hear = hear
        self._wall = wall
        self._line = CuttableLine(line)
        kept = read_file(folder / "server")
        self.server = server or (kept.decode() if kept else "")
        self._client = httpx.AsyncClient(transport=self._line, base_url=self.server)
        self.session = Session(
            folder,
            Account(self._client),
            keystore=keystore,
            stretch=stretch,
            wall=wall,
            before_wipe=self._keep_unsent,
        )
        self._store: Store | None = None
        self._engine: Engine | None = None
        self._reading: Reading | None = None
        self._pictures: Pictures | None = None
        self._revealing: Revealing | None = None
        self._online, self._expired, self._no_room = True, False, False
        self._rejected = ""
        self._recovery: Recovery | None = None
        self._sealing: asyncio.TimerHandle | None = None
        self._shutting: asyncio.Task[None] | None = None
        self._delivering: asyncio.Task[None] | None = None
        self._recovering: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._listens = line is None  # pokes come over the network only
        self._listening: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None

    def submit(self, record_id: UUID, mutation: Mutation) -> UUID:
        """Keep an edit durably, then queue it; return its id.

        Raises:
            FieldInvalid, NotAllowedHere: it cannot be meant like this; nothing is kept.
            StoreFull, StoreNotWritable: the tablet cannot keep it; the strip says so.
        """
        store = self._opened()
        try:
            with self._noticing_damage():
                envelope = store.submit(record_id, mutation, wall_ms=self._wall_ms())
        except (StoreFull, StoreNotWritable):
            self._no_room = True
            self._hear(
                RecordsChanged(record_ids=frozenset({record_id}))
            )  # show what stands, not what was tried
            self._tell_line()
            raise
        self._no_room = False
        if self._reading is not None:
            self._reading.notes.changed({record_id})
            if isinstance(mutation, DeclareAbsence):
                self._reading.forget_kept()
        self._keep_unsent_soon()
        self._hear(RecordsChanged(record_ids=frozenset({record_id})))
        self._tell_line()
        if self._engine is not None:
            self._engine.wake()
        return envelope.mutation_id

    def line(self) -> LineStatus:
        """Return the facts of sync as they stand."""
        if self._store is None:
            return LineStatus(cut=self._line.cut, online=self._online)
        status = self._store.status()
        return LineStatus(
            online=self._online,
            cut=self._line.cut,
            waiting=status.pending,
            oldest_ms=status.oldest_pending_at,
            in_step_ms=status.last_full_sync,
            for_a_person=status.problems - (waiting.decided(self._store) if status.problems else 0),
            sign_in_expired=self._expired,
            rejected=self._rejected,
            no_room=self._no_room,
            saved_edits=self._recovery.edits if self._recovery else None,
            edits_lost=self._recovery is not None and not self._recovery.whole,
        )

    @property
    def online(self) -> Online:
        """What is asked of the server beyond sync."""
        self._person()
        return Online(self._client, bearer=self._bearer)

    async def sync_now(self) -> Report | None:
        """Do one round at once; None when nobody is signed in."""
        return await self._engine.once() if self._engine is not None else None

    def cut_line(self, cut: bool) -> None:
        """Behave as without network, or mend that; the switch of the demo."""
        self._line.cut = cut
        self._online = self._online and not cut
        self._tell_line()
        if self._engine is not None:
            self._engine.wake()

    async def close(self) -> None:
        """Leave everything as a start finds it."""
        await self._leave()
        await self._client.aclose()

    def _enter(self, person: Person) -> None:
        device = self.session.device
        if device is None:
            raise NobodySignedIn
        connection, recovery = open_or_recover(
            self.session.database_path(), self.session.data_key(), check_s=0.0
        )
        self._recovery, self._no_room = recovery, False
        if recovery is not None:
            logger.warning("store.recovered edits=%s whole=%s", recovery.edits, recovery.whole)
        self._store = Store(connection, app_version=APP_VERSION)
        self._store.set_up(device_id=device.device_id, author=str(person.associate_id), shop=device.store)
        self._reading = Reading(
            self._store, me=str(person.associate_id), here=device.store or "", wall_ms=self._wall_ms
        )
        self._revealing = Revealing(
            self.session, self._store, lambda: self.online, submit=self.submit, wall_ms=self._wall_ms
        )
        self._expired = False
        self._engine = Engine(
            self._store,
            HttpTransport(self._client, bearer=self._bearer),
            wall_ms=self._wall_ms,
            chance=random.random,
            entropy=os.urandom,
            report=self._take_report,
        )
        self._tell_line()
        self._syncing = asyncio.get_running_loop().create_task(self._engine.run())
        self._syncing.add_done_callback(self._sync_ended)
        asyncio.get_running_loop().call_later(PACK_SEARCH_AFTER_S, self._pack_search, self._store)
        self._looking = asyncio.get_running_loop().create_task(self._look_for_damage(self._store))
        self._looking.add_done_callback(_log_end)
        if self._listens:
            listener = PokeListener(
                self.server,
                bearer=self._bearer,
                hint=self._engine.hint,
                chance=random.random,
                may_connect=lambda: not self._line.cut,
            )
            self._listening = asyncio.get_running_loop().create_task(_listen_later(listener))
            self._listening.add_done_callback(_log_end)

    def _pack_search(self, store: Store) -> None:
        """Pack a search index that lies loose, once the first screens are drawn: for the next start."""
        if self._store is store:
            with contextlib.suppress(StoreFull, StoreNotWritable), self._noticing_damage():
                store.pack_search()

    async def _look_for_damage(self, store: Store, after_s: float = LOOK_AFTER_S) -> None:
        """Look through the open store once the first screens are drawn, a table at a time."""
        await asyncio.sleep(after_s)
        for table in tables(store.connection):
            if self._store is not store:
                return
            try:
                with self._noticing_damage():
                    look_for_damage(store.connection, table, LOOK_S)
            except StoreDamaged:
                return
            await asyncio.sleep(LOOK_S)

    async def _meet_the_server(self) -> None:
        """Renew a lease that has ended, or lock the tablet again."""
        try:
            await self.session.access_token()
        except (ServerUnreachable, SignInExpired) as failure:
            self.session.lock()
            raise (LeaseEnded if isinstance(failure, ServerUnreachable) else FullSignInNeeded) from failure
        if self.session.lease_ended:
            self.session.lock()
            raise LeaseEnded

    async def _shut(self) -> None:
        """Close the store of a person whose lease has ended under his hands."""
        await self._leave()
        self.session.lock()
        self._hear(LeaseOver())

    def _keep_unsent(self) -> None:
        """Seal for the server what the open store has not sent: whatever becomes of the store, it can be."""
        self._sealing = None
        device = self.session.device
        if self._store is None or device is None or not (key := self.session.rescue_key()):
            return
        with self._noticing_damage():
            file = write_rescue(
                self._store, server_key=key, device_secret=device.device_secret, wall_ms=self._wall_ms()
            )
        unsent.keep(self.session.database_path().parent, file)

    def _keep_unsent_soon(self) -> None:
        if self._sealing is None:
            self._sealing = asyncio.get_running_loop().call_later(SEAL_AFTER_S, self._keep_unsent)

    async def _leave(self) -> None:
        if self._sealing is not None:
            self._sealing.cancel()
        if self._store is not None:
            with contextlib.suppress(*ERRORS, StoreDamaged, OSError):
                self._keep_unsent()
        await stop(self._listening)
        self._listening = None
        if self._looking is not None:  # it holds nothing between two looks
            self._looking.cancel()
            self._looking = None
        if self._revealing is not None:
            self._revealing.stop()
            self._revealing = None
        syncing = self._syncing  # another who leaves at the same time forgets it meanwhile
        # Woken and cancelled at one moment, ``wait_for`` of Python 3.11 forgets that it was cancelled.
        while syncing is not None and not syncing.done():
            syncing.cancel()
            await asyncio.wait({syncing}, timeout=0.2)
        self._syncing = self._engine = self._reading = self._pictures = None
        if self._store is not None:
            self._store.close()
            self._store = None

    @contextlib.contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        """Repair the store when something of it turns out unreadable while it is in use."""
        try:
            yield
        except StoreDamaged:
            self._repair()
            raise
        except ERRORS as error:
            if isinstance(failure_of(error), StoreDamaged):
                self._repair()
            raise

    def _repair(self) -> None:
        if self._recovering is None or self._recovering.done():
            self._recovering = asyncio.get_running_loop().create_task(self._recover())

    async def _recover(self) -> None:
        """Close the damaged store and open what can be saved of it, for the same person."""
        person = self.session.person
        if person is None:
            return
        await self._leave()
        set_aside(self.session.database_path())
        self._enter(person)
        self._hear(RecordsChanged(record_ids=frozenset()))

    def _sync_ended(self, task: "asyncio.Task[None]") -> None:
        _log_end(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, ERRORS):
            failure = failure_of(failure)
        if isinstance(failure, StoreDamaged):
            self._repair()

    async def _bearer(self) -> str:
        try:
            return await self.session.access_token()
        except (SignInExpired, NobodySignedIn) as expired:
            raise RequestRejected(401, ErrorCode.NOT_SIGNED_IN) from expired
        except DeviceRevoked as revoked:
            raise RequestRejected(401, ErrorCode.DEVICE_REVOKED) from revoked

    def _take_report(self, report: Report) -> None:
        self._online = report.line is not Line.UNREACHABLE
        if report.pushed:
            self._keep_unsent_soon()
        if report.line is Line.SYNCED:
            self._expired = self._no_room = False
            self._rejected = ""
            self._note_contact()
            if self._revealing is not None:
                self._revealing.prune()
                self._revealing.take_along_soon()
            if self._recovery is not None:
                self._recovery = None
                forget_damaged(self.session.database_path())
        elif report.line is Line.NO_ROOM:
            self._no_room = True
        elif report.line is Line.REJECTED:
            self._take_rejection(report.code)
        if self.session.person is not None and self.session.lease_ended:
            self._shutting = asyncio.get_running_loop().create_task(self._shut())
            return
        if report.touched or report.filled:
            if self._reading is not None:
                self._reading.forget_kept()
                self._reading.notes.changed(report.touched)
            self._hear(RecordsChanged(record_ids=report.touched))
        self._tell_line()

    def _note_contact(self) -> None:
        status = self._opened().status()
        if status.lease_until is not None:
            self.session.note_contact(
                now=self._opened().server_time(self._wall_ms()), lease_until=status.lease_until
            )
        if self.session.left_behind() and self._delivering is None:
            self._delivering = asyncio.get_running_loop().create_task(self._deliver())
            self._delivering.add_done_callback(_log_end)

    async def _deliver(self) -> None:
        with contextlib.suppress(ServerUnreachable, SignInExpired, NobodySignedIn):
            await self.session.deliver_left_behind()

    def _take_rejection(self, code: ErrorCode | None) -> None:
        if code == ErrorCode.DEVICE_REVOKED:
            if self.session.device is not None:
                self.session.wipe()
            self._hear(Revoked())
        elif code in (ErrorCode.TOKEN_EXPIRED, ErrorCode.NOT_SIGNED_IN):
            if self.session.access_token_refused() and self._engine is not None:
                self._engine.wake()  # once more with a fresh one
            else:
                self._expired = True
        elif code in (ErrorCode.APP_TOO_OLD, ErrorCode.SCHEMA_TOO_NEW):
            self._rejected = str(code)

    def _tell_line(self) -> None:
        self._hear(self.line())

    def _opened(self) -> Store:
        if self._store is None:
            raise NobodySignedIn
        return self._store

    def _person(self) -> Person:
        person = self.session.person
        if person is None:
            raise NobodySignedIn
        return person

    def _wall_ms(self) -> int:
        return int(self._wall() * 1000)


async def _listen_later(listener: PokeListener) -> None:
    """Listen once the first screens are drawn: what is new by then, the first round brings."""
    await asyncio.sleep(LISTEN_AFTER_S)
    await listener.run()


def _log_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        logger.error("sync.ended kind=%s", type(failure).__name__)
