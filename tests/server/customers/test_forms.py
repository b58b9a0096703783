import pytest

from server.customers.forms import card_form, email_form, phone_form


class TestPhoneForm:
    @pytest.mark.parametrize(
        "text", ["06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678", "06.12.34.56.78"]
    )
    def test_is_the_same_however_it_is_written(self, text: str) -> None:
        assert phone_form(text) == "+33612345678"

    def test_keeps_the_country_of_a_foreign_number(self) -> None:
        assert phone_form("+44 20 7946 0958") == "+442079460958"

    @pytest.mark.parametrize("text", ["17850", "Dupont", "", "06 12 34 56 78 90 12 34", "0612345678 bis"])
    def test_is_none_for_what_is_no_number(self, text: str) -> None:
        assert phone_form(text) is None


class TestEmailForm:
    def test_ignores_case(self) -> None:
        assert email_form(" Ines.Moreau@Example.ORG ") == "ines.moreau@example.org"

    @pytest.mark.parametrize("text", ["ines@", "@example.org", "ines moreau", "a@b\x00.org"])
    def test_is_none_for_what_is_no_address(self, text: str) -> None:
        assert email_form(text) is None


class TestCardForm:
    def test_ignores_spaces_dashes_and_case(self) -> None:
        assert card_form("mb-0042 17") == "MB004217"
