"""A tablet without word from the server, or taken out of service: shut, wiped, and nothing noted is lost."""

import zlib
from pathlib import Path

import msgspec
import pytest

from mobile_app.facts import LeaseOver, Revoked
from mobile_app.keystore import FileKeystore
from mobile_app.lease import Lease, LeaseEnded
from mobile_app.session import WIPING, DeviceRevoked
from mobile_app.vault import Vault, WrongPin
from schemas.rescue import MAGIC, PURPOSE, RescueContent
from sync.replica.engine import Line, Report
from sync.sealed_box import open_box, public_key
from tests.mobile_app.house import INES, PASSWORD, House
from tests.mobile_app.shop import PIN, SECRETS, Clock, Shop, bytes_of, played, write_much

DAY = 86_400
SERVER = bytes(range(32))


class Watch:
    """A clock that runs from the start of the machine; it cannot be set."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


class TestLease:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def watch(self) -> Watch:
        return Watch()

    @pytest.fixture
    def lease(self, tmp_path: Path, clock: Clock, watch: Watch) -> Lease:
        lease = lease_in(tmp_path, clock, watch)
        now = int(clock.now * 1000)
        lease.renew(now=now, lease_until=now + 14 * DAY * 1000, rescue_key=b"k" * 32)
        return lease

    def test_runs_until_its_end(self, lease: Lease, clock: Clock) -> None:
        clock.now += 14 * DAY - 1
        assert not lease.ended
        clock.now += 1
        assert lease.ended

    def test_is_not_longer_for_a_clock_set_back(
        self, lease: Lease, clock: Clock, watch: Watch, tmp_path: Path
    ) -> None:
        clock.now += 15 * DAY
        assert lease.ended
        clock.now -= 15 * DAY
        assert lease.ended
        assert lease_in(tmp_path, clock, watch).ended  # after a restart as well

    def test_runs_on_while_the_clock_stands_still(self, lease: Lease, watch: Watch) -> None:
        assert not lease.ended
        watch.now += 15 * DAY
        assert lease.ended

    def test_goes_by_the_servers_clock(self, tmp_path: Path, clock: Clock, watch: Watch) -> None:
        lease = lease_in(tmp_path, clock, watch)
        server_now = int((clock.now + 3 * DAY) * 1000)  # the tablet is three days behind
        lease.renew(now=server_now, lease_until=server_now + 14 * DAY * 1000)
        clock.now += 14 * DAY - 1
        assert not lease.ended

    def test_is_good_again_after_a_contact(self, lease: Lease, clock: Clock) -> None:
        clock.now += 3650 * DAY  # a clock set wrongly ahead
        assert lease.ended
        clock.now -= 3650 * DAY
        now = int(clock.now * 1000)
        lease.renew(now=now, lease_until=now + 14 * DAY * 1000)
        assert not lease.ended
        assert lease.rescue_key == b"k" * 32

    @pytest.mark.parametrize("damage", [b"", b"\x00" * 80])
    def test_has_ended_when_it_cannot_be_read(self, lease: Lease, tmp_path: Path, damage: bytes) -> None:
        (tmp_path / "lease").write_bytes(damage)
        assert lease.ended

    def test_is_nobody_elses(self, lease: Lease, tmp_path: Path, clock: Clock, watch: Watch) -> None:
        assert lease_in(tmp_path, clock, watch, person="paul").ended


def lease_in(folder: Path, clock: Clock, watch: Watch, person: str = "ines") -> Lease:
    keystore = FileKeystore(folder / "key")
    return Lease(folder / "lease", person, keystore, wall=clock, monotonic=watch)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    house = House()
    shop = Shop(tmp_path, house)
    house.now_ms = int(shop.clock.now * 1000)
    house.rescue_key = public_key(SERVER)
    return shop


class TestATabletWithoutWord:
    def test_stays_shut_after_the_lease_and_opens_with_everything_after_a_contact(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unsealed: list[bool] = []
        unseal = Vault._unseal_data_key

        def watched(vault: Vault, person_key: bytes) -> bytes:
            unsealed.append(True)
            return unseal(vault, person_key)

        async def story() -> None:
            write_much(await shop.begin())
            await shop.tablet.lock()
            monkeypatch.setattr(Vault, "_unseal_data_key", watched)
            shop.house.line_cut = True
            shop.clock.now += 14 * DAY
            for _ in range(2):
                with pytest.raises(LeaseEnded):
                    await shop.tablet.unlock(INES, PIN)
                assert shop.tablet.session.person is None
                shop.clock.now -= 10 * DAY  # does not help
            assert unsealed == []
            shop.house.line_cut = False
            await shop.tablet.unlock(INES, PIN)
            assert shop.tablet.line().waiting == 2
            assert unsealed
            await shop.tablet.close()

        played(story)

    def test_does_not_take_a_wrong_pin_for_a_contact(self, shop: Shop) -> None:
        async def story() -> None:
            await shop.begin()
            await shop.tablet.lock()
            shop.clock.now += 14 * DAY
            asked = len(shop.house.asked)
            with pytest.raises(WrongPin):
                await shop.tablet.unlock(INES, "139713")
            assert len(shop.house.asked) == asked
            await shop.tablet.close()

        played(story)

    def test_is_shut_under_the_hands_of_whoever_uses_it(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            shop.clock.now += 14 * DAY
            tablet._take_report(Report(line=Line.UNREACHABLE))
            assert tablet._shutting is not None
            await tablet._shutting
            assert isinstance(shop.facts[-1], LeaseOver)
            assert tablet.session.person is None
            await tablet.close()

        played(story)

    def test_lets_the_wrong_pins_stand_whatever_the_clock_says(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            await tablet.lock()
            for _ in range(2):
                with pytest.raises(WrongPin):
                    await shop.tablet.unlock(INES, "139713")
            await shop.tablet.close()
            shop.clock.now += 10 * DAY
            shop.tablet = shop.open()
            (face,) = shop.tablet.faces()
            assert face.takes_pin
            assert shop.tablet.session._vault(INES).tries_left == 1
            await shop.tablet.close()

        played(story)


def rescued(file: bytes) -> RescueContent:
    packed = open_box(SERVER, file[len(MAGIC) :], purpose=PURPOSE)
    return msgspec.msgpack.decode(zlib.decompress(packed), type=RescueContent)


def sealed_files(folder: Path) -> list[Path]:
    return sorted((folder / "unsent").glob("*"))


class TestARevokedTablet:
    def test_wipes_itself_and_keeps_unsent_edits_for_the_server_alone(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            secret = tablet.session.device
            assert secret is not None
            shop.house.revoked = True
            await tablet.sync_now()
            assert Revoked() in shop.facts
            await tablet.close()
            (left,) = sealed_files(shop.folder)
            assert [part.name for part in shop.folder.iterdir() if part.name != "unsent"] == ["server"]
            content = rescued(left.read_bytes())
            assert [edit.envelope.op for edit in content.edits] == ["customer.create@1", "note.write@1"]
            assert (content.author, content.device_id) == (str(INES), secret.device_id)
            assert [word for word in SECRETS if word in bytes_of(shop.folder)] == []

        played(story)

    def test_keeps_the_unsent_edits_of_those_who_are_not_there(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            await shop.tablet.lock()
            await shop.tablet.sign_in("paul", PASSWORD)
            shop.house.revoked = True
            await shop.tablet.sync_now()
            await shop.tablet.close()
            (left,) = sealed_files(shop.folder)
            assert rescued(left.read_bytes()).author == str(INES)

        played(story)

    def test_delivers_them_once_it_is_in_service_again(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            shop.house.revoked = True
            await shop.tablet.sync_now()
            await shop.tablet.close()
            shop.house.revoked = False
            shop.tablet = shop.open()
            await shop.begin()
            assert shop.tablet.session.left_behind() == 1
            assert await shop.tablet.session.deliver_left_behind() == 1
            assert len(rescued(shop.house.rescued[0]).edits) == 2
            assert sealed_files(shop.folder) == []
            await shop.tablet.close()

        played(story)

    def test_learns_it_at_a_sign_in_as_well(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            shop.house.revoked = True
            with pytest.raises(DeviceRevoked):
                await shop.tablet.sign_in("paul", PASSWORD)
            assert len(sealed_files(shop.folder)) == 1
            assert not (shop.folder / "people").exists()
            await shop.tablet.close()

        played(story)

    def test_goes_on_with_a_wipe_that_was_cut_short(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            await shop.tablet.close()
            (shop.folder / WIPING).touch()
            shop.tablet = shop.open()
            assert shop.tablet.session.device is None
            assert shop.tablet.faces() == ()
            assert not (shop.folder / "people").exists()
            assert len(sealed_files(shop.folder)) == 1
            await shop.tablet.close()

        played(story)


class TestAForgottenPassword:
    def test_leaves_the_edits_of_the_lost_store_for_the_server(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            await shop.tablet.close()
            for name in ("keys", "data_key"):  # a password changed elsewhere: neither PIN nor password opens
                (shop.folder / "people" / str(INES) / name).unlink()
            shop.tablet = shop.open()
            await shop.tablet.sign_in("ines", PASSWORD)
            assert len(sealed_files(shop.folder)) == 1
            assert shop.tablet.line().waiting == 0
            await shop.tablet.close()

        played(story)


class TestTheSealedCopy:
    def test_follows_the_queue(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            path = shop.store_file.with_name("unsent.rescue")
            tablet._keep_unsent()
            assert len(rescued(path.read_bytes()).edits) == 2
            tablet._opened().connection.execute("delete from outbox")
            tablet._keep_unsent()
            assert not path.exists()
            await tablet.close()

        played(story)

    def test_is_not_made_where_the_server_gave_no_key(self, shop: Shop) -> None:
        async def story() -> None:
            shop.house.now_ms = None
            tablet = await shop.begin()
            write_much(tablet)
            await tablet.close()
            assert not shop.store_file.with_name("unsent.rescue").exists()

        played(story)
