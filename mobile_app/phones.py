"""Phone numbers as people read them: digits in groups."""

import re
from typing import Final

_E164: Final = re.compile(r"\+\d{7,15}")
# Codes of countries that have two digits; 1 and 7 stand alone, all others have three (ITU-T E.164, annex).
_TWO_DIGITS: Final = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")


def phone_words(number: str) -> str:
    """Return a number in groups: ``+33 6 98 76 54 32``. What is no E.164 stays as it is."""
    if not _E164.fullmatch(number):
        return number
    digits = number[1:]
    length = 1 if digits[0] in "17" else 2 if _TWO_DIGITS.match(digits) else 3
    country, rest = digits[:length], digits[length:]
    if country == "1" and len(rest) == 10:
        groups = [rest[:3], rest[3:6], rest[6:]]
    else:
        odd = len(rest) % 2
        groups = [rest[:odd], *(rest[place : place + 2] for place in range(odd, len(rest), 2))]
    return "\N{NO-BREAK SPACE}".join((f"+{country}", *filter(None, groups)))
