"""Who may use this tablet, and who does now: enrolment, sign-in, PIN, switching, sign-out.

The folder of a tablet::

    device.key              the tablet's key (keystore)
    device                  its identity, sealed under that key
    faces                   who worked here, for the first screen, sealed likewise; nothing of customers
    people/<associate id>/  one person's vault, lease and own database, store.db
    unsent/                 edits of stores that were destroyed, sealed for the server

Each person has his own database, so that nobody's lens shows in another's and a draft stays with its
author. Methods that reach the network are coroutines; all others work without one.
"""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from mobile_app import unsent
from mobile_app.account import Account, AccountRefused, Device, Tokens
from mobile_app.faces import FACES, FACES_BEFORE, Faces, Person, person_of
from mobile_app.keystore import FileKeystore, Keystore
from mobile_app.lease import Lease, LeaseEnded
from mobile_app.sealed_files import read_file, replace_file, sealed_with, unsealed_with
from mobile_app.vault import OpenVault, Stretch, Vault
from sync.replica.transport import ServerUnreachable

WIPING = "wiping"  # a mark: whatever happens, the wipe is brought to its end
USUAL_LEASE_MS = 14 * 86_400_000  # where an older server does not say
REFRESH_AHEAD_S = 60.0
FRESH_S = 5.0  # a token refused so soon after it was given is not merely old
DEVICE_REVOKED = "device_revoked"


class NotEnrolled(Exception):
    """The tablet has no identity yet; a manager's code gives it one."""


class NobodySignedIn(Exception):
    """The question needs a person, and the tablet is locked."""


class SignInExpired(Exception):
    """The server no longer accepts this sign-in: what is here stays usable, sending waits for a new one."""


class DeviceRevoked(Exception):
    """The server took this tablet's identity back; its data was wiped."""


class _Active:
    """The person using the tablet now. Tokens live in memory only."""

    def __init__(self, person: Person, vault: OpenVault, lease: Lease) -> None:
        self.person = person
        self.vault = vault
        self.lease = lease
        self.access_token: str | None = None
        self.got_at = self.good_until = 0.0  # on the monotonic clock


class Session:
    """The tablet's people and its identity."""

    def __init__(
        self,
        folder: Path,
        account: Account,
        *,
        keystore: Keystore | None = None,
        stretch: Stretch | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        before_wipe: Callable[[], None] = lambda: None,
    ) -> None:
        """Open a tablet's folder.

        Args:
            before_wipe: called when the tablet was revoked, while the open store still is.
        """
        self._folder = folder
        self._before_wipe = before_wipe
        self._account = account
        self._keystore = keystore or FileKeystore(folder / "device.key")
        self._faces = Faces(folder, self._keystore)
        self._stretch = stretch
        self._monotonic = monotonic
        self._wall = wall
        self._active: _Active | None = None
        if (folder / WIPING).exists():
            self.wipe()

    @property
    def device(self) -> Device | None:
        """This tablet's identity, or None before enrolment or when its seal is broken."""
        content = read_file(self._folder / "device")
        if content is None:
            return None
        try:
            opened = unsealed_with(self._keystore.device_key(), content, bound_to=b"device")
        except (InvalidTag, ValueError):
            return None
        return msgspec.msgpack.decode(opened, type=Device)

    @property
    def person(self) -> Person | None:
        """Who is signed in and unlocked, if anybody."""
        return self._active.person if self._active else None

    def people(self) -> list[Person]:
        """Everybody who signed in on this tablet, the most recent first."""
        return sorted(self._faces.all(), key=lambda person: -person.used_at)

    def takes_pin(self, associate_id: UUID) -> bool:
        """Whether a PIN may be tried for this person; else a full sign-in is needed."""
        return self._vault(associate_id).has_pin

    async def enrol(self, code: str, name: str) -> Device:
        """Give this tablet its identity, for a manager's one-time code.

        Raises:
            AccountRefused: the code is wrong, used or too old.
            ServerUnreachable: enrolment needs the network.
        """
        device = await self._account.enrol(code, name)
        content = msgspec.msgpack.encode(device)
        replace_file(
            self._folder / "device",
            sealed_with(self._keystore.device_key(), content, bound_to=b"device"),
        )
        return device

    async def sign_in(self, code: str, password: str) -> Person:
        """Sign a person in with code and password, and keep what his PIN will open.

        Raises:
            NotEnrolled: the tablet first.
            AccountRefused: the server says no.
            ServerUnreachable: a full sign-in needs the network.
            DeviceRevoked: the tablet was taken out of service.
        """
        device = self._enrolled()
        try:
            tokens = await self._account.sign_in(code, password, device)
            me = await self._account.me(tokens.access_token)
        except AccountRefused as refused:
            self._wipe_if_revoked(refused)
            raise
        person = person_of(code, me, self._wall())
        self._faces.remember(person)
        opened = self._vault(me.associate_id).sign_in(password, tokens.refresh_token)
        if opened.is_new:  # the store kept before cannot be opened any more; what it had not sent is sealed
            unsent.leave_behind(self._folder, self._folder_of(me.associate_id))
        self._active = _Active(person, opened, self._lease(me.associate_id))
        self._use(tokens)
        return person

    def choose_pin(self, pin: str) -> None:
        """Let this PIN open the tablet for the person signed in.

        Raises:
            PinTooSimple: another one, please.
        """
        self._signed_in().vault.choose_pin(pin)

    def reveal_public(self) -> bytes | None:
        """What masked values are sealed with for the person signed in; None before a PIN was chosen."""
        return self._vault(self._signed_in().person.associate_id).reveal_public

    def open_reveal_key(self, pin: str) -> bytes:
        """Return the key to masked values, for the one moment in which the PIN was typed.

        Raises:
            WrongPin: tries remain.
            FullSignInNeeded: none remain.
        """
        return self._vault(self._signed_in().person.associate_id).open_reveal_key(pin)

    def unlock(self, associate_id: UUID, pin: str) -> Person:
        """Open the tablet for a person, without network.

        Raises:
            WrongPin: tries remain.
            FullSignInNeeded: none remain.
        """
        person = next((one for one in self.people() if one.associate_id == associate_id), None)
        if person is None:
            raise NobodySignedIn
        opened = self._vault(associate_id).open_with_pin(pin)
        person = msgspec.structs.replace(person, used_at=self._wall())
        self._faces.remember(person)
        self._active = _Active(person, opened, self._lease(associate_id))
        return person

    def lock(self) -> None:
        """Forget the open vault and the tokens in memory; the person comes back with his PIN."""
        self._active = None

    async def sign_out(self) -> None:
        """End the person's sign-in here and, when there is a line, on the server.

        His database stays: what he has not sent yet is still his, and is sent when he signs in again.
        """
        active = self._signed_in()
        refresh_token = active.vault.secrets.refresh_token
        # Without a line the token dies by its age; this tablet no longer knows it.
        with contextlib.suppress(ServerUnreachable, AccountRefused, SignInExpired):
            await self._account.sign_out(refresh_token, await self.access_token())
        active.vault.keep_refresh_token("")
        self._faces.forget(active.person.associate_id)
        self._active = None

    async def ask_if_trusted(self) -> None:
        """Ask, while nobody is signed in, whether this tablet was taken out of service, and wipe it if so.

        Raises:
            DeviceRevoked: it was.
            ServerUnreachable: nobody knows.
        """
        device = self.device
        if device is None or self._active is not None:
            return
        try:
            await self._account.ask_if_trusted(device)
        except AccountRefused as refused:
            if self.device == device:  # not enrolled anew meanwhile
                self._wipe_if_revoked(refused)

    async def access_token(self) -> str:
        """Return a token good for the next requests, refreshed ahead of its end.

        Raises:
            SignInExpired: only a full sign-in helps.
            ServerUnreachable: the refresh got no answer; the old one is kept and tried again.
            DeviceRevoked: the tablet was taken out of service.
        """
        active = self._signed_in()
        if active.access_token is not None and self._monotonic() < active.good_until:
            return active.access_token
        if not active.vault.secrets.refresh_token:
            raise SignInExpired
        try:
            tokens = await self._account.refresh(active.vault.secrets.refresh_token, self._enrolled())
        except AccountRefused as refused:
            self._wipe_if_revoked(refused)
            raise SignInExpired from refused
        if self._active is not active:  # the tablet changed hands meanwhile
            active.vault.keep_refresh_token(tokens.refresh_token)
            raise NobodySignedIn
        return self._use(tokens)

    def access_token_refused(self) -> bool:
        """Take note that the server refused the token in use; return whether a fresh one may help.

        False when it was fresh already, or the sign-in itself has expired.
        """
        active = self._active
        if active is None or active.access_token is None:
            return False
        active.access_token = None
        was_fresh = self._monotonic() - active.got_at < FRESH_S
        return not was_fresh

    def database_path(self) -> Path:
        """Where the signed-in person's own database is."""
        return self._folder_of(self._signed_in().person.associate_id) / "store.db"

    def data_key(self) -> bytes:
        """Unseal the 256-bit key of the signed-in person's database.

        Raises:
            LeaseEnded: the tablet must meet the server first.
        """
        active = self._signed_in()
        if active.lease.ended:
            raise LeaseEnded
        return active.vault.data_key()

    @property
    def lease_ended(self) -> bool:
        """Whether the signed-in person's store must be shut until the tablet meets the server."""
        return self._signed_in().lease.ended

    def note_contact(self, *, now: int, lease_until: int) -> None:
        """Take from a sync how long the store may be opened; both by the server's clock."""
        self._signed_in().lease.renew(now=now, lease_until=lease_until)

    def rescue_key(self) -> bytes:
        """The server's public key for edits that cannot be sent; empty when it was never told."""
        return self._signed_in().lease.rescue_key

    async def deliver_left_behind(self) -> int:
        """Hand in what destroyed stores left behind, as far as this person may; return how many files went.

        Raises:
            ServerUnreachable, SignInExpired: later.
        """
        delivered = 0
        for path in unsent.left_behind(self._folder):
            try:
                await self._account.deliver(unsent.content_of(path), await self.access_token())
            except AccountRefused:
                continue  # somebody else's; it waits for him or for a manager
            path.unlink(missing_ok=True)
            delivered += 1
        return delivered

    def left_behind(self) -> int:
        """How many sealed files of unsent edits wait for somebody who may deliver them."""
        return len(unsent.left_behind(self._folder))

    def wipe(self) -> None:
        """Destroy this tablet's identity, people and data; unsent edits stay, sealed for the server.

        The key goes first: from then on nothing here can be read. Killed on the way, the next start goes on.
        """
        replace_file(self._folder / WIPING, b"")
        if self._active is not None:
            self._before_wipe()
            self._active = None
        for person in (self._folder / "people").glob("*"):
            unsent.leave_behind(self._folder, person)
        self._keystore.forget()
        shutil.rmtree(self._folder / "people", ignore_errors=True)
        for name in (FACES, FACES_BEFORE, "device"):
            (self._folder / name).unlink(missing_ok=True)
        (self._folder / WIPING).unlink()

    def _use(self, tokens: Tokens) -> str:
        active = self._signed_in()
        active.vault.keep_refresh_token(tokens.refresh_token)
        now = int(self._wall() * 1000) if tokens.now is None else tokens.now
        active.lease.renew(
            now=now,
            lease_until=now + USUAL_LEASE_MS if tokens.lease_until is None else tokens.lease_until,
            rescue_key=bytes.fromhex(tokens.rescue_key) if tokens.rescue_key else None,
        )
        active.access_token = tokens.access_token
        active.got_at = self._monotonic()
        active.good_until = active.got_at + max(tokens.expires_in - REFRESH_AHEAD_S, 1.0)
        return tokens.access_token

    def _signed_in(self) -> _Active:
        if self._active is None:
            raise NobodySignedIn
        return self._active

    def _enrolled(self) -> Device:
        device = self.device
        if device is None:
            raise NotEnrolled
        return device

    def _wipe_if_revoked(self, refused: AccountRefused) -> None:
        if refused.code == DEVICE_REVOKED:
            self.wipe()
            raise DeviceRevoked from refused

    def _folder_of(self, associate_id: UUID) -> Path:
        return self._folder / "people" / str(associate_id)

    def _vault(self, associate_id: UUID) -> Vault:
        folder = self._folder_of(associate_id)
        return Vault(folder, str(associate_id), self._keystore, stretch=self._stretch)

    def _lease(self, associate_id: UUID) -> Lease:
        return Lease(
            self._folder_of(associate_id) / "lease",
            str(associate_id),
            self._keystore,
            wall=self._wall,
            monotonic=self._monotonic,
        )
