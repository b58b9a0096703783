"""The vault: what opens with a PIN, and what never does."""

import shutil
import time
from pathlib import Path

import pytest

from mobile_app.keystore import FileKeystore, KeyDamaged
from mobile_app.vault import (
    FullSignInNeeded,
    PinTooSimple,
    Stretch,
    Vault,
    WrongPin,
    check_pin,
)

QUICK = Stretch(iterations=1, lanes=1, memory_kib=64)
PIN = "2580"
PATIENCE_S = 10  # of the processor, on a machine many times slower than a tablet


def vault_in(folder: Path, *, person: str = "ines", key: str = "device.key") -> Vault:
    return Vault(folder / person, person, FileKeystore(folder / key), stretch=QUICK)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """A vault in which a person signed in and chose a PIN."""
    fresh = vault_in(tmp_path)
    fresh.sign_in("a long password", "token-1").choose_pin(PIN)
    return fresh


class TestPin:
    def test_opens_what_was_sealed(self, vault: Vault) -> None:
        assert vault.open_with_pin(PIN).secrets.refresh_token == "token-1"

    def test_opens_nothing_before_one_was_chosen(self, tmp_path: Path) -> None:
        fresh = vault_in(tmp_path)
        fresh.sign_in("a long password", "token-1")
        with pytest.raises(FullSignInNeeded):
            fresh.open_with_pin(PIN)

    def test_opens_nothing_without_the_device_key(self, vault: Vault, tmp_path: Path) -> None:
        elsewhere = vault_in(tmp_path, key="another.key")
        with pytest.raises(FullSignInNeeded):
            elsewhere.open_with_pin(PIN)

    def test_opens_nothing_of_another_person(self, vault: Vault, tmp_path: Path) -> None:
        shutil.copytree(tmp_path / "ines", tmp_path / "paul")
        with pytest.raises(FullSignInNeeded):
            vault_in(tmp_path, person="paul").open_with_pin(PIN)

    @pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "0000", "1234", "9876", "8901", "١٢٣٤"])
    def test_must_not_be_the_first_one_tried(self, pin: str) -> None:
        with pytest.raises(PinTooSimple):
            check_pin(pin)

    @pytest.mark.parametrize("pin", ["2580", "1357", "112233", "90817263"])
    def test_may_be_any_other(self, pin: str) -> None:
        check_pin(pin)

    def test_refused_as_too_simple_leaves_the_former_one(self, vault: Vault) -> None:
        with pytest.raises(PinTooSimple):
            vault.open_with_pin(PIN).choose_pin("1111")
        vault.open_with_pin(PIN)

    def test_opens_soon_at_full_strength(self, tmp_path: Path) -> None:
        vault = Vault(tmp_path / "ines", "ines", FileKeystore(tmp_path / "key"))
        vault.sign_in("a long password", "token").choose_pin(PIN)
        start = time.process_time()
        vault.open_with_pin(PIN)
        assert time.process_time() - start < PATIENCE_S


class TestWrongPins:
    def test_say_how_many_tries_remain(self, vault: Vault) -> None:
        with pytest.raises(WrongPin) as wrong:
            vault.open_with_pin("1397")
        assert wrong.value.left == 2

    def test_are_forgiven_by_the_right_one(self, vault: Vault) -> None:
        for _ in range(4):
            with pytest.raises(WrongPin):
                vault.open_with_pin("1397")
            vault.open_with_pin(PIN)

    def test_close_the_vault_at_the_third_across_restarts(self, vault: Vault, tmp_path: Path) -> None:
        for _ in range(2):
            with pytest.raises(WrongPin):
                vault_in(tmp_path).open_with_pin("1397")
        with pytest.raises(FullSignInNeeded):
            vault_in(tmp_path).open_with_pin("1397")
        with pytest.raises(FullSignInNeeded):
            vault_in(tmp_path).open_with_pin(PIN)

    def test_count_even_when_killed_while_trying(self, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
        def killed(*_: object) -> bytes:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(vault, "_unwrap", killed)
            vault.open_with_pin("1397")
        assert vault.tries_left == 2

    def test_do_not_forget_when_the_clock_moves(self, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(WrongPin):
            vault.open_with_pin("1397")
        later = time.time() + 365 * 86_400
        monkeypatch.setattr(time, "time", lambda: later)
        assert vault.tries_left == 2

    @pytest.mark.parametrize("damage", [b"", b"\x00" * 40])
    def test_count_as_all_used_when_the_count_is_damaged(
        self, vault: Vault, tmp_path: Path, damage: bytes
    ) -> None:
        (tmp_path / "ines" / "tries").write_bytes(damage)
        with pytest.raises(FullSignInNeeded):
            vault.open_with_pin(PIN)

    def test_count_as_all_used_when_the_count_is_gone(self, vault: Vault, tmp_path: Path) -> None:
        (tmp_path / "ines" / "tries").unlink()
        with pytest.raises(FullSignInNeeded):
            vault.open_with_pin(PIN)


class TestFullSignIn:
    def close(self, vault: Vault) -> None:
        for _ in range(2):
            with pytest.raises(WrongPin):
                vault.open_with_pin("1397")
        with pytest.raises(FullSignInNeeded):
            vault.open_with_pin("1397")

    def test_gives_the_data_key_back(self, vault: Vault) -> None:
        before = vault.open_with_pin(PIN).data_key()
        self.close(vault)
        opened = vault.sign_in("a long password", "token-2")
        assert opened.data_key() == before
        assert opened.secrets.refresh_token == "token-2"

    def test_lets_a_new_pin_be_chosen(self, vault: Vault) -> None:
        self.close(vault)
        vault.sign_in("a long password", "token-2").choose_pin("1928")
        assert vault.open_with_pin("1928").secrets.refresh_token == "token-2"

    def test_with_a_changed_password_starts_anew(self, vault: Vault) -> None:
        before = vault.open_with_pin(PIN).data_key()
        assert vault.sign_in("another password", "token-2").data_key() != before


class TestRefreshToken:
    def test_is_replaced_without_the_pin(self, vault: Vault) -> None:
        vault.open_with_pin(PIN).keep_refresh_token("token-2")
        assert vault.open_with_pin(PIN).secrets.refresh_token == "token-2"

    def test_is_nowhere_in_the_clear(self, vault: Vault, tmp_path: Path) -> None:
        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert b"token-1" not in path.read_bytes()


class TestFiles:
    def test_are_readable_by_their_owner_only(self, vault: Vault, tmp_path: Path) -> None:
        modes = {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()}
        assert modes == {0o600}

    def test_that_hold_no_key_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_bytes(b"short")
        with pytest.raises(KeyDamaged):
            FileKeystore(tmp_path / "key").device_key()
