"""Dates as people write them, by what the column itself tells."""

from datetime import date

import pytest

from server.imports.dates import DateOrder, DateUnclear, date_order, read_date


class TestADate:
    @pytest.mark.parametrize(
        ("text", "order", "found"),
        [
            ("1984-03-12", "iso", date(1984, 3, 12)),
            ("19840312", "iso", date(1984, 3, 12)),
            ("1984-03-12T10:00:00Z", "none", date(1984, 3, 12)),
            ("12/03/1984", "day_first", date(1984, 3, 12)),
            ("12/03/1984 15:53", "month_first", date(1984, 12, 3)),
            ("5.5.1984", "ambiguous", date(1984, 5, 5)),
            ("31-12-84", "mixed", date(1984, 12, 31)),
            ("12/31/05", "mixed", date(2005, 12, 31)),
            ("Mar 1 1970", "none", date(1970, 3, 1)),
            ("1er mars 1970", "none", date(1970, 3, 1)),
            ("14 juillet 1989", "none", date(1989, 7, 14)),
            ("3 August 1970", "none", date(1970, 8, 3)),
            ("12 août 1970", "none", date(1970, 8, 12)),
            ("February 3, 1970", "none", date(1970, 2, 3)),
        ],
    )
    def test_is_read(self, text: str, order: DateOrder, found: date) -> None:
        assert read_date(text, order) == found

    @pytest.mark.parametrize(
        ("text", "order"),
        [
            ("05/06/2012", "ambiguous"),
            ("05/06/2012", "mixed"),
            ("31/12/1980", "month_first"),
            ("0/0/0000", "day_first"),
            ("30/02/1980", "day_first"),
            ("not a date", "iso"),
            ("", "none"),
            ("99999999999999", "iso"),
        ],
    )
    def test_is_never_guessed(self, text: str, order: DateOrder) -> None:
        with pytest.raises(DateUnclear):
            read_date(text, order)

    def test_takes_its_order_from_the_others_of_its_column(self) -> None:
        assert read_date("05/06/2012", date_order(["05/06/2012", "31/12/1980"])) == date(2012, 6, 5)
        assert read_date("05/06/2012", date_order(["05/06/2012", "12/31/1980"])) == date(2012, 5, 6)
