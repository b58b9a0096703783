"""The laws by which copies agree, whatever the order in which edits arrive: as properties."""

from itertools import permutations
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel
from schemas.hlc import pack
from schemas.loyalty import LoyaltyEntry, balance
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
from schemas.record import Channel, Said, Stamp
from sync.merge_rules import RULES, Rule, Verdict, judge
from sync.reducer import paths_of, reduce, value_at

BRAND = "maison"
KEY = f"{BRAND}/sms/marketing"
mids = st.integers(1, 6).map(lambda number: UUID(int=number))


def said(mid: UUID, *, wall_ms: int = 0) -> Said:
    return Said(mid=mid, hlc=pack(wall_ms or mid.int, 0), channel=Channel.STORE, author="ines", store="lyon")


def after(values: dict[str, Any], edits: list[tuple[UUID, Mutation]]) -> dict[str, Any]:
    for mid, edit in edits:
        values = {**values, **reduce(values, edit, said(mid)).values}
    return values


def consent(state: ConsentState, knows: tuple[UUID, ...] = ()) -> RecordConsent:
    return RecordConsent(
        brand=BRAND, channel=ContactChannel.SMS, purpose=Purpose.MARKETING, state=state, knows=knows
    )


additions = st.lists(st.sampled_from(["lin", "bleu"]), min_size=1, max_size=5).map(
    lambda elements: [
        (UUID(int=number), AddElement(field="likes", element=element))
        for number, element in enumerate(elements, start=1)
    ]
)
statements = st.lists(
    st.tuples(st.sampled_from(list(ConsentState)), st.lists(mids, max_size=3)), min_size=1, max_size=5
).map(
    lambda told: [
        (UUID(int=number), consent(state, tuple(knows) if state == ConsentState.GRANTED else ()))
        for number, (state, knows) in enumerate(told, start=1)
    ]
)
edits: st.SearchStrategy[Mutation] = st.one_of(
    st.sampled_from(["a", "b"]).map(lambda town: SetField(field="town", value=town)),
    st.sampled_from(["lin", "bleu"]).map(lambda element: AddElement(field="likes", element=element)),
    st.lists(mids, max_size=3).map(
        lambda seen: RemoveElement(field="likes", element="lin", seen=tuple(seen))
    ),
    st.sampled_from(["37", "38"]).map(lambda s: PutEntry(field="sizes", key="shoes", value={"value": s})),
    st.just(RemoveEntry(field="sizes", key="shoes")),
    mids.map(lambda note_id: WriteNote(note_id=note_id, text="Le matin.", level=NoteLevel.STORE)),
    mids.map(lambda note_id: WithdrawNote(note_id=note_id)),
    st.sampled_from(list(ConsentState)).map(consent),
)


class TestAnEdit:
    @given(st.lists(edits, max_size=6), edits, mids)
    def test_applied_twice_is_applied_once(self, before: list[Mutation], edit: Mutation, mid: UUID) -> None:
        values = after({}, [(UUID(int=100 + place), each) for place, each in enumerate(before)])
        once = after(values, [(mid, edit)])
        assert after(once, [(mid, edit)]) == once

    @given(st.lists(edits, max_size=6), edits, mids)
    def test_changes_only_the_fields_it_names(
        self, before: list[Mutation], edit: Mutation, mid: UUID
    ) -> None:
        values = after({}, [(UUID(int=100 + place), each) for place, each in enumerate(before)])
        kept = {name: str(value) for name, value in values.items()}
        changed = reduce(values, edit, said(mid)).values
        assert set(changed) <= {path.partition("/")[0] for path in paths_of(edit)}
        assert {name: str(value) for name, value in values.items()} == kept, "nothing is changed in place"


class TestASet:
    @given(additions)
    def test_is_the_same_in_whatever_order_elements_were_added(
        self, added: list[tuple[UUID, Mutation]]
    ) -> None:
        results = [after({}, list(order))["likes"] for order in permutations(added)]
        assert all(result == results[0] for result in results)

    @given(additions, st.lists(mids, max_size=4))
    def test_keeps_every_addition_that_a_removal_had_not_seen(
        self, added: list[tuple[UUID, Mutation]], seen: list[UUID]
    ) -> None:
        removal = (UUID(int=50), RemoveElement(field="likes", element="lin", seen=tuple(seen)))
        left = after({}, [*added, removal])["likes"].get("lin", [])
        unseen = {str(mid) for mid, edit in added if edit.element == "lin"} - set(map(str, seen))  # type: ignore[union-attr]
        assert set(left) == unseen


class TestConsent:
    @given(statements)
    def test_is_the_same_in_whatever_order_words_arrive(self, told: list[tuple[UUID, Mutation]]) -> None:
        results = [after({}, list(order))["consents"] for order in permutations(told)]
        assert all(result == results[0] for result in results)

    @given(statements)
    def test_is_never_given_over_a_withdrawal_that_the_grant_did_not_know(
        self, told: list[tuple[UUID, Mutation]]
    ) -> None:
        standing = after({}, told)["consents"][KEY]
        answered = {mid for _, word in told for mid in word.knows}  # type: ignore[union-attr]
        withdrawn = {mid for mid, word in told if word.state == ConsentState.WITHDRAWN}  # type: ignore[union-attr]
        if withdrawn - answered:
            assert standing["state"] == "withdrawn"

    @given(st.integers(0, 1 << 40), st.integers(0, 1 << 40))
    def test_does_not_listen_to_clocks(self, at_withdrawal: int, at_grant: int) -> None:
        values: dict[str, Any] = {}
        for mid, word, at in (
            (UUID(int=1), consent(ConsentState.WITHDRAWN), at_withdrawal),
            (UUID(int=2), consent(ConsentState.GRANTED), at_grant),
        ):
            values = {**values, **reduce(values, word, said(mid, wall_ms=at + 1)).values}
        assert values["consents"][KEY]["state"] == "withdrawn"


class TestACounter:
    @given(st.lists(st.tuples(mids, st.integers(-100, 100)), max_size=8))
    def test_counts_each_line_once_in_any_order(self, lines: list[tuple[UUID, int]]) -> None:
        distinct = dict(lines)
        ledger = [
            LoyaltyEntry(entry_id=mid, at=1, points=distinct[mid], reason="adjustment") for mid, _ in lines
        ]
        assert balance(ledger) == balance(reversed(ledger)) == sum(distinct.values())


revisions = st.integers(0, 4)


class TestAVerdict:
    @given(
        st.sampled_from([Rule.PLAIN, Rule.GUARDED, Rule.KEYED]),
        st.one_of(st.none(), st.tuples(st.integers(1, 4), st.integers(0, 9), mids)),
        revisions,
        st.integers(0, 9),
        mids,
        st.booleans(),
    )
    def test_never_drops_a_guarded_value(
        self, rule: Rule, stands: tuple[int, int, UUID] | None, seen: int, hlc: int, mid: UUID, same: bool
    ) -> None:
        current = _stamp(*stands) if stands else None
        verdict = judge(rule, current=current, seen=seen, hlc=hlc, mid=mid.bytes, same_value=same)
        if rule is Rule.GUARDED:
            assert verdict is not Verdict.LOST
            unknown_word_stands = current is not None and current.rev > seen and not same
            assert (verdict is Verdict.CONFLICT) == unknown_word_stands
        if current is None or current.rev <= seen:
            assert verdict in (Verdict.SET, Verdict.SAME), "who knew what stood is never contradicted"

    @given(st.permutations([1, 2, 3, 4]))
    def test_lets_the_latest_of_concurrent_plain_words_stand_in_any_order(self, order: list[int]) -> None:
        current: Stamp | None = None
        for number in order:
            mid = UUID(int=number)
            verdict = judge(
                Rule.PLAIN, current=current, seen=0, hlc=number // 2, mid=mid.bytes, same_value=False
            )
            if verdict is Verdict.SET:
                current = said(mid).stamp(current)
                current = _stamp(current.rev, number // 2, mid)
        assert current is not None and current.mid == UUID(int=4)

    @given(st.sampled_from(sorted(RULES)))
    def test_has_a_rule_for_every_field(self, field: str) -> None:
        assert value_at({}, field) in (None, {}, [])


def _stamp(rev: int, hlc: int, mid: UUID) -> Stamp:
    return Stamp(rev=rev, hlc=hlc, mid=mid, channel=Channel.STORE, author="ines", at=0)
