"""Two words on one guarded value: both are kept, a person decides, and every tablet learns it."""

from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from schemas.mutations import ResolveConflict, SetField
from schemas.protocol import Outcome, OutcomeStatus
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import (
    NOW,
    NOW_MS,
    associate_id,
    enrol,
    envelope,
    hire_everybody,
    make_customer,
    principal_named,
)
from tests.server.replication.double import Double

pytestmark = pytest.mark.anyio


class Counter:
    """Two people with a tablet each, and a customer whose name both have changed."""

    def __init__(self, connection: Connection, her: UUID, luc: Double, outcome: Outcome) -> None:
        self.connection = connection
        self.her = her
        self.luc = luc
        self.outcome = outcome
        self.conflict_id = UUID(outcome.detail["conflict_id"])

    def decision(self, keep: str) -> ResolveConflict:
        return ResolveConflict(conflict_id=self.conflict_id, keep=keep)

    async def name(self) -> str:
        name: str = await self.connection.fetchval("select family_name from customer where id = $1", self.her)
        return name

    async def say(self, who: str, mutation: SetField | ResolveConflict, seen: int = 0) -> Outcome:
        edit = envelope(self.her, mutation, base={"family_name": seen} if seen else None)
        principal = await principal_named(self.connection, who)
        (outcome,) = await submit(self.connection, principal, [edit], now=NOW)
        return outcome


@pytest.fixture
async def counter(connection: Connection, client: httpx.AsyncClient) -> Counter:
    await hire_everybody(connection)
    ines = await principal_named(connection, "ines")
    her = await make_customer(connection, ines)
    luc = await Double.of(client, "luc", await enrol(client))
    await luc.pull()
    first = envelope(her, SetField(field="family_name", value="Durant"), base={"family_name": 1})
    await submit(connection, ines, [first], now=NOW)
    second = SetField(field="family_name", value="Durrand")
    reply = await luc.push(envelope(her, second, base={"family_name": 1}, seq=1))
    assert reply.outcomes[0].status == OutcomeStatus.CONFLICT
    return Counter(connection, her, luc, reply.outcomes[0])


class TestAConflict:
    async def test_tells_its_author_both_values_who_and_when(self, counter: Counter) -> None:
        detail = counter.outcome.detail
        assert detail["field"] == "family_name"
        values = [msgspec.json.decode(detail[name]) for name in ("mine", "theirs", "base")]
        assert values == ["Durrand", "Durant", "Durand"]
        assert detail["by"] == str(associate_id("ines"))
        assert int(detail["at"]) == NOW_MS

    async def test_keeps_what_the_author_had_in_front_of_him(self, counter: Counter) -> None:
        assert await counter.connection.fetchval("select base from conflict") == "Durand"

    async def test_is_told_again_when_the_reply_was_lost(self, counter: Counter) -> None:
        edit = envelope(
            counter.her,
            SetField(field="family_name", value="Durrand"),
            seq=1,
            mutation_id=counter.outcome.mutation_id,
        )
        (again,) = (await counter.luc.push(edit)).outcomes
        assert again.status == "duplicate"
        assert again.detail["status"] == "conflict"
        assert again.detail["theirs"] == '"Durant"'

    async def test_shows_no_value_to_an_author_who_lost_the_right(self, counter: Counter) -> None:
        await counter.connection.execute(
            "update associate set role = 'administrator', epoch = epoch + 1 where code = 'luc'"
        )
        edit = envelope(
            counter.her,
            SetField(field="family_name", value="Durrand"),
            mutation_id=counter.outcome.mutation_id,
        )
        luc = await principal_named(counter.connection, "luc")
        (again,) = await submit(counter.connection, luc, [edit], now=NOW)
        assert set(again.detail) == {"status", "conflict_id", "field"}


class TestDeciding:
    async def test_for_mine_is_an_edit_like_any_other(self, counter: Counter) -> None:
        (outcome,) = (await counter.luc.push(envelope(counter.her, counter.decision("mine"), seq=2))).outcomes
        assert outcome.status == "applied" and outcome.rows
        assert await counter.name() == "Durrand"
        stamps = await counter.connection.fetchval("select stamps from customer where id = $1", counter.her)
        assert (stamps["family_name"]["author"], stamps["family_name"]["rev"]) == (
            str(associate_id("luc")),
            3,
        )
        past = await counter.connection.fetch("select value, lost_to from field_past order by id")
        assert [row["value"] for row in past] == ["Durand", "Durant"]
        assert past[-1]["lost_to"] == outcome.mutation_id

    async def test_for_theirs_changes_nothing_and_keeps_mine_in_the_past(self, counter: Counter) -> None:
        before = await counter.connection.fetch("select * from fragment order by 1, 2")
        outcome = await counter.say("luc", counter.decision("theirs"))
        assert outcome.status == "applied"
        assert await counter.connection.fetch("select * from fragment order by 1, 2") == before
        past = await counter.connection.fetchrow(
            "select value, stamp from field_past order by id desc limit 1"
        )
        assert past is not None
        assert (past["value"], past["stamp"]["author"]) == ("Durrand", str(associate_id("luc")))

    async def test_twice_alike_is_deciding_once(self, counter: Counter) -> None:
        for _ in range(2):
            assert (await counter.say("luc", counter.decision("mine"))).status == "applied"
        stamps = await counter.connection.fetchval("select stamps from customer where id = $1", counter.her)
        assert stamps["family_name"]["rev"] == 3

    async def test_twice_differently_leaves_the_first(self, counter: Counter) -> None:
        await counter.say("luc", counter.decision("theirs"))
        late = await counter.say("luc", counter.decision("mine"))
        assert (late.status, late.code) == ("refused", "precondition")
        assert await counter.name() == "Durant"

    async def test_is_not_for_a_colleague_and_looks_like_nothing_to_him(self, counter: Counter) -> None:
        theirs = await counter.say("ines", counter.decision("mine"))
        nobodys = await counter.say("ines", ResolveConflict(conflict_id=uuid4(), keep="mine"))
        assert (theirs.status, theirs.code, theirs.detail) == ("refused", "not_found", {})
        assert (nobodys.status, nobodys.code, nobodys.detail) == ("refused", "not_found", {})

    async def test_is_for_the_manager_of_the_store_and_of_no_other(self, counter: Counter) -> None:
        await counter.connection.execute("update associate set stores = '{nice}' where code = 'zoe'")
        assert (await counter.say("henri", counter.decision("mine"))).status == "refused"
        assert (await counter.say("marie", counter.decision("mine"))).status == "applied"

    async def test_about_another_customer_is_refused(self, counter: Counter) -> None:
        ines = await principal_named(counter.connection, "ines")
        other = await make_customer(counter.connection, ines, 2)
        luc = await principal_named(counter.connection, "luc")
        edit = envelope(other, counter.decision("mine"))
        (outcome,) = await submit(counter.connection, luc, [edit], now=NOW)
        assert (outcome.status, outcome.code) == ("refused", "not_found")

    async def test_against_a_third_word_asks_again(self, counter: Counter) -> None:
        await counter.say("marie", SetField(field="family_name", value="Dupont"), seen=2)
        outcome = await counter.say("luc", counter.decision("mine"))
        assert outcome.status == "conflict"
        assert outcome.detail["theirs"] == '"Dupont"'
        assert await counter.name() == "Dupont"
        assert (await counter.say("luc", counter.decision("mine"))).status == "applied"
        assert await counter.name() == "Durrand"

    async def test_against_a_third_word_asks_again_when_the_reply_was_lost(self, counter: Counter) -> None:
        await counter.say("marie", SetField(field="family_name", value="Dupont"), seen=2)
        luc = await principal_named(counter.connection, "luc")
        edit = envelope(counter.her, counter.decision("mine"))
        (first,) = await submit(counter.connection, luc, [edit], now=NOW)
        (again,) = await submit(counter.connection, luc, [edit], now=NOW)
        assert again.detail == {**first.detail, "status": "conflict"}
        assert again.detail["theirs"] == '"Dupont"'

    async def test_tells_nothing_again_under_the_name_of_another_conflict(self, counter: Counter) -> None:
        await counter.say("marie", SetField(field="family_name", value="Dupont"), seen=2)
        luc = await principal_named(counter.connection, "luc")
        edit = envelope(counter.her, counter.decision("mine"))
        await submit(counter.connection, luc, [edit], now=NOW)
        ines = await principal_named(counter.connection, "ines")
        for asks in (b"{", b"{}", edit.args):
            again = msgspec.structs.replace(edit, args=asks)
            (outcome,) = await submit(counter.connection, ines, [again], now=NOW)
            assert set(outcome.detail) <= {"status"}

    async def test_needs_todays_right_to_the_field(self, counter: Counter) -> None:
        await counter.connection.execute(
            "update associate set role = 'zone_manager', zone = 'south', epoch = epoch + 1 where code = 'luc'"
        )
        refused = await counter.say("luc", counter.decision("mine"))
        assert (refused.status, refused.code) == ("refused", "field_not_allowed")
        assert (await counter.say("luc", counter.decision("theirs"))).status == "applied"

    async def test_by_somebody_else_reaches_the_authors_tablet(self, counter: Counter) -> None:
        await counter.luc.pull()
        assert counter.luc.verdicts == {}
        await counter.say("marie", counter.decision("theirs"))
        await counter.luc.pull()
        assert counter.luc.verdicts == {counter.outcome.mutation_id: ("merged", None)}
        counter.luc.verdicts.clear()
        await counter.luc.pull()
        assert counter.luc.verdicts == {}

    async def test_is_the_answer_to_the_edit_sent_again(self, counter: Counter) -> None:
        await counter.say("luc", counter.decision("mine"))
        edit = envelope(
            counter.her,
            SetField(field="family_name", value="Durrand"),
            mutation_id=counter.outcome.mutation_id,
        )
        luc = await principal_named(counter.connection, "luc")
        (again,) = await submit(counter.connection, luc, [edit], now=NOW)
        assert (again.status, again.detail) == ("duplicate", {"status": "applied"})


class TestOwnEarlierWords:
    async def test_are_known_to_their_author_before_the_server_numbers_them(self, counter: Counter) -> None:
        await counter.connection.execute("update associate set role = 'integration' where code = 'luc'")
        edits = [
            envelope(counter.her, SetField(field="loyalty_card", value=card), seq=seq, at_ms=NOW_MS + seq)
            for seq, card in ((2, "MB1"), (3, "MB2"))
        ]
        reply = await counter.luc.push(*edits)
        assert [each.status for each in reply.outcomes] == ["applied", "applied"]

    async def test_do_not_hide_what_somebody_else_said_between(self, counter: Counter) -> None:
        later = SetField(field="family_name", value="Durrandt")
        edit = envelope(counter.her, later, base={"family_name": 1}, seq=2, at_ms=NOW_MS + 5)
        (outcome,) = (await counter.luc.push(edit)).outcomes
        assert outcome.status == "conflict"
        assert await counter.name() == "Durant"
