"""What search and the day's lists read of a customer's line, made comparable by tablet and server alike."""

from functools import lru_cache
from typing import NamedTuple

from schemas.identity import fold
from sync import summary as summaries
from sync.summary import Summary, utc_day

VERSION = 2  # of what is made here: an index made by another version is made again
AHEAD = "ahead"  # something is to be done for her; ahead:<associate> by whom, ahead: by nobody named
COMES = "comes"  # comes:2026-11-24 (UTC), an appointment
SOLVED = "solved"  # solved:2026-11, a case of hers
UNOWNED = "unowned"  # no associate of her own, or a hidden one
SECOND = "second"  # second:<associate>
BORN = "born"  # born:05-31
HOME_PREFIX = "33"  # the country whose numbers are written without it


class SearchRow(NamedTuple):
    """What may be searched of one customer. Hidden and masked values are not given at all."""

    order: str  # rows of equal merit come in this order: the folded words of the names, the family's first
    names: tuple[str, ...] = ()  # as written
    town: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    facets: frozenset[str] = frozenset()  # "tier:gold", "size:shoes=38", ...


def search_row(summary: Summary) -> SearchRow:
    """Return what may be searched of a customer."""
    names = tuple(name for name in (summary.family_name, summary.given_name) if name)
    return SearchRow(
        order=" ".join(word for name in names for word in folded_words(name)),
        names=names,
        town=summary.town or "",
        phones=(summary.phone,) if summary.phone else (),
        emails=(summary.email,) if summary.email else (),
        cards=(summary.loyalty_card,) if summary.loyalty_card else (),
        facets=frozenset(_facets(summary)),
    )


@lru_cache(maxsize=1 << 16)  # names and towns repeat
def folded_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in their comparable form."""
    return tuple(fold(text).split())


def words_of(row: SearchRow) -> set[str]:
    """Return the words that find a row."""
    words = set(folded_words(row.town))
    for name in row.names:
        parts = folded_words(name)
        words.update(parts)
        if len(parts) > 1:
            words.add("".join(parts))  # "de la Tour" is also typed "Delatour"
    return words


def codes_of(row: SearchRow) -> set[str]:
    """Return the e-mails and cards that find a row."""
    return {comparable_code(code) for code in (*row.emails, *row.cards)}


def phones_of(row: SearchRow) -> str:
    """Return the phone numbers that find a row, as ``phone_digits`` gives them, blanks between."""
    return " ".join([phone_digits(phone) for phone in row.phones])


def comparable_code(text: str) -> str:
    """Return an e-mail or a card's number without case and blanks."""
    return "".join(text.casefold().split())


def phone_digits(text: str) -> str:
    """Return the digits of a phone number that do not depend on how its country was written.

    ``"06 12 34"``, ``"+33 6 12 34"`` and ``"0033 6 12 34"`` give ``"61234"``; a number of another country
    keeps its code.
    """
    number = text.strip()
    if number[:1] == "+" and number[1:].isdecimal():
        return number[1:].removeprefix(HOME_PREFIX)
    digits = "".join([letter for letter in number if letter.isdecimal()])
    if number.startswith("00"):
        digits = digits[2:]
    elif not number.startswith("+"):
        return digits.removeprefix("0")
    return digits.removeprefix(HOME_PREFIX)


def _facets(summary: Summary) -> list[str]:
    """Return the filters that the customer answers: ``tier:gold``, ``size:shoes=38``, ``like:bleu``..."""
    facets = [f"size:{category}={value}" for category, value in summary.sizes.items()]
    facets += [f"like:{' '.join(folded_words(element))}" for element in summary.likes]
    if summary.tier:
        facets.append(f"tier:{summary.tier}")
    if summary.home_store:
        facets.append(f"store:{summary.home_store}")
    if summary.associate_id:
        facets.append(f"associate:{summary.associate_id}")
    elif not summary.frozen:
        facets.append(UNOWNED)
    if summary.second_associate_id:
        facets.append(f"{SECOND}:{summary.second_associate_id}")
    facets += summary.said
    if summary.birthday:
        facets.append(f"birthday:{summary.birthday[:2]}")
        facets.append(f"{BORN}:{summary.birthday}")
    if summary.last_seen is not None:
        facets.append(f"seen:{utc_day(summary.last_seen)[:7]}")
    for each in summary.ahead:
        if each.state == summaries.SOLVED:
            facets.append(f"{SOLVED}:{utc_day(each.since)[:7]}")
        elif each.field == "appointments":
            facets.append(f"{COMES}:{utc_day(each.starts)}")
        else:
            facets += [AHEAD, f"{AHEAD}:{each.owner}"]
    return facets
