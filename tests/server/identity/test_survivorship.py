"""Laws of merging: nothing is lost, no consent is invented, and what was merged comes apart as it was."""

from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.consent import ConsentEvent, ConsentState, ContactChannel, Purpose, join_standings, standings
from schemas.engagement import NoteLevel
from schemas.hlc import pack
from schemas.ids import id_from
from schemas.mutations import (
    AddElement,
    Mutation,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.record import Channel, Said
from schemas.visibility import MAY_HOLD
from server.identity.family import Link, current_side, part_ways, unite
from server.identity.survivorship import BOTH, LOSER, SPARE, WINNER, Side, choices_fit, combine
from server.replication.workspace import CustomerState
from sync.reducer import reduce, value_at

PEOPLE = [id_from("person", str(number)) for number in range(4)]
OFFICER = id_from("head-office")


def mid(number: int) -> UUID:
    return id_from("mutation", str(number))


def said(number: int, channel: Channel = Channel.STORE) -> Said:
    return Said(mid=mid(number), hlc=pack(1_760_000_000_000 + number, 0), channel=channel, author="ines")


def stamped(value: Any, number: int, channel: Channel, field: str = "title") -> Side:
    stamp = msgspec.to_builtins(said(number, channel).stamp(None))
    return Side(customer_id=PEOPLE[number % 4], values={field: value}, stamps={field: stamp})


small = st.sampled_from(["a", "b", "c"])
channels = st.sampled_from([Channel.STORE, Channel.IMPORT, Channel.WEB, Channel.HEAD_OFFICE])
numbers = st.integers(0, 30)
mutations: st.SearchStrategy[Mutation] = st.one_of(
    st.builds(
        SetField, field=st.sampled_from(["title", "town", "phone"]), value=st.sampled_from(["a", "b", None])
    ),
    st.builds(AddElement, field=st.just("likes"), element=small),
    st.builds(
        RemoveElement,
        field=st.just("likes"),
        element=small,
        seen=st.lists(numbers.map(mid), max_size=3).map(tuple),
    ),
    st.builds(PutEntry, field=st.just("sizes"), key=small, value=small.map(lambda size: {"value": size})),
    st.builds(RemoveEntry, field=st.just("sizes"), key=small),
    st.builds(WriteNote, note_id=numbers.map(mid), text=small, level=st.just(NoteLevel.BRAND)),
    st.builds(WithdrawNote, note_id=numbers.map(mid)),
    st.builds(
        RecordConsent,
        brand=st.just("maison"),
        channel=st.sampled_from([ContactChannel.EMAIL, ContactChannel.SMS]),
        purpose=st.just(Purpose.MARKETING),
        state=st.sampled_from([ConsentState.GRANTED, ConsentState.WITHDRAWN]),
        knows=st.lists(numbers.map(mid), max_size=2).map(tuple),
    ),
)
people = st.integers(0, 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), people, mutations, channels),
        st.tuples(
            st.just("merge"), people, people, st.sampled_from([{}, {"phone": LOSER}, {"title": WINNER}])
        ),
        st.tuples(st.just("unmerge"), people),
    ),
    max_size=30,
)

few = st.integers(0, 2)
renamings = st.lists(
    st.one_of(
        st.tuples(
            st.just("edit"),
            few,
            st.builds(SetField, field=st.just("title"), value=small),
            st.just(Channel.STORE),
        ),
        st.tuples(st.just("merge"), few, few, st.sampled_from([{}, {"title": LOSER}, {"title": WINNER}])),
        st.tuples(st.just("unmerge"), few),
    ),
    min_size=4,
    max_size=16,
)

TITLE = SetField(field="title", value="a")
# The first is the survivor of one merge, goes further than what was said under her own id, and comes back.
COMES_BACK_AFTER_TWO_MERGES = [
    ("edit", 1, TITLE, Channel.STORE),
    ("merge", 1, 0, {}),
    ("edit", 0, TITLE, Channel.STORE),
    ("edit", 0, TITLE, Channel.STORE),
    ("merge", 0, 2, {}),
    ("unmerge", 0),
]


class House:
    """Merges and unmerges in memory, beside people who were never merged."""

    def __init__(self) -> None:
        self.merged = {each: CustomerState(customer_id=each, brand="maison") for each in PEOPLE}
        self.apart = {each: CustomerState(customer_id=each, brand="maison") for each in PEOPLE}
        self.links: list[Link] = []
        self.edits = 0

    def root(self, customer_id: UUID) -> CustomerState:
        state = self.merged[customer_id]
        return self.root(state.alias_of) if state.alias_of else state

    def edit(self, customer_id: UUID, mutation: Mutation, channel: Channel) -> None:
        self.edits += 1
        word = said(self.edits, channel)
        for state in (self.root(customer_id), self.apart[customer_id]):
            change = reduce(state.values, mutation, word)
            state.put(change.values, change.stamped, word)
        self.root(customer_id).put_part(customer_id, mutation, word)

    def merge(self, one: UUID, other: UUID, choices: dict[str, str]) -> None:
        loser, winner = self.root(one), self.root(other)
        if loser is winner:
            return
        turn = max(loser.next_turn(), winner.next_turn())
        combined = combine(current_side(winner), current_side(loser), choices=choices, turn=turn)
        link = Link(
            merge_id=id_from("merge", str(len(self.links))),
            loser=loser.customer_id,
            winner=winner.customer_id,
            choices=choices,
            turn=turn,
            merged_by=OFFICER,
        )
        unite(loser, winner, combined, turn=turn)
        self.links.append(link)

    def unmerge(self, customer_id: UUID) -> None:
        loser = self.merged[customer_id]
        if loser.alias_of is None:
            return
        survivor = self.root(customer_id)
        self.links = [link for link in self.links if link.loser != customer_id]
        part_ways(survivor, loser, sorted(self.links, key=lambda link: link.turn))

    def play(self, played: Sequence[Any]) -> None:
        for step in played:
            match step:
                case ("edit", who, mutation, channel):
                    self.edit(PEOPLE[who], mutation, channel)
                case ("merge", one, other, choices):
                    self.merge(PEOPLE[one], PEOPLE[other], choices)
                case ("unmerge", who):
                    self.unmerge(PEOPLE[who])


calm = settings(max_examples=80, suppress_health_check=list(HealthCheck))


class TestMergingAndUnmerging:
    @calm
    @given(steps, st.permutations(range(4)))
    def test_in_any_order_equals_never_merged_plus_later_events(
        self, played: list[Any], order: list[int]
    ) -> None:
        house = House()
        house.play(played)
        for who in order:
            house.unmerge(PEOPLE[who])
        for each in PEOPLE:
            assert house.merged[each].values == house.apart[each].values
            assert not house.merged[each].parts

    @calm
    @given(steps)
    def test_loses_nothing_that_adds_up(self, played: list[Any]) -> None:
        house = House()
        house.play(played)
        for link in house.links:
            whole = house.root(link.loser).values
            for part in house.root(link.loser).parts.values():
                assert {note["note_id"] for note in part.values.get("notes", ())} <= {
                    note["note_id"] for note in whole.get("notes", ())
                }
                assert set(part.values.get("consents", {})) <= set(whole.get("consents", {}))

    @calm
    @given(steps, st.permutations(range(4)), st.permutations(range(4)))
    def test_gives_no_consent_that_another_order_would_not(
        self, played: list[Any], one_way: list[int], other_way: list[int]
    ) -> None:
        found = []
        for order in (one_way, other_way):
            house = House()
            house.play([step for step in played if step[0] == "edit"])
            before = [state.values.get("consents", {}) for state in house.merged.values()]
            for loser, winner in pairwise(order):
                house.merge(PEOPLE[loser], PEOPLE[winner], {})
            found.append(house.root(PEOPLE[0]).values.get("consents", {}))
            answered = {
                each for held in before for standing in held.values() for each in standing.get("answered", ())
            }
            for key, standing in found[-1].items():
                for held in before:
                    if set(held.get(key, {}).get("standing", ())) - answered:
                        assert standing["state"] == "withdrawn"
        assert found[0] == found[1]

    @calm
    @given(renamings)
    @example(COMES_BACK_AFTER_TWO_MERGES)
    def test_lets_no_revision_stand_for_two_values(self, played: list[Any]) -> None:
        """Whoever saw a revision of a path of one customer saw one value: else an edit would pass unseen."""
        house = House()
        seen: dict[tuple[UUID, str, int], UUID] = {}
        for step in played:
            house.play([step])
            for state in house.merged.values():
                if state.alias_of is None:
                    for path, stamp in state.stamps.items():
                        key = (state.customer_id, path, stamp["rev"])
                        assert seen.setdefault(key, stamp["mid"]) == stamp["mid"], (path, stamp)

    @calm
    @given(steps)
    def test_lets_no_revision_stand_for_two_contents(self, played: list[Any]) -> None:
        """What is joined of both changes when they become one and when they part, and says so."""
        house = House()
        seen: dict[tuple[UUID, str, int], Any] = {}
        for step in played:
            house.play([step])
            for state in house.merged.values():
                if state.alias_of is None:
                    for path, stamp in state.stamps.items():
                        key = (state.customer_id, path, stamp["rev"])
                        value = deepcopy(value_at(state.values, path))
                        assert seen.setdefault(key, value) == value, (path, stamp)

    @calm
    @given(renamings)
    def test_lets_what_stands_stand_when_somebody_else_leaves(self, played: list[Any]) -> None:
        house = House()
        for step in played:
            leaver = house.merged[PEOPLE[step[1]]]
            if step[0] != "unmerge" or leaver.alias_of is None:
                house.play([step])
                continue
            root = house.root(leaver.customer_id)
            stamp, parts = root.stamps.get("title"), dict(root.parts)
            title = root.values.get("title")
            house.play([step])
            gone = {each: part for each, part in parts.items() if house.root(each) is leaver}
            if (
                stamp is not None
                and title is not None
                and all(part.stamps.get("title", {}).get("mid") != stamp["mid"] for part in gone.values())
            ):
                assert root.values.get("title") == title


class TestStandings:
    @calm
    @given(
        st.lists(
            st.tuples(numbers, st.booleans(), st.lists(numbers, max_size=2), small, st.integers(0, 3)),
            max_size=8,
        ),
        st.data(),
    )
    def test_joined_are_those_of_both_ledgers(self, told: list[Any], data: st.DataObject) -> None:
        events = {
            number: ConsentEvent(
                event_id=mid(number),
                brand="maison",
                channel=ContactChannel.EMAIL,
                purpose=Purpose.MARKETING,
                state=ConsentState.GRANTED if granted else ConsentState.WITHDRAWN,
                at=at,
                knows=tuple(mid(each) for each in knows),
                wording=wording if granted else None,
            )
            for number, granted, knows, wording, at in told
        }
        ledger = list(events.values())
        first = (
            data.draw(st.lists(st.sampled_from(ledger), unique_by=lambda event: event.event_id))
            if ledger
            else []
        )
        second = [event for event in ledger if event not in first] + first[:1]
        if first and second:
            (one,), (other,) = standings(first).values(), standings(second).values()
            (whole,) = standings(ledger).values()
            assert join_standings(one, other) == join_standings(other, one) == whole


@pytest.mark.parametrize(
    ("winner", "loser", "kept"),
    [
        (stamped("Mme", 1, Channel.STORE), stamped("Dr", 2, Channel.STORE), "Dr"),  # the fresher word
        (stamped("Mme", 1, Channel.STORE), stamped("Dr", 2, Channel.IMPORT), "Mme"),  # of the better source
        (stamped("Mme", 1, Channel.IMPORT), stamped("Dr", 2, Channel.WEB), "Dr"),
        (stamped("Mme", 1, Channel.HEAD_OFFICE), stamped("Dr", 2, Channel.STORE), "Mme"),
        (
            stamped(None, 9, Channel.HEAD_OFFICE),
            stamped("Dr", 2, Channel.IMPORT),
            "Dr",
        ),  # something over nothing
        (stamped("Mme", 1, Channel.STORE), stamped("Mme", 2, Channel.IMPORT), "Mme"),
    ],
)
def test_survivorship_goes_by_source_and_then_by_freshness(winner: Side, loser: Side, kept: str) -> None:
    combined = combine(winner, loser, choices={}, turn=1)
    assert combined.side.values["title"] == kept
    same = winner.values == loser.values
    source = BOTH if same else (WINNER if kept == winner.values["title"] else LOSER)
    assert combined.kept["title"].source == source


def test_only_single_values_can_be_chosen() -> None:
    assert choices_fit({"phone": LOSER, "town": WINNER}) is None
    for choices in ({"notes": LOSER}, {"likes": WINNER}, {"nothing": LOSER}, {"phone": "mine"}):
        assert choices_fit(choices) is not None


def test_what_is_laid_aside_goes_where_it_is_seen_no_better() -> None:
    laid_aside = {(into, field) for field, (into, _) in SPARE.items()}
    assert laid_aside == {(into, field) for into, fields in MAY_HOLD.items() for field in fields}
