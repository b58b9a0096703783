"""What a field may hold."""

import re

import pytest

from schemas.customer import _CONTROL, FieldInvalid, checked

REFUSED = [chr(code) for code in range(0x3000) if _CONTROL.search(chr(code))]


class TestChecked:
    @pytest.mark.parametrize("bad", REFUSED, ids=lambda bad: f"U+{ord(bad):04X}")
    def test_refuses_what_may_not_be_shown_however_deep_it_lies(self, bad: str) -> None:
        for field, value in (
            ("given_name", f"An{bad}ne"),
            ("likes", {"soie": ["x"], f"li{bad}n": ["y"]}),
            ("sizes", {"ring": {"value": f"5{bad}2"}}),
            ("sizes", {"ring": {"value": f"5{bad}2", "unheard_of": 1}, "shoes": 3}),
        ):
            with pytest.raises(FieldInvalid, match=re.escape("control or direction characters")):
                checked(field, value)

    @pytest.mark.parametrize(
        "good", ["Léa", "a\\u0000b", "C:\\bruges\\ford\\rue", "née\tX", "日本", "🧵", "\u200b"]
    )
    def test_takes_text_that_only_looks_like_it(self, good: str) -> None:
        assert checked("given_name", good) == good

    @pytest.mark.parametrize("field", ["birth_date", "client_since"])
    @pytest.mark.parametrize(
        "bad", ["1970-02-31", "1971-02-29", "1970-04-31", "0000-01-01", "1970-13-01", "19700201", "70-2-1", 7]
    )
    def test_refuses_a_day_that_there_never_was(self, field: str, bad: object) -> None:
        with pytest.raises(FieldInvalid, match="a day of the calendar, written YYYY-MM-DD"):
            checked(field, bad)

    def test_takes_a_day_that_there_was(self) -> None:
        assert checked("birth_date", "1972-02-29") == "1972-02-29"
        assert checked("birth_date", None) is None
