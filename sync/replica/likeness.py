"""Who of the customers on a tablet somebody new may be: by a number, by a name as it is written or sounds.

Only what her reader may search finds anybody, and only what lists show him is compared: a hidden or a masked
value is in neither, so the answer is the same whether it is there or not.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from schemas.identity import deletions
from sync.names import is_short_form, sound_of
from sync.replica.store import Store
from sync.search_row import comparable_code, folded_words, phone_digits
from sync.summary import Summary

SHORTEST = 4  # letters of a name, of a number
SHORTEST_WITH_A_SLIP = 4
MOST_NAMESAKES = 200
_SAME, _ALIKE, _CLOSE, _NOT = 3, 2, 1, 0


class Likenesses:
    """One store's answers to who somebody may be. Keeps which words sound alike."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_sound: dict[str, set[str]] = {}
        self._heard: set[str] = set()

    def find(self, texts: Mapping[str, str], limit: int) -> list[Summary]:
        """Return who a person being written down may be, likeliest first."""
        said = {field: text.strip() for field, text in texts.items()}
        found: dict[UUID, tuple[int, Summary]] = {}
        for field in ("loyalty_card", "email", "phone"):
            if len(said.get(field, "")) >= SHORTEST:
                for who in self._store.search(said[field], limit=limit):
                    likeness = _number_likeness(field, said[field], who)
                    if likeness:
                        found[who.record_id] = (likeness + 2 * _SAME, who)
        given, family = (folded_words(said.get(name, "")) for name in ("given_name", "family_name"))
        for who in self._namesakes(given, family):
            likeness = max(_name_likeness(given, family, who), _name_likeness(family, given, who))
            if likeness:
                number, _ = found.get(who.record_id, (0, who))
                found[who.record_id] = (number + likeness, who)
        ordered = sorted(found.values(), key=lambda each: (-each[0], each[1].record_id))
        return [who for _, who in ordered[:limit]]

    def _namesakes(self, given: tuple[str, ...], family: tuple[str, ...]) -> list[Summary]:
        """Return those whose family name may be hers; she may have been asked in the other order."""
        if not family or sum(map(len, (*given, *family))) < SHORTEST:
            return []
        found: dict[UUID, Summary] = {}
        for words in (family, given):
            for asked in (words, *((each,) for each in self._sounding_like(words))):
                if asked is family or sum(map(len, asked)) >= SHORTEST:
                    some = self._store.search(" ".join(asked), limit=MOST_NAMESAKES)
                    found |= {who.record_id: who for who in some}
        return list(found.values())

    def _sounding_like(self, words: Iterable[str]) -> set[str]:
        fresh = set(self._store.customers.words()) - self._heard
        for word in fresh:
            self._by_sound.setdefault(sound_of(word), set()).add(word)
        self._heard |= fresh
        return {
            alike
            for word in words
            if len(word) >= SHORTEST
            for alike in self._by_sound.get(sound_of(word), ())
            if alike != word
        }


def _number_likeness(field: str, typed: str, who: Summary) -> int:
    if field == "phone":
        digits = phone_digits(typed)
        return _SAME if who.phone and digits and phone_digits(who.phone).startswith(digits) else _NOT
    held = who.email if field == "email" else who.loyalty_card
    return _SAME if held and comparable_code(held).startswith(comparable_code(typed)) else _NOT


def _name_likeness(given: tuple[str, ...], family: tuple[str, ...], who: Summary) -> int:
    """Return how near a name comes: both parts must; an unsaid first name is no reason for or against."""
    by_family = _words_likeness(family, folded_words(who.family_name or ""))
    if not by_family:
        return _NOT
    known = folded_words(who.given_name or "")
    if not given or not known:
        return by_family if by_family == _SAME else _NOT
    by_given = _words_likeness(given, known)
    return by_family + by_given if by_given else _NOT


def _words_likeness(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    if not one or not other:
        return _NOT
    if "".join(one) == "".join(other):
        return _SAME
    return max(_likeness(left, right) for left in one for right in other)


def _likeness(one: str, other: str) -> int:
    if one == other:
        return _SAME
    if len(one) == 1 or len(other) == 1:
        return _CLOSE if one[0] == other[0] else _NOT
    if len(one) >= SHORTEST and other.startswith(one):
        return _CLOSE  # she is still being written down
    if is_short_form(one, other) or sound_of(one) == sound_of(other):
        return _ALIKE
    long_enough = min(len(one), len(other)) >= SHORTEST_WITH_A_SLIP
    return _CLOSE if long_enough and deletions(one) & deletions(other) else _NOT
