"""Edits answered lately are sent again to a server that forgot them, and leave when they may not stay."""

from pathlib import Path
from uuid import UUID

import msgspec

from schemas.mutations import AddElement, CreateCustomer, SetField
from schemas.protocol import Outcome, OutcomeStatus
from schemas.staff import Role
from sync.replica.pull import apply_page, next_pull
from sync.replica.tail import KEPT_MS
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

CLAIRE = UUID("00000000-0000-7000-8000-00000000000a")


def likes(tablet: Tablet) -> set[str]:
    card = tablet.store.card(CLAIRE)
    return set(card.values.get("likes", {})) if card else set()


def kept(tablet: Tablet) -> int:
    count: int = tablet.store.connection.execute("select count(*) from answered").fetchone()[0]
    return count


def house(tmp_path: Path, role: Role = Role.STORE_MANAGER) -> tuple[ModelServer, Tablet]:
    server = ModelServer()
    server.put_customer(CLAIRE, {"family_name": "Petit"}, scopes=["store:lyon"])
    tablet = Tablet(tmp_path / "a.db", server, device=UUID(int=1), role=role, stores=("lyon",))
    tablet.sync()
    return server, tablet


class TestTail:
    def test_goes_again_to_a_server_restored_from_a_backup(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path)
        backup = server.backup()
        tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.edit(CLAIRE, AddElement(field="likes", element="bleu"))
        tablet.sync()
        assert server.values[CLAIRE]["likes"].keys() == {"lin", "bleu"} and kept(tablet) == 2
        server.restore(backup)
        assert "likes" not in server.values[CLAIRE]
        tablet.edit(CLAIRE, AddElement(field="likes", element="soie"))
        tablet.sync()
        assert server.values[CLAIRE]["likes"].keys() == {"lin", "bleu", "soie"}
        tablet.sync()
        assert likes(tablet) == {"lin", "bleu", "soie"}
        assert tablet.store.status().pending == 0 and tablet.store.problems() == []
        assert all(count == 1 for count in server.effects.values())

    def test_goes_again_though_the_reply_that_asks_for_it_takes_the_store_away(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path)
        backup = server.backup()
        tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.sync()
        server.restore(backup)
        server.become(UUID(int=1), stores=("nice",))
        tablet.sync()
        said = [*tablet.store.problems()]
        assert [each.code for each in said] == ["customer_out_of_scope"]  # kept for a manager, and shown

    def test_is_not_kept_of_what_its_author_may_not_read(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path, role=Role.SELLER)
        eve = UUID("00000000-0000-7000-8000-00000000000b")
        tablet.edit(eve, CreateCustomer(values={"family_name": "Roy", "phone": "+33612345678"}))
        tablet.sync()
        assert eve in server.values and kept(tablet) == 0  # he was told the number and may not keep it
        content = b"".join(part.read_bytes() for part in tmp_path.glob("a.db*"))
        assert b"612345678" not in content
        tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.sync()
        assert kept(tablet) == 1

    def test_leaves_with_a_right_that_is_lost(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path)
        tablet.edit(CLAIRE, SetField(field="phone", value="+33612345678"))
        tablet.sync()
        assert kept(tablet) == 1
        server.become(UUID(int=1), role=Role.SELLER)
        tablet.sync()
        assert kept(tablet) == 0
        content = b"".join(part.read_bytes() for part in tmp_path.glob("a.db*"))
        assert b"612345678" not in content

    def test_leaves_with_the_store_and_with_the_person(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path)
        tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.sync()
        server.erase(CLAIRE)
        tablet.sync()
        assert kept(tablet) == 0
        (tmp_path / "b").mkdir()
        server, tablet = house(tmp_path / "b")
        tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.sync()
        server.become(UUID(int=1), stores=("nice",))
        tablet.sync()
        assert kept(tablet) == 0

    def test_holds_what_was_parked_and_taken_later(self, tmp_path: Path) -> None:
        """The server may lose the later verdict as well as the first: the edit would be nowhere."""
        server, tablet = house(tmp_path)
        edit = tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.store.connection.execute("update outbox set seq = null, state = 'parked'")
        taken = Outcome(seq=0, mutation_id=edit.mutation_id, status=OutcomeStatus.APPLIED)
        asked = next_pull(tablet.store, wall_ms=tablet.now)
        apply_page(
            tablet.store,
            asked,
            msgspec.structs.replace(server.pull(asked), verdicts=(taken,)),
            wall_ms=tablet.now,
        )
        assert (tablet.store.problems(), kept(tablet)) == ([], 1)
        server.history += 1
        tablet.sync()
        assert server.values[CLAIRE]["likes"].keys() == {"lin"}

    def test_does_not_bring_back_what_its_author_gave_up(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path, role=Role.SELLER)
        edit = tablet.edit(CLAIRE, SetField(field="phone", value="+33612345678"))
        tablet.sync()
        assert tablet.store.dismiss(edit.mutation_id)
        server.become(UUID(int=1), role=Role.STORE_MANAGER)
        server.history += 1
        tablet.sync()
        assert "phone" not in server.values[CLAIRE] and tablet.store.status().pending == 0

    def test_is_forgotten_after_a_week(self, tmp_path: Path) -> None:
        server, tablet = house(tmp_path)
        tablet.edit(CLAIRE, AddElement(field="likes", element="lin"))
        tablet.sync()
        tablet.now += KEPT_MS + 60_000  # its own clock says so: that is not enough
        tablet.sync()
        assert kept(tablet) == 1
        server.now += KEPT_MS + 60_000
        tablet.sync()
        assert kept(tablet) == 0
