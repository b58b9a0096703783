"""Who may use this tablet, and who does now: enrolment, sign-in, PIN, switching, sign-out.

The folder of a tablet::

    device.key              the tablet's key (keystore)
    device                  its identity, sealed under that key
    people.json             faces for the first screen: names of staff, nothing of customers
    people/<associate id>/  one person's vault and his own database, store.db

Each person has his own database, so that nobody's lens shows in another's and a draft stays with its
author. Methods that reach the network are coroutines; all others work without one.
"""

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mobile_app.account import Account, AccountRefused, Device, Me, Tokens
from mobile_app.keystore import FileKeystore, Keystore
from mobile_app.sealed_files import read_file, replace_file
from mobile_app.vault import OpenVault, Stretch, Vault
from schemas.record import Struct
from sync.replica.transport import ServerUnreachable

NONCE_BYTES = 12
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


class Person(Struct, frozen=True):
    """A face on the first screen."""

    associate_id: UUID
    code: str
    name: str
    role: str
    stores: tuple[str, ...] = ()
    used_at: float = 0.0  # seconds since 1970, for the order of faces only


class _Active:
    """The person using the tablet now. Tokens live in memory only."""

    def __init__(self, person: Person, vault: OpenVault) -> None:
        self.person = person
        self.vault = vault
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
    ) -> None:
        self._folder = folder
        self._account = account
        self._keystore = keystore or FileKeystore(folder / "device.key")
        self._stretch = stretch
        self._monotonic = monotonic
        self._wall = wall
        self._active: _Active | None = None

    @property
    def device(self) -> Device | None:
        """This tablet's identity, or None before enrolment or when its seal is broken."""
        content = read_file(self._folder / "device")
        if content is None:
            return None
        key = AESGCM(self._keystore.device_key())
        try:
            opened = key.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], b"device")
        except (InvalidTag, ValueError):
            return None
        return msgspec.msgpack.decode(opened, type=Device)

    @property
    def person(self) -> Person | None:
        """Who is signed in and unlocked, if anybody."""
        return self._active.person if self._active else None

    def people(self) -> list[Person]:
        """Everybody who signed in on this tablet, the most recent first."""
        content = read_file(self._folder / "people.json")
        if content is None:
            return []
        people = msgspec.json.decode(content, type=list[Person])
        return sorted(people, key=lambda person: -person.used_at)

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
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._keystore.device_key()).encrypt(nonce, msgspec.msgpack.encode(device), b"device")
        replace_file(self._folder / "device", nonce + sealed)
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
        person = _person(code, me, self._wall())
        self._remember(person)
        opened = self._vault(me.associate_id).sign_in(password, tokens.refresh_token)
        self._active = _Active(person, opened)
        self._use(tokens)
        return person

    def choose_pin(self, pin: str) -> None:
        """Let this PIN open the tablet for the person signed in.

        Raises:
            PinTooSimple: another one, please.
        """
        self._signed_in().vault.choose_pin(pin)

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
        self._remember(person)
        self._active = _Active(person, opened)
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
        self._forget_face(active.person.associate_id)
        self._active = None

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
        """The 256-bit key of the signed-in person's database."""
        return self._signed_in().vault.secrets.data_key

    def wipe(self) -> None:
        """Remove this tablet's identity, its people and their data."""
        self._active = None
        shutil.rmtree(self._folder / "people", ignore_errors=True)
        for name in ("people.json", "device"):
            (self._folder / name).unlink(missing_ok=True)
        self._keystore.forget()

    def _use(self, tokens: Tokens) -> str:
        active = self._signed_in()
        active.vault.keep_refresh_token(tokens.refresh_token)
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

    def _remember(self, person: Person) -> None:
        others = [one for one in self.people() if one.associate_id != person.associate_id]
        replace_file(self._folder / "people.json", msgspec.json.encode([person, *others]))

    def _forget_face(self, associate_id: UUID) -> None:
        others = [one for one in self.people() if one.associate_id != associate_id]
        replace_file(self._folder / "people.json", msgspec.json.encode(others))


def _person(code: str, me: Me, now: float) -> Person:
    return Person(
        associate_id=me.associate_id,
        code=code,
        name=me.display_name,
        role=me.role,
        stores=me.stores,
        used_at=now,
    )
