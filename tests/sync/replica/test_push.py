"""Sending edits and settling them."""

from uuid import UUID

import msgspec
import pytest

from schemas.engagement import NoteLevel
from schemas.ids import conflict_id_of
from schemas.mutations import AddElement, CreateCustomer, ResolveConflict, SetField, WriteNote
from schemas.protocol import MAX_PUSH_BYTES, MemberState, OutcomeStatus, PushReply, PushRequest, encode
from schemas.staff import Role
from sync.replica.engine import Exchange
from sync.replica.pull import apply_page, next_pull
from sync.replica.push import next_push, settle
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import LineCut, Tablet

CLAIRE, DEVICE = UUID(int=1), UUID(int=90)
TWIN = UUID(int=777)


@pytest.fixture
def server() -> ModelServer:
    server = ModelServer()
    server.put_customer(
        CLAIRE,
        {"family_name": "Lefèvre", "town": "Lyon", "phone": "+33612345678"},
        scopes=["store:lyon"],
    )
    return server


@pytest.fixture
def tablet(server: ModelServer) -> Tablet:
    tablet = Tablet(":memory:", server, device=DEVICE, durable=False)
    tablet.sync()
    return tablet


def ask(tablet: Tablet) -> PushRequest:
    request = next_push(tablet.store, wall_ms=tablet.now)
    assert request is not None
    return request


class TestNextPush:
    def test_is_nothing_when_nothing_waits(self, tablet: Tablet) -> None:
        assert next_push(tablet.store, wall_ms=1) is None

    def test_carries_a_hundred_edits_at_most_oldest_first(self, tablet: Tablet) -> None:
        for i in range(130):
            tablet.edit(UUID(int=i % 20 + 1), AddElement(field="likes", element=f"n{i}"))
        assert [edit.seq for edit in ask(tablet).edits] == list(range(1, 101))

    def test_stays_below_the_bytes_a_push_may_have(self, tablet: Tablet) -> None:
        for i in range(90):
            note = WriteNote(note_id=UUID(int=500 + i), text="é" * 3999, level=NoteLevel.BRAND)
            tablet.edit(UUID(int=i % 30 + 1), note)
        request = ask(tablet)
        assert 20 < len(request.edits) < 90
        assert len(encode(request)) <= MAX_PUSH_BYTES


def take(
    tablet: Tablet, request: PushRequest, reply: PushReply, *, asked_with: bytes | None = None
) -> frozenset[UUID]:
    """Let a reply in: to a push sent under the token held now, unless said otherwise."""
    token = asked_with or tablet.store.meta.progress.token
    return settle(tablet.store, request, reply, asked_with=token, wall_ms=tablet.now, new_incarnation=TWIN)


class TestSettle:
    def test_keeps_an_edit_made_while_the_push_was_in_flight(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        reply = tablet.server.push(request)
        later = tablet.edit(CLAIRE, SetField(field="language", value="fr"))
        take(tablet, request, reply)
        assert [queued.envelope for queued in tablet.store.pending()] == [later]

    def test_shows_the_new_record_in_the_very_transaction(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        take(tablet, request, tablet.server.push(request))
        card = tablet.store.card(CLAIRE)
        assert card is not None
        assert (card.values["town"], card.pending_fields) == ("Nice", frozenset())

    def test_keeps_a_refused_edit_in_sight_and_takes_it_out_of_the_draft(self, tablet: Tablet) -> None:
        edit = tablet.edit(CLAIRE, SetField(field="phone", value="+33699999999"))
        tablet.sync()
        (problem,) = tablet.store.problems()
        assert (problem.mutation_id, problem.state, problem.code) == (
            edit.mutation_id, "refused", "field_not_allowed",
        )  # fmt: skip
        card = tablet.store.card(CLAIRE)
        assert card is not None and card.values["phone"] == "•• •• •• 78"
        assert tablet.store.dismiss(edit.mutation_id)
        assert not tablet.store.dismiss(edit.mutation_id)

    def test_keeps_a_conflict_in_sight(self, server: ModelServer) -> None:
        one = Tablet(":memory:", server, device=DEVICE, role=Role.STORE_MANAGER, durable=False)
        two = Tablet(":memory:", server, device=UUID(int=91), role=Role.STORE_MANAGER, durable=False)
        for tablet, number in ((one, "+33600000001"), (two, "+33600000002")):
            tablet.sync()
            tablet.edit(CLAIRE, SetField(field="phone", value=number))
        one.sync()
        two.sync()
        assert [problem.state for problem in two.store.problems()] == ["conflict"]
        card = two.store.card(CLAIRE)
        assert card is not None and card.values["phone"] == "+33600000001"

    @pytest.mark.parametrize("lost", [False, True])
    def test_asks_a_question_once_more_when_its_answer_met_a_third_word(
        self, tablet: Tablet, lost: bool
    ) -> None:
        edit = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        conflict_id = conflict_id_of(edit.mutation_id)
        for said, theirs in ((edit, "Paris"), (None, "Lille")):
            if said is None:
                tablet.edit(CLAIRE, ResolveConflict(conflict_id=conflict_id, keep="mine"))
            request = ask(tablet)
            reply = tablet.server.push(request)
            told = {"conflict_id": str(conflict_id), "field": "town", "theirs": f'"{theirs}"'}
            again = lost and said is None
            outcome = msgspec.structs.replace(
                reply.outcomes[0],
                status=OutcomeStatus.DUPLICATE if again else OutcomeStatus.CONFLICT,
                code=None,
                detail={**told, "status": "conflict"} if again else told,
                rows=(),
            )
            take(tablet, request, msgspec.structs.replace(reply, outcomes=(outcome,)))
        (problem,) = tablet.store.problems()
        assert (problem.mutation_id, problem.state) == (edit.mutation_id, "conflict")
        assert problem.detail["theirs"] == '"Lille"'
        assert tablet.store.pending() == []

    def test_drops_a_customer_that_the_server_refused_to_make(self, tablet: Tablet) -> None:
        new = tablet.store.new_id(tablet.now)
        tablet.edit(new, CreateCustomer(values={"family_name": "Durand", "address": {"city": "Lyon"}}))
        tablet.sync()
        assert tablet.store.card(new) is None
        assert tablet.store.search("durand") == []
        assert [problem.record_id for problem in tablet.store.problems()] == [new]

    def test_hears_a_refusal_again_when_its_reply_was_lost(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="phone", value="+33699999999"))
        with pytest.raises(LineCut):
            tablet.sync(_lose_after(tablet, pushes=1))
        tablet.sync()
        assert [problem.state for problem in tablet.store.problems()] == ["refused"]

    def test_takes_effect_once_when_replies_are_lost(self, tablet: Tablet) -> None:
        edits = [tablet.edit(CLAIRE, AddElement(field="likes", element=f"n{i}")) for i in range(3)]
        for _ in range(3):
            with pytest.raises(LineCut):
                tablet.sync(_lose_after(tablet, pushes=1))
        tablet.sync()
        assert tablet.store.pending() == []
        assert [tablet.server.effects[edit.mutation_id] for edit in edits] == [1, 1, 1]

    def test_ignores_a_verdict_on_another_edit_under_the_same_number(self, tablet: Tablet) -> None:
        edit = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        reply = tablet.server.push(request)
        strange = msgspec.structs.replace(reply.outcomes[0], mutation_id=UUID(int=5))
        reply = msgspec.structs.replace(reply, outcomes=(strange,))
        take(tablet, request, reply)
        assert [queued.envelope.mutation_id for queued in tablet.store.pending()] == [edit.mutation_id]

    def test_leaves_rows_of_another_entitlement_to_the_next_pull(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        tablet.server.become(DEVICE, role=Role.STORE_MANAGER)
        reply = tablet.server.push(request)
        take(tablet, request, reply)
        assert all("+33612345678" not in body.decode() for *_, body in tablet.fragments())

    def test_brings_nobody_back_who_left_while_the_store_was_another(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        late = tablet.server.push(request)
        tablet.server.become(DEVICE, stores=("nice",))
        _pull(tablet)
        tablet.server.move(CLAIRE, "store:lyon", MemberState.OUT)
        tablet.server.become(DEVICE, stores=("lyon",))
        _pull(tablet)
        take(tablet, request, late)
        _pull(tablet)
        assert tablet.fragments() == tablet.server.expected_fragments(DEVICE) == set()

    def test_mixes_no_rows_of_two_lives_of_the_database(self, tablet: Tablet) -> None:
        """A standby that lacked the push took over, the push was judged again: the first reply is late."""
        lost, today = UUID(int=71), UUID(int=72)
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        backup = tablet.server.backup()
        tablet.server.put_customer(CLAIRE, {"language": "fr"}, scopes=["store:lyon"])
        late = msgspec.structs.replace(tablet.server.push(request), life=lost)
        tablet.server.restore(backup)
        again = msgspec.structs.replace(tablet.server.push(request), life=today)
        take(tablet, request, again)
        take(tablet, request, late)
        card = tablet.store.card(CLAIRE)
        assert card is not None and (card.values["town"], card.values.get("language")) == ("Nice", None)
        assert next_pull(tablet.store, wall_ms=tablet.now).looked == today

    def test_tells_the_server_of_which_life_its_rows_were(self, tablet: Tablet) -> None:
        lost, today = UUID(int=71), UUID(int=72)
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        backup = tablet.server.backup()
        late = msgspec.structs.replace(tablet.server.push(request), life=lost)
        tablet.server.restore(backup)
        again = msgspec.structs.replace(tablet.server.push(request), life=today)
        take(tablet, request, late)
        take(tablet, request, again)
        assert next_pull(tablet.store, wall_ms=tablet.now).looked == lost  # today's server then knows better

    def test_becomes_somebody_new_when_the_file_has_a_twin(self, tablet: Tablet) -> None:
        before = tablet.store.identity.incarnation
        tablet.server.fences[(DEVICE, before)] = 5
        edit = tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        tablet.sync()
        assert tablet.store.identity.incarnation != before
        assert tablet.store.pending() == []
        assert tablet.server.effects[edit.mutation_id] == 1

    def test_numbers_anew_from_what_the_server_expects(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        tablet.server.seqs[(DEVICE, tablet.store.identity.incarnation)] = 40
        tablet.sync()
        assert tablet.store.pending() == []
        assert tablet.edit(CLAIRE, SetField(field="town", value="Pau")).seq == 42

    def test_ignores_a_reply_to_an_earlier_incarnation(self, tablet: Tablet) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        late = tablet.server.push(request)
        tablet.server.fences[(DEVICE, request.caller.incarnation)] = 7
        tablet.sync()
        waits = tablet.edit(CLAIRE, SetField(field="town", value="Pau"))
        assert take(tablet, request, late) == frozenset()
        assert [queued.envelope for queued in tablet.store.pending()] == [waits]

    @pytest.mark.parametrize("status", ["parked", "a_verdict_of_tomorrow"])
    def test_keeps_in_sight_what_it_cannot_settle(self, tablet: Tablet, status: str) -> None:
        tablet.edit(CLAIRE, SetField(field="town", value="Nice"))
        request = ask(tablet)
        reply = tablet.server.push(request)
        verdict = msgspec.structs.replace(reply.outcomes[0], status=OutcomeStatus(status))
        reply = msgspec.structs.replace(reply, outcomes=(verdict,))
        take(tablet, request, reply)
        assert [problem.state for problem in tablet.store.problems()] == [status]


def _pull(tablet: Tablet) -> None:
    more = True
    while more:
        asked = next_pull(tablet.store, wall_ms=1)
        reply = tablet.server.pull(asked)
        apply_page(tablet.store, asked, reply, wall_ms=1)
        more = reply.more


def _lose_after(tablet: Tablet, *, pushes: int):  # type: ignore[no-untyped-def]
    """A line that carries requests and loses the reply of the given push."""
    left = pushes

    def carry(asked: Exchange) -> bytes:
        nonlocal left
        content = tablet.deliver(asked)
        if asked.reply is PushReply:
            left -= 1
            if left == 0:
                raise LineCut
        return content

    return carry
