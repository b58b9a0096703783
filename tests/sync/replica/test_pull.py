"""Receiving pages, entitlements, departures and erasures."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from schemas.engagement import NoteLevel
from schemas.mutations import SetField, WriteNote
from schemas.protocol import LookReply, LookRequest, MemberState
from schemas.staff import Role
from sync.replica.engine import Exchange
from sync.replica.pull import apply_look, apply_page, next_pull
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import LineCut, Tablet

DEVICE = UUID(int=90)
FAR = UUID(int=20)
PEOPLE = [UUID(int=i) for i in range(1, 9)]


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    for person in PEOPLE:
        server.put_customer(
            person,
            {"family_name": f"Nom{person.int}", "phone": f"+3361234567{person.int}", "town": "Lyon"},
            scopes=["store:lyon"],
        )
    return server


@pytest.fixture
def tablet(server: ModelServer) -> Tablet:
    tablet = Tablet(":memory:", server, device=DEVICE, durable=False)
    tablet.sync()
    return tablet


class TestApplyPage:
    def test_brings_everything_page_by_page(self, tablet: Tablet, server: ModelServer) -> None:
        assert tablet.fragments() == server.expected_fragments(DEVICE)
        assert tablet.store.status().customers == len(PEOPLE)

    def test_brings_only_what_changed(self, tablet: Tablet, server: ModelServer) -> None:
        server.put_customer(PEOPLE[0], {"town": "Nice"}, scopes=[])
        tally = tablet.sync()
        assert tally.touched == {PEOPLE[0]}

    def test_goes_on_where_the_line_was_cut(self, server: ModelServer) -> None:
        tablet = Tablet(":memory:", server, device=DEVICE, durable=False)
        asked_before: list[bytes] = []

        def carry_one(asked: Exchange) -> bytes:
            if asked_before:
                raise LineCut
            asked_before.append(asked.body)
            return tablet.deliver(asked)

        with pytest.raises(LineCut):
            tablet.sync(carry_one)
        assert tablet.store.status().customers == server.page_rows
        assert tablet.sync().pages == 2
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_changes_nothing_when_a_reply_comes_twice(self, tablet: Tablet, server: ModelServer) -> None:
        server.put_customer(PEOPLE[0], {"town": "Nice"}, scopes=[])
        asked = next_pull(tablet.store, wall_ms=1)
        reply = server.pull(asked)
        assert apply_page(tablet.store, asked, reply, wall_ms=1)
        assert apply_page(tablet.store, asked, reply, wall_ms=1) == frozenset()

    def test_forgets_who_left_the_store(self, tablet: Tablet, server: ModelServer) -> None:
        server.move(PEOPLE[0], "store:lyon", MemberState.OUT)
        tablet.sync()
        assert tablet.store.card(PEOPLE[0]) is None
        assert PEOPLE[0] not in [line.record_id for line in tablet.store.search("nom1")]
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_brings_back_who_returned(self, tablet: Tablet, server: ModelServer) -> None:
        for state in (MemberState.OUT, MemberState.IN):
            server.move(PEOPLE[0], "store:lyon", state)
            tablet.sync()
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_knows_who_she_was_merged_into(self, tablet: Tablet, server: ModelServer) -> None:
        server.move(PEOPLE[0], "store:lyon", MemberState.MERGED, into=PEOPLE[1])
        tablet.sync()
        assert tablet.store.survivor(PEOPLE[0]) == PEOPLE[1]
        assert tablet.store.card(PEOPLE[0]) is None

    def test_leaves_no_byte_of_what_a_new_role_may_not_see(self, server: ModelServer, tmp_path: Path) -> None:
        path = tmp_path / "store.db"
        tablet = Tablet(path, server, device=DEVICE, role=Role.STORE_MANAGER)
        tablet.sync()
        assert b"+33612345671" in _bytes_of(path)
        server.become(DEVICE, role=Role.SELLER)
        tablet.sync()
        assert b"+3361234567" not in _bytes_of(path)
        assert tablet.store.search("0612345671") == []
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_leaves_nothing_of_the_old_store_after_a_transfer_but_the_queue(
        self, server: ModelServer, tmp_path: Path
    ) -> None:
        path = tmp_path / "store.db"
        server.put_customer(UUID(int=20), {"family_name": "Nice"}, scopes=["store:nice"])
        tablet = Tablet(path, server, device=DEVICE)
        tablet.sync()
        edit = tablet.edit(PEOPLE[0], SetField(field="language", value="en"))
        server.become(DEVICE, stores=("nice",))
        asked = next_pull(tablet.store, wall_ms=1)
        while True:
            reply = server.pull(asked)
            apply_page(tablet.store, asked, reply, wall_ms=1)
            if not reply.more:
                break
            asked = next_pull(tablet.store, wall_ms=1)
        assert b"Nom1" not in _bytes_of(path)
        assert [queued.envelope for queued in tablet.store.pending()] == [edit]
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_erases_a_person_and_says_so(self, server: ModelServer, tmp_path: Path) -> None:
        path = tmp_path / "store.db"
        tablet = Tablet(path, server, device=DEVICE)
        tablet.sync()
        note = WriteNote(note_id=UUID(int=50), text="canari", level=NoteLevel.BRAND)
        tablet.edit(PEOPLE[0], note)
        server.erase(PEOPLE[0])
        tablet.sync()
        tablet.sync()
        content = _bytes_of(path)
        assert b"canari" not in content and b"Nom1" not in content
        assert server.erased[PEOPLE[0]] == {DEVICE}
        assert [(problem.state, problem.args) for problem in tablet.store.problems()] == [("erased", b"{}")]

    def test_never_brings_an_erased_person_back_by_a_late_reply(
        self, tablet: Tablet, server: ModelServer
    ) -> None:
        caller = tablet.store.caller(1)
        late = server.look(LookRequest(caller=caller, record_ids=(PEOPLE[0],)))
        server.erase(PEOPLE[0])
        for scope in ("store:lyon", f"pin:{DEVICE}"):  # its rows may be long gone, the id is not
            del server.members[(PEOPLE[0], scope)]
        tablet.sync()
        take(tablet, late)
        assert tablet.store.card(PEOPLE[0]) is None

    def test_walks_again_and_sweeps_when_history_was_lost(self, tablet: Tablet, server: ModelServer) -> None:
        edit = tablet.edit(PEOPLE[1], SetField(field="phone", value="x"))
        for (record_id, group), fragment in list(server.fragments.items()):
            server.fragments[(record_id, group)] = msgspec.structs.replace(
                fragment, rev=1, body=fragment.body.replace(b"Lyon", b"Pau")
            )
        server.put_customer(PEOPLE[0], {"family_name": "Autre"}, scopes=[])
        del server.members[(PEOPLE[7], "store:lyon")]
        server.history += 1
        tablet.sync()
        assert tablet.fragments() == server.expected_fragments(DEVICE)
        assert tablet.store.card(PEOPLE[7]) is None
        assert [problem.mutation_id for problem in tablet.store.problems()] == [edit.mutation_id]


def take(tablet: Tablet, reply: LookReply, *, asked_with: bytes | None = None) -> None:
    """Let a look-up's reply in: asked for under the token held now, unless said otherwise."""
    token = asked_with or tablet.store.meta.progress.token
    apply_look(tablet.store, reply, asked_with=token, wall_ms=1)


class TestApplyLook:
    def test_pins_a_customer_of_another_store(self, tablet: Tablet, server: ModelServer) -> None:
        server.put_customer(UUID(int=20), {"family_name": "Ailleurs"}, scopes=["store:nice"])
        reply = server.look(LookRequest(caller=tablet.store.caller(1), record_ids=(UUID(int=20),)))
        take(tablet, reply)
        assert [line.record_id for line in tablet.store.search("ailleurs")] == [UUID(int=20)]
        tablet.sync()
        assert tablet.fragments() == server.expected_fragments(DEVICE)

    def test_brings_nobody_back_who_left_meanwhile(self, tablet: Tablet, server: ModelServer) -> None:
        token = tablet.store.meta.progress.token
        late = self._pinned(tablet, server)
        take(tablet, late)
        server.move(FAR, f"pin:{DEVICE}", MemberState.OUT)
        tablet.sync()
        take(tablet, late, asked_with=token)
        assert tablet.store.card(FAR) is None

    def test_brings_nobody_who_left_before_a_walk_from_nothing(
        self, tablet: Tablet, server: ModelServer
    ) -> None:
        token = tablet.store.meta.progress.token
        late = self._pinned(tablet, server)
        del server.members[(FAR, f"pin:{DEVICE}")]  # she left, and the feed has forgotten it
        server.history += 1
        tablet.sync()
        take(tablet, late, asked_with=token)
        assert tablet.store.card(FAR) is None

    def test_is_told_to_the_server_until_a_page_knows_of_it(
        self, tablet: Tablet, server: ModelServer
    ) -> None:
        first, second = UUID(int=71), UUID(int=72)
        asked_before = next_pull(tablet.store, wall_ms=1)
        for life in (first, second):
            take(tablet, msgspec.structs.replace(self._pinned(tablet, server), life=life))
        apply_page(tablet.store, asked_before, server.pull(asked_before), wall_ms=1)
        asked = next_pull(tablet.store, wall_ms=1)
        assert (asked_before.looked, asked.looked) == (None, first)
        assert tablet.store.card(FAR) is not None
        apply_page(tablet.store, asked, server.pull(asked), wall_ms=1)
        assert next_pull(tablet.store, wall_ms=1).looked is None

    def test_is_told_again_where_a_page_was_under_way(self, tablet: Tablet, server: ModelServer) -> None:
        """Rows of one life before the asking and after it: the page answers for the first alone."""
        life = UUID(int=71)
        take(tablet, msgspec.structs.replace(self._pinned(tablet, server), life=life))
        under_way = next_pull(tablet.store, wall_ms=1)
        take(tablet, msgspec.structs.replace(self._pinned(tablet, server), life=life))
        apply_page(tablet.store, under_way, server.pull(under_way), wall_ms=1)
        assert next_pull(tablet.store, wall_ms=1).looked == life

    def test_brings_nobody_back_across_two_changes_of_role(self, tablet: Tablet, server: ModelServer) -> None:
        late = self._pinned(tablet, server)
        server.become(DEVICE, role=Role.ADMINISTRATOR)
        tablet.sync()
        server.move(FAR, f"pin:{DEVICE}", MemberState.OUT)
        server.become(DEVICE, role=Role.SELLER)
        tablet.sync()
        take(tablet, late)
        assert tablet.store.card(FAR) is None

    def _pinned(self, tablet: Tablet, server: ModelServer) -> LookReply:
        server.put_customer(FAR, {"family_name": "Ailleurs"}, scopes=["store:nice"])
        return server.look(LookRequest(caller=tablet.store.caller(1), record_ids=(FAR,)))

    def test_drops_rows_that_cross_a_change_of_role(self, server: ModelServer) -> None:
        tablet = Tablet(":memory:", server, device=DEVICE, role=Role.STORE_MANAGER, durable=False)
        tablet.sync()
        server.put_customer(PEOPLE[0], {"phone": "+33699999999"}, scopes=[])
        late = server.look(LookRequest(caller=tablet.store.caller(1), record_ids=(PEOPLE[0],)))
        server.become(DEVICE, role=Role.SELLER)
        tablet.sync()
        take(tablet, late)
        assert all(b"+336" not in body for *_, body in tablet.fragments())


def _bytes_of(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.iterdir() if each.name.startswith(path.name))
