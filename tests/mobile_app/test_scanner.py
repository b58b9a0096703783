"""A scanner that types is told from a person, and leaves nothing in the field it typed into."""

import pytest

from mobile_app.scanner import Burst, without

CODE = "CM-0042-1187"


def typed(text: str, gap_s: float, enter_after_s: float | None = None) -> str:
    """Return what a burst makes of a text typed with this gap between its characters."""
    burst, now = Burst(), 10.0
    for character in text:
        burst.heard(character, now)
        now += gap_s
    return burst.entered(now - gap_s + (gap_s if enter_after_s is None else enter_after_s))


class TestABurst:
    @pytest.mark.parametrize("gap_s", [0.001, 0.02, 0.049])
    def test_of_swift_characters_and_enter_is_a_scan(self, gap_s: float) -> None:
        assert typed(CODE, gap_s) == CODE

    @pytest.mark.parametrize(
        ("text", "gap_s", "enter_after_s"),
        [(CODE, 0.06, None), ("12345", 0.01, None), (CODE, 0.01, 0.5), ("", 0.01, None)],
    )
    def test_of_a_person_is_none(self, text: str, gap_s: float, enter_after_s: float | None) -> None:
        assert typed(text, gap_s, enter_after_s) == ""

    def test_begins_anew_after_a_pause(self) -> None:
        burst = Burst()
        for at, character in enumerate("mart"):
            burst.heard(character, at * 0.2)
        for at, character in enumerate(CODE):
            burst.heard(character, 2 + at * 0.01)
        assert burst.entered(2 + len(CODE) * 0.01) == CODE

    def test_is_told_once(self) -> None:
        burst = Burst()
        burst.heard(CODE, 1.0)
        assert (burst.entered(1.01), burst.entered(1.02)) == (CODE, "")


class TestTheField:
    @pytest.mark.parametrize(
        ("text", "cursor", "left"),
        [("Water" + CODE, len("Water" + CODE), "Water"), (CODE, len(CODE), ""), ("Water", 5, "Water"),
         (f"Wa{CODE}ter", 2 + len(CODE), "Water")],
    )  # fmt: skip
    def test_is_left_as_it_was(self, text: str, cursor: int, left: str) -> None:
        assert without(text, cursor, CODE) == left
