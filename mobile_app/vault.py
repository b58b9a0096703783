"""What a person's PIN opens on a shared tablet.

Three layers, so that each can change without the others:

- the *device key* from the keystore; without it no file here opens, whatever is typed;
- the *person key*, random, sealed twice: under the PIN and under the password, each stretched by
  Argon2id with the device key as its secret, so that neither a PIN nor a password opens anything on
  another machine;
- what that key seals, in files of their own: the refresh token (replaced at each use, which must not cost
  an Argon2id) and the data key of the person's own database, which is unsealed only when it is asked for.

Beside them lies the *reveal key*: whatever is sealed for its public half opens only while the PIN is typed,
also where the vault stands open.

Three wrong PINs destroy the PIN's copy of the person key. A full sign-in then opens the password's
copy, so that unsent edits survive a forgotten PIN. The count of wrong PINs is sealed under the device
key and written *before* a PIN is tried: neither a kill at the right moment nor a changed clock gives
another try, and a missing or damaged count is a full one.
"""

import hmac
import itertools
import secrets
import struct
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from mobile_app.keystore import Keystore
from mobile_app.sealed_files import read_file, replace_file
from sync.sealed_box import public_key

TRIES = 3
PIN_DIGITS = range(4, 9)
KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16


class WrongPin(Exception):
    """The PIN does not open the vault; ``left`` says how many tries remain."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


class FullSignInNeeded(Exception):
    """No PIN can open this vault: none was chosen, or too many were wrong."""


class PinTooSimple(Exception):
    """The PIN is not 4 to 8 digits, or is one that everybody tries first."""


class SealBroken(Exception):
    """A sealed file was damaged, moved from elsewhere, or sealed under another key."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """How hard Argon2id works; stored with each seal so that it may grow later."""

    iterations: int = 3
    lanes: int = 4
    memory_kib: int = 64 * 1024


class Wrapped(msgspec.Struct, frozen=True, kw_only=True):
    """The person key sealed under something a person knows."""

    salt: bytes
    stretch: Stretch
    sealed: bytes


class RevealKey(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of keys: the one to seal with, and the one to open with, sealed under the PIN."""

    public: bytes
    by_pin: Wrapped


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The file of a person's wrapped keys."""

    by_pin: Wrapped | None = None
    by_password: Wrapped | None = None


class Secrets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an open vault gives at once."""

    refresh_token: str
    data_key: bytes = b""  # in vaults of the first release; since then it has a file of its own


class OpenVault:
    """A vault whose person key is in memory; lives as long as the person is signed in.

    ``is_new`` says that its data key was made just now: a store kept before is out of reach.
    """

    def __init__(self, vault: "Vault", person_key: bytes, kept: Secrets, *, is_new: bool = False) -> None:
        self.is_new = is_new
        self._vault = vault
        self._person_key = person_key
        self.secrets = kept

    def data_key(self) -> bytes:
        """Unseal the 256-bit key of the person's database.

        Raises:
            SealBroken: it is gone.
        """
        return self._vault._unseal_data_key(self._person_key)

    def keep_refresh_token(self, token: str) -> None:
        """Seal the successor of the refresh token; the data key stays."""
        self.secrets = msgspec.structs.replace(self.secrets, refresh_token=token)
        self._vault._seal_secrets(self._person_key, self.secrets)

    def choose_pin(self, pin: str) -> None:
        """Seal the person key under a new PIN and grant it its tries.

        Raises:
            PinTooSimple: the PIN is refused; the former one stays.
        """
        check_pin(pin)
        self._vault._wrap_for_pin(self._person_key, pin)


def check_pin(pin: str) -> None:
    """Refuse PINs of the wrong length and those found by trying the usual ones.

    Raises:
        PinTooSimple: always with the same words; which rule failed helps nobody else.
    """
    digits = [ord(digit) - ord("0") for digit in pin]
    if len(pin) not in PIN_DIGITS or any(not 0 <= digit <= 9 for digit in digits):
        raise PinTooSimple
    steps = {(after - before) % 10 for before, after in itertools.pairwise(digits)}
    if steps in ({0}, {1}, {9}):
        raise PinTooSimple


class Vault:
    """The sealed files of one person on this tablet."""

    def __init__(
        self, folder: Path, person: str, keystore: Keystore, *, stretch: Stretch | None = None
    ) -> None:
        self._folder = folder
        self._person = person
        self._keystore = keystore
        self._stretch = stretch or Stretch()

    @property
    def has_pin(self) -> bool:
        """Whether a PIN may be tried: one was chosen and tries remain."""
        return self._keys().by_pin is not None and self.tries_left > 0

    @property
    def tries_left(self) -> int:
        """How many PINs may still be tried. A count that cannot be read is a full one."""
        content = read_file(self._folder / "tries")
        if content is None:
            return 0
        try:
            (used,) = struct.unpack(">B", self._open(self._keystore.device_key(), "tries", content))
        except SealBroken:
            return 0
        return max(0, TRIES - int(used))

    def open_with_pin(self, pin: str) -> OpenVault:
        """Open the vault.

        Raises:
            WrongPin: tries remain.
            FullSignInNeeded: none remain, or no PIN was ever chosen.
        """
        person_key = self._person_key(pin)
        kept = self._unseal_secrets(person_key)
        if kept.data_key:
            kept = self._move_data_key(person_key, kept)
        if self.reveal_public is None:  # a vault of an earlier release
            self._make_reveal_key(pin)
        return OpenVault(self, person_key, kept)

    @property
    def reveal_public(self) -> bytes | None:
        """What others seal with for the moment in which the PIN is typed; None before one was chosen."""
        held = self._reveal_key()
        return held.public if held else None

    def open_reveal_key(self, pin: str) -> bytes:
        """Return the key that opens what was sealed for ``reveal_public``; a wrong PIN counts as any other.

        Raises:
            WrongPin: tries remain.
            FullSignInNeeded: none remain, or no PIN was ever chosen.
        """
        self._person_key(pin)
        held = self._reveal_key()
        if held is None:
            raise FullSignInNeeded
        return self._unwrap(held.by_pin, "reveal", pin)

    def _person_key(self, pin: str) -> bytes:
        """Open the PIN's copy of the person key; the try is counted before it is made."""
        wrapped, left = self._keys().by_pin, self.tries_left
        if wrapped is None or left == 0:
            raise FullSignInNeeded
        self._count_tries(TRIES - left + 1)
        try:
            person_key = self._unwrap(wrapped, "pin", pin)
        except SealBroken:
            if left == 1:
                self._drop_pin()
                raise FullSignInNeeded from None
            raise WrongPin(left - 1) from None
        self._count_tries(0)
        return person_key

    def sign_in(self, password: str, refresh_token: str) -> OpenVault:
        """Open or make the vault after the server accepted ``password``.

        The data key survives whenever the password still opens it. A password changed elsewhere does
        not; if the PIN cannot open it either, the data key is new and what was sealed under the former
        one is out of reach.
        """
        wrapped = self._keys().by_password
        person_key, is_new = None, True
        if wrapped is not None:
            try:
                person_key = self._unwrap(wrapped, "password", password)
            except SealBroken:
                person_key = None
        if person_key is None:
            person_key = secrets.token_bytes(KEY_BYTES)
            self._write_keys(Keys(by_password=self._wrap(person_key, "password", password)))
        else:
            is_new = not self._has_data_key(person_key)
        if is_new:
            self._seal_data_key(person_key, secrets.token_bytes(KEY_BYTES))
        kept = Secrets(refresh_token=refresh_token)
        self._seal_secrets(person_key, kept)
        return OpenVault(self, person_key, kept, is_new=is_new)

    def forget(self) -> None:
        """Remove every file; what they sealed is gone."""
        for name in ("keys", "tries", "secrets", "data_key", "reveal"):
            (self._folder / name).unlink(missing_ok=True)

    def _wrap_for_pin(self, person_key: bytes, pin: str) -> None:
        by_pin = self._wrap(person_key, "pin", pin)
        self._write_keys(msgspec.structs.replace(self._keys(), by_pin=by_pin))
        self._make_reveal_key(pin)
        self._count_tries(0)

    def _make_reveal_key(self, pin: str) -> None:
        private = X25519PrivateKey.generate().private_bytes_raw()
        made = RevealKey(public=public_key(private), by_pin=self._wrap(private, "reveal", pin))
        replace_file(self._folder / "reveal", msgspec.msgpack.encode(made))

    def _reveal_key(self) -> RevealKey | None:
        content = read_file(self._folder / "reveal")
        try:
            return None if content is None else msgspec.msgpack.decode(content, type=RevealKey)
        except msgspec.MsgspecError:
            return None

    def _drop_pin(self) -> None:
        self._write_keys(msgspec.structs.replace(self._keys(), by_pin=None))
        (self._folder / "reveal").unlink(missing_ok=True)

    def _keys(self) -> Keys:
        content = read_file(self._folder / "keys")
        try:
            return Keys() if content is None else msgspec.msgpack.decode(content, type=Keys)
        except msgspec.MsgspecError:
            return Keys()

    def _write_keys(self, keys: Keys) -> None:
        replace_file(self._folder / "keys", msgspec.msgpack.encode(keys))

    def _count_tries(self, used: int) -> None:
        sealed = self._seal(self._keystore.device_key(), "tries", struct.pack(">B", used))
        replace_file(self._folder / "tries", sealed)

    def _seal_secrets(self, person_key: bytes, kept: Secrets) -> None:
        sealed = self._seal(person_key, "secrets", msgspec.msgpack.encode(kept))
        replace_file(self._folder / "secrets", sealed)

    def _unseal_secrets(self, person_key: bytes) -> Secrets:
        content = read_file(self._folder / "secrets")
        if content is None:
            raise SealBroken("secrets")
        return msgspec.msgpack.decode(self._open(person_key, "secrets", content), type=Secrets)

    def _seal_data_key(self, person_key: bytes, data_key: bytes) -> None:
        replace_file(self._folder / "data_key", self._seal(person_key, "data_key", data_key))

    def _unseal_data_key(self, person_key: bytes) -> bytes:
        content = read_file(self._folder / "data_key")
        if content is None:
            raise SealBroken("data_key")
        return self._open(person_key, "data_key", content)

    def _has_data_key(self, person_key: bytes) -> bool:
        """Whether the data key can be had; one of the first release is moved to its own file."""
        try:
            kept = self._unseal_secrets(person_key)
            if kept.data_key:
                self._move_data_key(person_key, kept)
        except SealBroken:
            pass  # a sign-out or a damage took the token; the data key may still be there
        try:
            return len(self._unseal_data_key(person_key)) == KEY_BYTES
        except SealBroken:
            return False

    def _move_data_key(self, person_key: bytes, kept: Secrets) -> Secrets:
        """Give the data key a file of its own, then take it out of the other; in between both have it."""
        self._seal_data_key(person_key, kept.data_key)
        alone = Secrets(refresh_token=kept.refresh_token)
        self._seal_secrets(person_key, alone)
        return alone

    def _wrap(self, content: bytes, purpose: str, known: str) -> Wrapped:
        salt = secrets.token_bytes(SALT_BYTES)
        key = self._stretched(known, salt, self._stretch)
        return Wrapped(salt=salt, stretch=self._stretch, sealed=self._seal(key, purpose, content))

    def _unwrap(self, wrapped: Wrapped, purpose: str, known: str) -> bytes:
        key = self._stretched(known, wrapped.salt, wrapped.stretch)
        return self._open(key, purpose, wrapped.sealed)

    def _stretched(self, known: str, salt: bytes, stretch: Stretch) -> bytes:
        return Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=stretch.iterations,
            lanes=stretch.lanes,
            memory_cost=stretch.memory_kib,
            secret=hmac.digest(self._keystore.device_key(), b"person", "sha256"),
        ).derive(known.encode())

    def _seal(self, key: bytes, purpose: str, content: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, content, self._bound_to(purpose))

    def _open(self, key: bytes, purpose: str, sealed: bytes) -> bytes:
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, rest, self._bound_to(purpose))
        except (InvalidTag, ValueError) as broken:
            raise SealBroken(purpose) from broken

    def _bound_to(self, purpose: str) -> bytes:
        """A sealed file opens only as what it was sealed for: this purpose, this person."""
        return f"{purpose}\0{self._person}".encode()
