"""The tablet and its store: encrypted whole, repaired when damaged, loud when there is no room."""

from pathlib import Path
from uuid import UUID

import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import SetField, WriteNote
from sync.replica.database import StoreFull, transaction
from sync.replica.pages import PAGE
from tests.mobile_app.house import INES
from tests.mobile_app.shop import CLAIRE, PIN, SECRETS, Shop, bytes_of, played, write_much


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


class TestTheFolder:
    def test_shows_nothing_of_a_customer_while_the_tablet_is_in_use(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            content = bytes_of(shop.folder)
            await tablet.close()
            content += bytes_of(shop.folder)
            assert len(content) > 20_000
            assert [word for word in SECRETS if word in content] == []

        played(story)

    def test_shows_no_key_and_no_token(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            key = tablet.session.data_key()
            tokens = [token.encode() for token in shop.house.good]
            content = bytes_of(shop.folder)
            await tablet.close()
            assert key not in content and key.hex().encode() not in content
            assert tokens and not any(token in content for token in tokens)

        played(story)

    def test_holds_a_store_that_the_data_key_opens(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            tablet = await shop.again()
            assert tablet.line().waiting == 2
            await tablet.close()

        played(story)


class TestDamage:
    def test_saves_the_edits_and_says_so(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            await shop.tablet.close()
            content = bytearray(shop.store_file.read_bytes())
            content[:200] = bytes(200)
            shop.store_file.write_bytes(content)
            shop.tablet = shop.open()
            await shop.tablet.unlock(INES, PIN)
            line = shop.tablet.line()
            assert (line.waiting, line.saved_edits) == (2, 2)
            await shop.tablet.close()

        played(story)

    def test_in_what_can_be_fetched_again_is_looked_for_after_the_first_screen(self, shop: Shop) -> None:
        async def story() -> None:
            write_much(await shop.begin())
            root = shop.tablet._opened().connection.execute(
                "select rootpage from sqlite_master where name = 'member'"
            )
            start = (root.fetchone()[0] - 1) * PAGE
            await shop.tablet.close()
            content = bytearray(shop.store_file.read_bytes())
            content[start : start + PAGE] = bytes(PAGE)
            shop.store_file.write_bytes(content)
            shop.tablet = shop.open()
            await shop.tablet.unlock(INES, PIN)
            assert shop.tablet.line().saved_edits is None
            await shop.tablet._look_for_damage(shop.tablet._opened(), after_s=0)
            assert shop.tablet._recovering is not None
            await shop.tablet._recovering
            assert (shop.tablet.line().waiting, shop.tablet.line().saved_edits) == (2, 2)
            await shop.tablet.close()

        played(story)

    def test_found_while_in_use_is_repaired(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            tablet._repair()  # what reading a damaged page sets off
            assert tablet._recovering is not None
            await tablet._recovering
            assert (tablet.line().waiting, tablet.line().saved_edits) == (2, 2)
            tablet.submit(CLAIRE, SetField(field="town", value="Nice"))
            assert tablet.line().waiting == 3
            await tablet.close()

        played(story)


class TestNoRoom:
    def test_refuses_an_edit_loudly_and_keeps_the_others(self, shop: Shop) -> None:
        async def story() -> None:
            tablet = await shop.begin()
            write_much(tablet)
            connection = tablet._opened().connection
            pages = connection.execute("pragma page_count").fetchone()[0]
            connection.execute(f"pragma max_page_count = {pages}")  # what a full disk answers
            with pytest.raises(StoreFull):
                for number in range(100):
                    note = WriteNote(note_id=UUID(int=100 + number), text="x" * 4000, level=NoteLevel.STORE)
                    tablet.submit(CLAIRE, note)
            assert shop.line().no_room
            kept = tablet.line().waiting
            connection.execute("pragma max_page_count = 100000")
            tablet.submit(CLAIRE, SetField(field="town", value="Nice"))
            assert not shop.line().no_room
            assert tablet.line().waiting == kept + 1
            with transaction(connection):
                assert connection.execute("select count(*) from outbox").fetchone() == (kept + 1,)
            await tablet.close()

        played(story)
