"""Laws of merging, on a real database: whoever was merged into whom, and taken apart again.

Merged and unmerged equals never merged, plus what was said since. No order lets more be sent than the
strictest of them. What any of them had said before is there after.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel
from schemas.ids import id_from, uuid7
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    BookAppointment,
    MakeTask,
    MoveTask,
    Mutation,
    OpenCase,
    PutEntry,
    RecordConsent,
    SendMessage,
    WriteNote,
)
from schemas.promise import AppointmentKind, CaseKind, TaskKind, TaskState
from schemas.protocol import OutcomeStatus
from schemas.visibility import field_groups
from server.auth.principal import Principal
from server.database.pool import Connection
from server.identity import merging
from server.policy.in_force import Policies
from server.replication.push import submit
from tests.server.people import NOW, NOW_MS, envelope, hire_everybody, make_customer, principal_named
from tests.server.rest.house import purchase, touchpoint

pytestmark = pytest.mark.anyio

PEOPLE = 4
LEDGERS = ("purchase", "purchase_line", "loyalty_entry", "consent_event", "touchpoint", "promise", "outgoing")
# What a row says of when it was written, or of which link it followed.
PASSING = [
    "id",
    "purchase_id",
    "received_at",
    "created_at",
    "written_at",
    "updated_at",
    "via",
    "position",
    "not_before",
]


class House:
    """Four people of one shop, whoever may speak of them, and the latest moment."""

    def __init__(self, connection: Connection, people: list[UUID], speakers: dict[str, Principal]) -> None:
        self.connection = connection
        self.people = people
        self._speakers = speakers
        self._policies = Policies()

    async def say(self, turn: int, whom: int, kind: str) -> None:
        """Let something happen to one of them; the same turn always says the same."""
        speaker, make = SAYINGS[kind]
        at_ms = NOW_MS + turn
        edit = envelope(
            self.people[whom],
            make(turn, whom),
            at_ms=at_ms,
            mutation_id=uuid7(at_ms, bytes([turn, whom]) * 5),
        )
        (outcome,) = await submit(self.connection, self._speakers[speaker], [edit], now=NOW)
        assert outcome.status in (OutcomeStatus.APPLIED, OutcomeStatus.REDIRECTED), (kind, outcome)

    async def merge(self, loser: int, winner: int) -> bool:
        """Merge one into another, if both are still there."""
        gone = await self._gone()
        one, other = self.people[loser], self.people[winner]
        if one == other or {one, other} & gone:
            return False
        henri = self._speakers["henri"]
        pair = await merging.lock_pair(self.connection, henri, loser=one, winner=other)
        groups = field_groups(await self._policies.version(self.connection, 1))
        await merging.merge(self.connection, henri, pair, choices={}, reason=None, groups=groups, now=NOW)
        return True

    async def unmerge(self, whom: int) -> None:
        """Give one of them her own record back, if she has none."""
        if self.people[whom] in await self._gone():
            groups = field_groups(await self._policies.version(self.connection, 1))
            henri = self._speakers["henri"]
            await merging.unmerge(self.connection, henri, self.people[whom], groups=groups, now=NOW)

    async def _gone(self) -> set[UUID]:
        rows = await self.connection.fetch("select id from customer where alias_of is not null")
        return {row["id"] for row in rows}

    async def kept(self) -> dict[str, Any]:
        """Return all that is kept of everybody."""
        kept: dict[str, Any] = {}
        for row in await self.connection.fetch("select to_jsonb(c) as c from customer c order by id"):
            values = {name: value for name, value in row["c"].items() if value not in (None, [], {})}
            stamps = values.pop("stamps", {})
            values.pop("created_at")
            kept[values.pop("id")] = (
                values,
                {path: stamp["mid"] for path, stamp in stamps.items() if _stands(values, path)},
            )
        for table in LEDGERS:
            of = (
                f"{table} t"
                if table != "purchase_line"
                else "(select l.*, p.customer_id, p.reference from purchase_line l"
                " join purchase p on p.id = l.purchase_id) t"
            )
            rows = await self.connection.fetch(f"select to_jsonb(t) - $1::text[] as t from {of}", PASSING)
            kept[table] = sorted((row["t"] for row in rows), key=repr)
        for query in (
            "select customer_id, tokens from customer_search order by 1",
            "select customer_id, kind, normalised from contact_point order by 1, 2, 3",
            "select customer_id from customer_part order by 1",
        ):
            kept[query] = [tuple(row) for row in await self.connection.fetch(query)]
        return kept

    async def consents(self) -> dict[UUID, dict[str, str]]:
        """Return where the consents stand of everybody who is there."""
        rows = await self.connection.fetch("select id, consents from customer where alias_of is null")
        return {
            row["id"]: {key: each["state"] for key, each in (row["consents"] or {}).items()} for row in rows
        }


def _stands(values: dict[str, Any], path: str) -> bool:
    """Whether a place still holds anything: one that was left remembers its revision alone."""
    field, _, key = path.partition("/")
    if field == "loyalty":
        return False  # drawn from its ledger, which is compared
    held = values.get(field)
    if not key or held is None:
        return held is not None
    if field == "notes":
        return any(note["note_id"] == key for note in held)
    return not isinstance(held, dict) or key in held


def _consent(state: ConsentState, channel: ContactChannel) -> RecordConsent:
    return RecordConsent(
        brand="maison", channel=channel, purpose=Purpose.MARKETING, state=state, how="spoken"
    )


SAYINGS: dict[str, tuple[str, Callable[[int, int], Mutation]]] = {
    "buys": ("import", lambda turn, _: purchase(turn)),
    "earns": ("import", lambda turn, _: AdjustPoints(points=turn + 1, reason="gift")),
    "visits": ("import", lambda turn, _: touchpoint(turn)),
    "note": (
        "ines",
        lambda turn, _: WriteNote(
            note_id=id_from("note", str(turn)), text=f"Said {turn}", level=NoteLevel.BRAND
        ),
    ),
    "likes": ("ines", lambda turn, _: AddElement(field="likes", element=f"thing {turn % 5}")),
    "size": ("ines", lambda turn, whom: PutEntry(field="sizes", key=f"{whom}-{turn}", value={"value": "3"})),
    "task": ("ines", lambda turn, _: MakeTask(task_id=id_from("task", str(turn)), kind=TaskKind.CALL)),
    "visit booked": (
        "ines",
        lambda turn, _: BookAppointment(
            appointment_id=id_from("visit", str(turn)), kind=AppointmentKind.FITTING, starts=NOW_MS
        ),
    ),
    "letter": (
        "ines",
        lambda turn, _: SendMessage(
            message_id=id_from("letter", str(turn)),
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.SERVICE,
            subject="Your ring",
            text="It is back from the workshop.",
        ),
    ),
    "case": ("ines", lambda turn, _: OpenCase(case_id=id_from("case", str(turn)), kind=CaseKind.REPAIR)),
    "task of hers done": (
        "ines",
        lambda _, whom: MoveTask(task_id=id_from("first", str(whom)), to=TaskState.DONE),
    ),
    **{
        f"{state.value} {channel.value}": (
            "ines",
            lambda _turn, _whom, state=state, channel=channel: _consent(state, channel),  # type: ignore[misc]
        )
        for state in (ConsentState.GRANTED, ConsentState.WITHDRAWN)
        for channel in (ContactChannel.EMAIL, ContactChannel.SMS)
    },
}
ANYBODY = st.integers(0, PEOPLE - 1)
SAID = st.tuples(st.just("say"), ANYBODY, st.sampled_from(sorted(SAYINGS)))
STEPS = st.lists(
    st.one_of(
        SAID,
        SAID,
        st.tuples(st.just("merge"), ANYBODY, ANYBODY),
        st.tuples(st.just("merge"), ANYBODY, ANYBODY),
        st.tuples(st.just("unmerge"), ANYBODY, st.just(0)),
    ),
    min_size=4,
    max_size=14,
)
CHAIN = [
    ("say", 0, "granted email"), ("say", 1, "withdrawn email"), ("say", 2, "task"), ("merge", 0, 1),
    ("say", 0, "buys"), ("merge", 1, 2), ("say", 0, "note"), ("say", 1, "task of hers done"),
    ("say", 0, "case"), ("unmerge", 1, 0), ("say", 0, "earns"), ("say", 0, "letter"), ("merge", 3, 0),
    ("merge", 2, 1), ("say", 3, "granted sms"),
]  # fmt: skip

law = settings(
    max_examples=10,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def house(connection: Connection) -> House:
    await hire_everybody(connection)
    speakers = {name: await principal_named(connection, name) for name in ("ines", "henri", "import")}
    people = [
        await make_customer(
            connection,
            speakers["import"],
            number,
            given_name=("Anne", "Anna", "Anne", "Hanna")[number],
            family_name="Durand" if number % 2 else "Durant",
            home_store="lyon",
            phone=f"+3361234567{number}",
            email=f"anne.{number}@example.org",
        )
        for number in range(PEOPLE)
    ]
    for number, whom in enumerate(people):
        edit = envelope(whom, MakeTask(task_id=id_from("first", str(number)), kind=TaskKind.CALL))
        (outcome,) = await submit(connection, speakers["ines"], [edit], now=NOW)
        assert outcome.status == OutcomeStatus.APPLIED
    return House(connection, people, speakers)


@asynccontextmanager
async def for_once(house: House) -> AsyncIterator[None]:
    """Let what is done in between be forgotten."""
    transaction = house.connection.transaction()
    await transaction.start()
    try:
        yield
    finally:
        await transaction.rollback()


class TestMerging:
    @law
    @given(STEPS, st.permutations(range(PEOPLE)))
    @example(CHAIN, (0, 1, 2, 3))
    @example(CHAIN, (3, 2, 1, 0))
    async def test_and_unmerging_equals_never_merging_plus_what_was_said_since(
        self, house: House, steps: Sequence[tuple[str, int, Any]], parting: Sequence[int]
    ) -> None:
        async with for_once(house):
            for turn, (what, whom, more) in enumerate(steps):
                if what == "say":
                    await house.say(turn, whom, more)
            never = await house.kept()
        async with for_once(house):
            for turn, (what, whom, more) in enumerate(steps):
                if what == "say":
                    await house.say(turn, whom, more)
                elif what == "merge":
                    await house.merge(whom, more)
                else:
                    await house.unmerge(whom)
            for whom in parting:
                await house.unmerge(whom)
            parted = await house.kept()
        assert parted == never

    @law
    @given(
        st.lists(SAID, min_size=2, max_size=10),
        st.lists(st.tuples(ANYBODY, ANYBODY), max_size=6),
        st.lists(SAID, max_size=3),
    )
    async def test_lets_no_more_be_sent_in_any_order_and_loses_nothing(
        self,
        house: House,
        said: Sequence[tuple[str, int, str]],
        merges: Sequence[tuple[int, int]],
        later: Sequence[tuple[str, int, str]],
    ) -> None:
        everybody = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3)]  # whoever is left becomes one
        ends = []
        for order in ([*merges, *everybody], [*everybody[::-1], *merges]):
            async with for_once(house):
                for turn, (_, whom, kind) in enumerate(said):
                    await house.say(turn, whom, kind)
                before, each_before = await house.kept(), await house.consents()
                for one, other in order:
                    await house.merge(one, other)
                after, (standing,) = await house.kept(), (await house.consents()).values()
                for key in {key for each in each_before.values() for key in each}:
                    words = {each[key] for each in each_before.values() if key in each}
                    assert standing[key] == ("granted" if words == {"granted"} else "withdrawn"), key
                _assert_all_there(before, after)
                for turn, (_, whom, kind) in enumerate(later, start=len(said)):
                    await house.say(turn, whom, kind)
                (standing,) = (await house.consents()).values()
                ends.append(standing)
        assert ends[0] == ends[1]


def _assert_all_there(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Whatever any of several people had said is there of the one they became."""
    people = [kept[0] for key, kept in before.items() if _is_person(key)]
    (one,) = [
        {"id": key, **kept[0]} for key, kept in after.items() if _is_person(key) and "alias_of" not in kept[0]
    ]
    for field in ("likes", "sizes", "tasks", "appointments", "cases"):
        for person in people:
            for key, value in person.get(field, {}).items():
                assert one[field][key] == value or field == "likes", (field, key)
    for field in ("notes", "touchpoints", "purchases"):
        had = [each for person in people for each in person.get(field, [])]
        assert sorted(map(repr, had)) == sorted(map(repr, one.get(field, []))), field
    ways = {one["email"], one["phone"], *(each["value"] for each in one["other_contacts"].values())}
    assert {person[way] for person in people for way in ("email", "phone")} <= ways
    for table in LEDGERS:
        assert len(before[table]) == len(after[table]), table
        assert {row["customer_id"] for row in after[table]} <= {one["id"]}, table
    points = sum((person.get("loyalty") or {}).get("points", 0) for person in people)
    assert (one.get("loyalty") or {}).get("points", 0) == points


def _is_person(key: str) -> bool:
    return len(key) == 36 and key.count("-") == 4
