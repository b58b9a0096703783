"""Packs hold what was put into them, and their dictionary nothing of a single person."""

from hypothesis import given
from hypothesis import strategies as st

from sync.packing import SHARED_BY, dictionary_of, heads_of, pack, unpack

fragments = st.lists(
    st.tuples(st.sampled_from(["title.1", "email.2", "spend.3"]), st.integers(1, 9), st.binary(max_size=60)),
    max_size=4,
)


class TestAPack:
    @given(fragments, st.binary(max_size=200))
    def test_gives_back_what_was_packed(
        self, fragments: list[tuple[str, int, bytes]], dictionary: bytes
    ) -> None:
        numbers: dict[str, int] = {}
        heads, bodies = pack(fragments, numbers, dictionary)
        assert unpack(heads, bodies, list(numbers), dictionary) == fragments
        assert heads_of(heads, list(numbers)) == [(group, rev) for group, rev, _ in fragments]


class TestADictionary:
    def test_holds_what_many_share_and_nothing_of_one(self) -> None:
        records = [
            b'{"values": {"town": "Lyon", "phone": "+336%08d", "family_name": "Nom%d"}}' % (number, number)
            for number in range(SHARED_BY * 2)
        ]
        dictionary = dictionary_of(records)
        assert b'"town": "Lyon"' in dictionary and b"family_name" in dictionary
        assert not any(b"+336%08d" % n in dictionary or b"Nom%d" % n in dictionary for n in range(40))
        assert b"Lyon" not in dictionary_of(records[: SHARED_BY - 1])
