"""What to show a customer next: each article with one reason, and never one she must not be shown. Pure.

Scores are whole numbers added up by the rules below, so that the same facts give the same list on a tablet
and on the server. Only what is handed in counts: a field that the reader's lens hides is not there, and tells
nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from schemas.consent import Limit
from schemas.product import Product
from schemas.record import OpenEnum, Struct

DAY_MS = 86_400_000
MONTH_DAYS = 30
MOST = 6
MOST_OF_A_FAMILY = 2
NEW_FOR_DAYS = 200
WORN_FROM = 80  # percent of its life
ANSWERS_COUNT_FOR_DAYS = 400
SHORTEST_WORD = 4  # letters of a like that may name an article


class Answer(OpenEnum):
    """What she said to a suggestion."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Advised(Struct, omit_defaults=True):
    """Her answer. Not why the article was shown: a reason would tell what it was drawn from."""

    answer: Answer
    at: int  # wall milliseconds UTC


class Why(OpenEnum):
    """The one reason told with a suggestion, the strongest first."""

    REPLENISHMENT = "replenishment"  # what she has is worn or used up
    COMPLEMENT = "complement"  # goes with something she has
    SAME_TASTE = "same_taste"  # she likes this, or buys it
    NEW_IN_SIZE = "new_in_size"  # arrived lately, and made in her size


class Stop(OpenEnum):
    """Why an article is not shown, whatever speaks for it."""

    DISLIKED = "disliked"  # a material she does not bear, a colour she does not wear
    OWNED = "owned"
    REFUSED = "refused"
    ANSWERED = "answered"  # she said yes to it already
    NOT_HER_SIZE = "not_her_size"


class Suggestion(Struct):
    """An article, its reason, and what the reason is made of."""

    sku: str
    why: Why
    because: str  # the SKU it goes with or replaces, the taste it meets, the size
    score: int


_BASE = {Why.REPLENISHMENT: 70, Why.COMPLEMENT: 55, Why.SAME_TASTE: 45, Why.NEW_IN_SIZE: 35}
_FURTHER = 8  # for each further reason
_YES, _NO = 6, 9  # per answer to an article of the same family, colour or material
_TOKEN = re.compile(r"\w+")
_SAYS_NOTHING = frozenset({"allergie", "allergique", "allergic", "allergy", "intolerance"})
_NO_WORD = frozenset({""})  # names no article
Values = Mapping[str, Any]


def suggest(
    values: Values, products: Iterable[Product], *, now_ms: int, most: int = MOST
) -> tuple[Suggestion, ...]:
    """Return what to show her, the best first; nothing for somebody who objected to being evaluated.

    Args:
        values: her values as the lens of the reader shows them.
        products: the catalogue, in any order.
    """
    if set(values.get("limits") or ()) & {Limit.PROFILING.value, Limit.RESTRICTION.value}:
        return ()
    shelf = {product.sku: product for product in products}
    learnt = _learnt(values, shelf, now_ms)
    found = []
    for product in shelf.values():
        reasons = _reasons(values, product, shelf, now_ms)
        if not reasons or stop_of(values, product, now_ms=now_ms) is not None:
            continue
        why, because = reasons[0]
        score = _BASE[why] + _FURTHER * (len(reasons) - 1)
        score += sum(learnt[feature] for feature in _features(product))
        found.append(Suggestion(sku=product.sku, why=why, because=because, score=score))
    found.sort(key=lambda each: (-each.score, each.sku))
    families: Counter[str] = Counter()
    chosen = []
    for each in found:
        families[shelf[each.sku].family] += 1
        if families[shelf[each.sku].family] <= MOST_OF_A_FAMILY:
            chosen.append(each)
    return tuple(chosen[:most])


def stop_of(values: Values, product: Product, *, now_ms: int) -> Stop | None:
    """Return why an article may not be suggested to her, or None when it may."""
    made_of = _tokens(" ".join((product.material or "", product.colour or "", *product.name.values())))
    for dislike in values.get("dislikes") or ():
        if _words(dislike) <= made_of:
            return Stop.DISLIKED
    answers = values.get("advice") or {}
    if product.sku in answers:
        said = answers[product.sku]["answer"]
        return Stop.REFUSED if said == Answer.REFUSED else Stop.ANSWERED
    if any(piece["sku"] == product.sku for piece in values.get("owned") or ()):
        worn = wear(values, product, now_ms=now_ms)
        return Stop.OWNED if worn is None or worn < WORN_FROM else None
    if product.size_category and product.sizes:
        size = size_of(values, product.size_category)
        if size is not None and size not in product.sizes:
            return Stop.NOT_HER_SIZE
    return None


def wear(values: Values, product: Product, *, now_ms: int) -> int | None:
    """Return how far an article she has is worn, in percent of its usual life; None when nobody can say."""
    bought = [piece["at"] for piece in values.get("owned") or () if piece["sku"] == product.sku]
    if not bought or not product.wear_months:
        return None
    days = max(0, now_ms - max(bought)) // DAY_MS
    return int(min(100, days * 100 // (product.wear_months * MONTH_DAYS)))


def size_of(values: Values, category: str) -> str | None:
    """Return her size in a category: what she told before what she buys."""
    for field in ("sizes", "computed_sizes"):
        held = (values.get(field) or {}).get(category)
        if held:
            return str(held["value"])
    return None


def folded(text: str) -> str:
    """Return text without accents and capitals."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in flat if not unicodedata.combining(letter))


def _reasons(
    values: Values, product: Product, shelf: Mapping[str, Product], now_ms: int
) -> list[tuple[Why, str]]:
    """Return every reason that speaks for an article, the strongest first."""
    reasons = []
    worn = wear(values, product, now_ms=now_ms)
    if worn is not None and worn >= WORN_FROM:
        reasons.append((Why.REPLENISHMENT, product.sku))
    owned = sorted(values.get("owned") or (), key=lambda piece: (-piece["at"], piece["sku"]))
    for piece in owned:
        beside = shelf.get(piece["sku"])
        if beside is not None and product.sku in beside.complements:
            reasons.append((Why.COMPLEMENT, piece["sku"]))
            break
    if (taste := _taste_met(values, product, owned, shelf)) is not None:
        reasons.append((Why.SAME_TASTE, taste))
    size = size_of(values, product.size_category) if product.size_category else None
    if size in product.sizes and _is_new(product, now_ms):
        reasons.append((Why.NEW_IN_SIZE, str(size)))
    return reasons


def _taste_met(
    values: Values, product: Product, owned: list[Any], shelf: Mapping[str, Product]
) -> str | None:
    """Return the like that an article meets, or the material she has bought at least twice."""
    said = _tokens(" ".join((product.material or "", product.family, *product.name.values())))
    for like in sorted(values.get("likes") or ()):
        if _words(like) & said:
            return str(like)
    kept = [shelf[piece["sku"]].material for piece in owned if piece["sku"] in shelf]
    return product.material if product.material and kept.count(product.material) >= 2 else None


def _words(taste: str) -> frozenset[str]:
    """Return what of a taste may name an article: its longer words, or the first when all are short."""
    words = [word for word in _TOKEN.findall(folded(taste)) if word not in _SAYS_NOTHING]
    telling = [word for word in words if len(word) >= SHORTEST_WORD] or words[:1]
    return frozenset(map(_singular, telling)) or _NO_WORD


def _tokens(text: str) -> frozenset[str]:
    """Return the words of a text, in the singular."""
    return frozenset(map(_singular, _TOKEN.findall(folded(text))))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > SHORTEST_WORD - 1 and word[-1] in "sx" else word


def _is_new(product: Product, now_ms: int) -> bool:
    if not product.launched:
        return False
    age = datetime.fromtimestamp(now_ms / 1000, UTC).date() - date.fromisoformat(product.launched)
    return 0 <= age.days <= NEW_FOR_DAYS


def _features(product: Product) -> tuple[tuple[str, str | None], ...]:
    return ("family", product.family), ("colour", product.colour), ("material", product.material)


def _learnt(values: Values, shelf: Mapping[str, Product], now_ms: int) -> Counter[tuple[str, str | None]]:
    """Return what her answers of the last year say for and against families, colours and materials."""
    learnt: Counter[tuple[str, str | None]] = Counter()
    for sku, said in (values.get("advice") or {}).items():
        if sku in shelf and said["at"] > now_ms - ANSWERS_COUNT_FOR_DAYS * DAY_MS:
            for feature in _features(shelf[sku]):
                learnt[feature] += _YES if said["answer"] == Answer.ACCEPTED else -_NO
    return learnt
