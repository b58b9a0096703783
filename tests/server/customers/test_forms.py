import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

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

    @given(st.from_regex(r"(\+33|0033|0)[0-9]{7,10}", fullmatch=True))
    def test_is_what_the_library_makes_of_a_french_number(self, text: str) -> None:
        try:
            read = phonenumbers.parse(text, "FR")
        except phonenumbers.NumberParseException:
            assert phone_form(text) is None
            return
        wanted = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
        assert phone_form(text) == (wanted if phonenumbers.is_possible_number(read) else None)


class TestEmailForm:
    def test_ignores_case(self) -> None:
        assert email_form(" Ines.Moreau@Example.ORG ") == "ines.moreau@example.org"

    @pytest.mark.parametrize("text", ["ines@", "@example.org", "ines moreau", "a@b\x00.org"])
    def test_is_none_for_what_is_no_address(self, text: str) -> None:
        assert email_form(text) is None

    @given(
        st.from_regex(r"[A-Za-z0-9_.+'\"é -]{1,70}", fullmatch=True),
        st.sampled_from(["Example.org", "münchen.de", "localhost", "a..b", "x@y.fr", "MAIL.fr ", "é.fr", ""])
        | st.from_regex(r"[A-Za-z0-9.-]{1,12}\.(fr|com|FR)", fullmatch=True),
    )
    @example("a" * 64, "example.org")
    @example("a" * 65, "example.org")
    @example("a..b", "example.org")
    def test_is_what_the_library_makes_of_an_address(self, mailbox: str, host: str) -> None:
        text = f"{mailbox}@{host}"
        try:
            wanted = validate_email(text.strip()[:200], check_deliverability=False).normalized.casefold()
        except EmailNotValidError:
            assert email_form(text) is None
        else:
            assert email_form(text) == wanted


class TestCardForm:
    def test_ignores_spaces_dashes_and_case(self) -> None:
        assert card_form("mb-0042 17") == "MB004217"
