"""Numbers are read aloud at a counter: they stand in groups."""

import pytest

from mobile_app.phones import phone_words

SAID = {
    "+33698765432": "+33 6 98 76 54 32",
    "+3224567890": "+32 24 56 78 90",
    "+32470123456": "+32 4 70 12 34 56",
    "+12025550143": "+1 202 555 0143",
    "+352621123456": "+352 6 21 12 34 56",
    "+41791234567": "+41 7 91 23 45 67",
    "•• •• •• 72": "•• •• •• 72",  # masked
    "06 12": "06 12",  # as somebody types it
    "": "",
}


class TestPhoneWords:
    @pytest.mark.parametrize("number", SAID)
    def test_stand_in_groups_or_as_they_came(self, number: str) -> None:
        assert phone_words(number).replace("\N{NO-BREAK SPACE}", " ") == SAID[number]

    @pytest.mark.parametrize("number", SAID)
    def test_keep_every_digit(self, number: str) -> None:
        assert [each for each in phone_words(number) if each.isdigit()] == [
            each for each in number if each.isdigit()
        ]
