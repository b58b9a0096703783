"""Values bound together come out one by one as they went in, and broken bytes are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.sheaf import SheafBroken, all_of, bind, ends_of, one_of

values = st.lists(st.binary(max_size=40), min_size=1, max_size=9)


class TestASheaf:
    @given(values)
    def test_gives_back_what_was_bound(self, bound: list[bytes]) -> None:
        sheaf = bind(bound)
        assert all_of(sheaf, len(bound)) == bound
        assert [one_of(sheaf, place, len(bound)) for place in range(len(bound))] == bound

    @given(st.binary(max_size=40))
    def test_of_one_value_is_that_value(self, value: bytes) -> None:
        assert bind([value]) == value

    @given(st.binary(max_size=60), st.integers(1, 12))
    def test_of_any_bytes_is_read_or_refused(self, content: bytes, count: int) -> None:
        try:
            ends_of(content, count)
        except SheafBroken:
            with pytest.raises(SheafBroken):
                all_of(content, count)
            for place in range(count):
                try:
                    one_of(content, place, count)
                except SheafBroken:
                    continue
        else:
            assert all_of(content, count) == [one_of(content, place, count) for place in range(count)]
