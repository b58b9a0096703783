"""Words can be read in both themes, and dates, money and numbers are written as each language writes them."""

from collections.abc import Iterator

import pytest

from mobile_app import i18n
from mobile_app.theme.tokens import TIERS, TOKENS, tone_pair

AA_TEXT = 4.5  # WCAG 2.2, success criterion 1.4.3
PAIRS = [
    ("surface_ink", ground) for ground in ("surface", "low", "container", "high")
] + [
    ("variant_ink", ground) for ground in ("surface", "low", "container", "high")
] + [
    ("primary", "surface"), ("primary_ink", "primary"), ("primary_container_ink", "primary_container"),
    ("secondary_ink", "secondary_container"), ("warn_ink", "warn"), ("ok", "surface"), ("bad", "surface"),
    ("gold", "surface"), ("primary", "low"), ("surface", "surface_ink"), ("bad", "low"), ("ok", "low"),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, "relative luminance"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


class TestContrast:
    @pytest.mark.parametrize("mode", ["light", "dark"])
    @pytest.mark.parametrize(("ink", "ground"), PAIRS)
    def test_of_ink_on_its_ground_is_aa(self, mode: str, ink: str, ground: str) -> None:
        assert contrast(TOKENS[mode][ink], TOKENS[mode][ground]) >= AA_TEXT

    @pytest.mark.parametrize("tier", TIERS)
    def test_of_a_tier_is_aa(self, tier: str) -> None:
        assert contrast(*TIERS[tier]) >= AA_TEXT

    @pytest.mark.parametrize("dark", [False, True])
    def test_of_an_avatar_is_aa(self, dark: bool) -> None:
        assert all(contrast(*tone_pair(key, dark=dark)) >= AA_TEXT for key in range(6))

    def test_both_modes_have_the_same_colours(self) -> None:
        assert TOKENS["light"].keys() == TOKENS["dark"].keys()


@pytest.fixture
def french() -> Iterator[None]:
    i18n.use("fr")
    yield
    i18n.use("en")


@pytest.fixture
def english() -> Iterator[None]:
    i18n.use("en")
    yield


class TestFrench:
    @pytest.mark.parametrize(
        ("amount", "currency", "written"),
        [
            (123450, "EUR", "1\u202f234,50\u00a0€"),
            (2340900, "EUR", "23\u202f409\u00a0€"),
            (-1200, "EUR", "-12\u00a0€"),
            (5, "EUR", "0,05\u00a0€"),
            (1200, "JPY", "1\u202f200\u00a0¥"),
        ],
    )
    def test_money(self, french: None, amount: int, currency: str, written: str) -> None:
        assert i18n.money(amount, currency) == written

    @pytest.mark.parametrize(
        ("moment", "written"),
        [
            ("2026-11-18", "18\u00a0nov. 2026"),
            ("2026-03-01", "1er\u00a0mars 2026"),
            ("--05-14", "14\u00a0mai"),
            (None, ""),
            ("soon", "soon"),
        ],
    )
    def test_days(self, french: None, moment: str | None, written: str) -> None:
        assert i18n.day(moment) == written


class TestEnglish:
    @pytest.mark.parametrize(
        ("amount", "currency", "written"),
        [(123450, "EUR", "€1,234.50"), (-1200, "GBP", "-£12"), (1200, "CHF", "CHF\u00a012")],
    )
    def test_money(self, english: None, amount: int, currency: str, written: str) -> None:
        assert i18n.money(amount, currency) == written

    def test_a_text_without_a_catalogue_stays_as_it_is(self, english: None) -> None:
        assert i18n.tr("Nothing of the kind") == "Nothing of the kind"

    @pytest.mark.parametrize(
        ("days", "written"),
        [(0, "today"), (1, "yesterday"), (5, "5 days ago"), (70, "2 months ago"), (800, "2 years ago")],
    )
    def test_ago(self, english: None, days: int, written: str) -> None:
        assert i18n.ago(0, days * 86_400_000) == written
