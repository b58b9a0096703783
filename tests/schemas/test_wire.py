"""What travels: open enums, ids, envelopes, names compared."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.customer import FieldInvalid, checked
from schemas.hlc import counter_of, pack, wall_ms_of
from schemas.identity import deletions, fold, tokens
from schemas.ids import id_from, uuid7
from schemas.ids import wall_ms_of as instant_of
from schemas.mutations import (
    KINDS,
    MalformedMutation,
    SetField,
    UnknownOperation,
    decode_mutation,
    encode_args,
    op_of,
)
from schemas.staff import Role


class TestOpenEnum:
    def test_carries_a_value_it_does_not_know(self) -> None:
        role = msgspec.json.decode(b'"stylist"', type=Role)
        assert msgspec.json.encode(role) == b'"stylist"'

    def test_equals_and_hashes_like_its_text(self) -> None:
        assert {Role.SELLER: 1}["seller"] == 1

    @pytest.mark.parametrize("text", [b'""', b'"' + b"x" * 65 + b'"', b"7", b"null"])
    def test_refuses_what_is_no_word(self, text: bytes) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=Role)


class TestIds:
    @given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
    def test_a_version_7_id_keeps_its_instant(self, wall_ms: int, random: bytes) -> None:
        made = uuid7(wall_ms, random)
        assert (made.version, made.variant, instant_of(made)) == (7, "specified in RFC 4122", wall_ms)

    @given(st.integers(0, 1 << 40), st.integers(1, 1 << 40), st.binary(min_size=10, max_size=10))
    def test_version_7_ids_sort_by_time(self, wall_ms: int, later: int, random: bytes) -> None:
        assert uuid7(wall_ms, random) < uuid7(wall_ms + later, bytes(10)) or later == 0

    def test_facts_cut_elsewhere_give_another_id(self) -> None:
        assert id_from("a", "bc") != id_from("ab", "c")


class TestHlc:
    @given(st.integers(0, (1 << 47) - 1), st.integers(0, 65_535))
    def test_keeps_both_parts(self, wall_ms: int, counter: int) -> None:
        reading = pack(wall_ms, counter)
        assert (wall_ms_of(reading), counter_of(reading)) == (wall_ms, counter)


class TestDecodeMutation:
    def test_gives_back_what_was_encoded(self) -> None:
        edit = SetField(field="language", value="fr")
        assert decode_mutation(op_of(edit), encode_args(edit)) == edit

    def test_says_when_it_does_not_know_the_op(self) -> None:
        with pytest.raises(UnknownOperation):
            decode_mutation("field.set@9", b"{}")

    @pytest.mark.parametrize(
        "args",
        [
            b"",
            b"[]",
            b"null",
            b"{",
            b'{"field": 3, "value": 1}',
            b"\xff",
            b'{"field": "../x", "value": 1}',
            b"[" * 5_000,
        ],
    )
    def test_says_when_the_arguments_break_the_shape(self, args: bytes) -> None:
        with pytest.raises(MalformedMutation):
            decode_mutation("field.set@1", args)

    def test_a_body_cannot_choose_another_op(self) -> None:
        args = b'{"type": "points.adjust@1", "field": "language", "value": "fr"}'
        assert decode_mutation("field.set@1", args) == SetField(field="language", value="fr")

    def test_ops_carry_a_version(self) -> None:
        assert all(op.rpartition("@")[2].isdecimal() for op in KINDS)


class TestChecked:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("given_name", ""),
            ("given_name", "a\x00b"),
            ("given_name", "\u202egnp.exe"),
            ("given_name", "x" * 201),
            ("given_name", 7),
            ("birth_date", "1984-13-01"),
            ("birth_date", 5),
            ("language", "French"),
            ("address", {"city": "Lyon", "planet": "Mars"}),
            ("sizes", {"shoes": "38"}),
            ("nobody_knows", 1),
        ],
    )
    def test_refuses_a_value_without_repeating_it(self, field: str, value: object) -> None:
        with pytest.raises(FieldInvalid) as refused:
            checked(field, value)
        assert "gnp" not in str(refused.value)
        assert refused.value.field == field

    def test_gives_the_json_shape(self) -> None:
        assert checked("likes", {"silk": [str(UUID(int=1))]}) == {"silk": [str(UUID(int=1))]}


class TestFold:
    @pytest.mark.parametrize(
        ("written", "folded"),
        [
            ("Éloïse  Lefèvre-Dœuf", "eloise lefevre doeuf"),
            ("O’Brien", "o brien"),
            ("STRAẞE", "strasse"),
            ("  ", ""),
            ("Łukasz", "lukasz"),
            ("李 小龙", "李 小龙"),
        ],
    )
    def test_drops_case_accents_and_marks(self, written: str, folded: str) -> None:
        assert fold(written) == folded

    def test_tokens_are_distinct_words(self) -> None:
        assert tokens("Anne-Marie", "Marie", None) == ("anne", "marie")

    @given(st.text("abcdef", min_size=2, max_size=8), st.data())
    def test_one_edit_shares_a_deletion(self, word: str, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(word) - 1))
        letter = data.draw(st.sampled_from("abcdef"))
        edited = data.draw(
            st.sampled_from(
                [
                    word[:at] + word[at + 1 :],
                    word[:at] + letter + word[at:],
                    word[:at] + letter + word[at + 1 :],
                ]
            )
        )
        assert deletions(word) & deletions(edited)
