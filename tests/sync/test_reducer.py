"""The one pure effect of an edit, and the verdict on edits made without knowing each other."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.customer import FieldInvalid
from schemas.engagement import NoteLevel
from schemas.hlc import Hlc, pack
from schemas.mutations import (
    AddElement,
    CreateCustomer,
    Mutation,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.record import Channel, Said, Stamp
from sync.clock import MAX_AHEAD_MS, clamp, hear, tick
from sync.digest import digest
from sync.merge_rules import RULES, Rule, Verdict, judge
from sync.reducer import NotAllowedHere, fields_of, paths_of, reduce, value_at

MID = UUID(int=9)


def said(number: int = 9, *, wall_ms: int = 1_000) -> Said:
    return Said(
        mid=UUID(int=number), hlc=pack(wall_ms, 0), channel=Channel.STORE, author="ines", store="lyon"
    )


def after(values: dict, *edits: Mutation) -> dict:
    for number, edit in enumerate(edits):
        values = {**values, **reduce(values, edit, said(number + 1)).values}
    return values


EDITS: list[Mutation] = [
    CreateCustomer(values={"given_name": "Léa", "sizes": {"shoes": {"value": "38"}}, "likes": {"silk": []}}),
    SetField(field="language", value="fr"),
    AddElement(field="likes", element="silk"),
    RemoveElement(field="likes", element="silk", seen=(UUID(int=1),)),
    PutEntry(field="sizes", key="shoes", value={"value": "38"}),
    RemoveEntry(field="sizes", key="shoes"),
    WriteNote(note_id=UUID(int=4), text="Prefers the salon.", level=NoteLevel.STORE),
    WithdrawNote(note_id=UUID(int=4)),
    RecordConsent(
        brand="maison", channel=ContactChannel.SMS, purpose=Purpose.MARKETING, state=ConsentState.GRANTED
    ),
]


class TestReduce:
    @pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
    def test_twice_is_once(self, edit: Mutation) -> None:
        once = after({}, edit)
        assert {**once, **reduce(once, edit, said(1)).values} == once

    @pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
    def test_names_only_fields_the_edit_declares(self, edit: Mutation) -> None:
        assert set(reduce({}, edit, said()).values) <= set(fields_of(edit))

    @pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
    def test_changes_nothing_in_place(self, edit: Mutation) -> None:
        values = after({}, *EDITS[:1], *EDITS[6:7])
        before = repr(values)
        reduce(values, edit, said())
        assert repr(values) == before

    def test_a_removal_leaves_an_addition_it_had_not_seen(self) -> None:
        values = after(
            {},
            AddElement(field="likes", element="silk"),
            AddElement(field="likes", element="silk"),
            RemoveElement(field="likes", element="silk", seen=(UUID(int=1),)),
        )
        assert values["likes"] == {"silk": [str(UUID(int=2))]}

    def test_a_withdrawn_note_keeps_its_line_and_loses_its_text(self) -> None:
        values = after({}, *EDITS[6:8])
        assert [(note["text"], note["withdrawn"]) for note in values["notes"]] == [("", True)]

    @pytest.mark.parametrize(
        "edit",
        [
            SetField(field="spend", value={}),
            SetField(field="likes", value={}),
            AddElement(field="email", element="x"),
            PutEntry(field="language", key="x", value="fr"),
            CreateCustomer(values={"purchases": []}),
        ],
    )
    def test_refuses_an_operation_that_does_not_fit_the_field(self, edit: Mutation) -> None:
        with pytest.raises(NotAllowedHere):
            reduce({}, edit, said())

    def test_refuses_a_value_that_does_not_fit(self) -> None:
        with pytest.raises(FieldInvalid):
            reduce({}, PutEntry(field="sizes", key="shoes", value={"value": ""}), said())

    @pytest.mark.parametrize(
        "value", [None, 1.5, True, 2**31, "silk", [[]], [{}], [None], [1], [{"kind": "email"}], ["a", ["b"]]]
    )
    @pytest.mark.parametrize("field", [field for field, rule in RULES.items() if rule is Rule.ADD_WINS])
    def test_makes_nobody_known_with_a_set_that_is_none(self, field: str, value: object) -> None:
        with pytest.raises(FieldInvalid):
            reduce({}, CreateCustomer(values={"family_name": "Neuve", field: value}), said())

    def test_paths_name_the_entry(self) -> None:
        assert paths_of(EDITS[4]) == ("sizes/shoes",)


def stamp(rev: int, *, hlc: int, mid: int = 1) -> Stamp:
    return Stamp(rev=rev, hlc=hlc, mid=UUID(int=mid), channel=Channel.WEB, author="web-shop", at=0)


class TestJudge:
    @pytest.mark.parametrize(
        ("rule", "current", "seen", "hlc", "same", "verdict"),
        [
            (Rule.PLAIN, None, 0, 5, False, Verdict.SET),
            (Rule.PLAIN, stamp(3, hlc=9), 3, 5, False, Verdict.SET),
            (Rule.PLAIN, stamp(4, hlc=9), 3, 5, False, Verdict.LOST),
            (Rule.PLAIN, stamp(4, hlc=4), 3, 5, False, Verdict.SET),
            (Rule.GUARDED, stamp(4, hlc=4), 3, 5, False, Verdict.CONFLICT),
            (Rule.GUARDED, stamp(4, hlc=4), 3, 5, True, Verdict.SAME),
            (Rule.GUARDED, stamp(4, hlc=4), 4, 5, False, Verdict.SET),
            (Rule.GUARDED, stamp(1, hlc=4), 0, 5, False, Verdict.CONFLICT),
        ],
    )
    def test_follows_the_table(
        self, rule: Rule, current: Stamp | None, seen: int, hlc: int, same: bool, verdict: Verdict
    ) -> None:
        assert judge(rule, current=current, seen=seen, hlc=hlc, mid=MID.bytes, same_value=same) is verdict

    @given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.integers(4, 6))
    def test_two_concurrent_edits_end_alike_whoever_comes_first(
        self, first: int, second: int, mid: int, other: int
    ) -> None:
        def winner(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
            verdict = judge(
                Rule.PLAIN,
                current=stamp(1, hlc=a[0], mid=a[1]),
                seen=0,
                hlc=b[0],
                mid=UUID(int=b[1]).bytes,
                same_value=False,
            )
            return b if verdict is Verdict.SET else a

        assert winner((first, mid), (second, other)) == winner((second, other), (first, mid))


class TestClock:
    @given(st.integers(0, 1 << 40), st.lists(st.integers(-(1 << 30), 1 << 30), max_size=20))
    def test_grows_whatever_the_wall_does(self, start: int, jumps: list[int]) -> None:
        reading, wall = Hlc(0), start
        for jump in jumps:
            wall = max(0, wall + jump)
            following = tick(reading, wall)
            assert following > reading
            reading = following

    def test_a_full_counter_borrows_a_millisecond(self) -> None:
        assert tick(pack(5, 65_535), 3) == pack(6, 0)

    def test_hears_a_faster_clock(self) -> None:
        assert hear(pack(5, 0), pack(50, 3), 10) == pack(50, 4)

    def test_clamps_a_clock_ten_years_ahead(self) -> None:
        assert clamp(pack(1_000 + MAX_AHEAD_MS + 1, 0), 1_000) == pack(1_000, 0)

    def test_leaves_a_clock_ten_years_behind(self) -> None:
        assert clamp(pack(1, 0), 10_000_000) == pack(1, 0)


fragments = st.lists(
    st.tuples(st.uuids(), st.sampled_from(["a", "b"]), st.integers(1, 99)), unique_by=lambda each: each[:2]
)


class TestDigest:
    @given(fragments, st.randoms())
    def test_ignores_order(self, held: list, random) -> None:
        shuffled = [*held]
        random.shuffle(shuffled)
        assert digest(held) == digest(shuffled)

    @given(fragments.filter(bool))
    def test_notices_one_revision(self, held: list) -> None:
        record, group, rev = held[0]
        assert digest(held) != digest([(record, group, rev + 1), *held[1:]])


class TestJudgeKeyedEntries:
    def test_takes_away_only_what_was_seen(self) -> None:
        assert keyed(seen=1, hlc=99, removing=True) is Verdict.LOST
        assert keyed(seen=2, hlc=99, removing=True) is Verdict.SET

    def test_puts_a_value_back_over_a_removal_that_was_not_seen(self) -> None:
        assert keyed(seen=1, hlc=1, absent=True) is Verdict.SET

    def test_lets_the_clock_decide_between_two_values(self) -> None:
        assert keyed(seen=1, hlc=99) is Verdict.SET
        assert keyed(seen=1, hlc=1) is Verdict.LOST


class TestJudgeOwnEarlierWords:
    def test_takes_them_as_seen(self) -> None:
        assert own(Rule.GUARDED, hlc=50) is Verdict.SET
        assert own(Rule.PLAIN, hlc=51) is Verdict.SET

    def test_does_not_let_an_older_word_of_the_same_tablet_come_after(self) -> None:
        assert own(Rule.GUARDED, hlc=49) is Verdict.CONFLICT
        assert own(Rule.PLAIN, hlc=49) is Verdict.LOST


def keyed(*, seen: int, hlc: int, removing: bool = False, absent: bool = False) -> Verdict:
    return judge(
        Rule.KEYED,
        current=standing(),
        seen=seen,
        hlc=hlc,
        mid=MID.bytes,
        same_value=False,
        removing=removing,
        absent=absent,
    )


def own(rule: Rule, *, hlc: int) -> Verdict:
    return judge(rule, current=standing(), seen=1, hlc=hlc, mid=MID.bytes, same_value=False, own=True)


def standing() -> Stamp:
    return Stamp(rev=2, hlc=50, mid=MID, channel=Channel.STORE, author="luc", at=0)


class TestValueAt:
    def test_of_a_part_of_nothing_is_nothing(self) -> None:
        """Points may be set aside for somebody who has no standing once what joined her is taken apart."""
        assert value_at({"loyalty": None}, "loyalty/held") is None
