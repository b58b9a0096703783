# ruff: noqa: E501  (a pattern is read whole)
"""The note detector: what may not be written about a person, in French and English, on tablet and server.

Pure, and quick enough to run at every pause in typing. It names the kind and never repeats the text.
Source: CNIL, free comment fields: objective, relevant, never excessive; GDPR articles 5, 9 and 10.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

from schemas.note_allusions import REFUSED_BY_ALLUSION, WARNED_BY_ALLUSION
from schemas.note_circumstances import REFUSED_BY_CIRCUMSTANCE, WARNED_BY_CIRCUMSTANCE
from schemas.note_disguises import unmasked, without_slips
from schemas.note_openings import Opened
from schemas.note_patterns import HARMLESS_BY_PATTERN, REFUSED_BY_PATTERN, WARNED_BY_PATTERN
from schemas.note_words import HARMLESS, MATERIAL_ALLERGY, REFUSED, WARNED
from schemas.record import Struct


class NoteVerdict(StrEnum):
    """What becomes of a note."""

    ALLOW = "allow"
    WARN = "warn"  # say it in other words, or where it belongs; the author may insist
    REFUSE = "refuse"  # not saved anywhere


class NoteJudgement(Struct, omit_defaults=True):
    """The verdict, and what kind of thing it rests on."""

    verdict: NoteVerdict = NoteVerdict.ALLOW
    kind: str | None = None  # "health", "card_number", "phone", ...; a stable word
    offer: str | None = None  # a better place: "contact", "material_allergy"


_FOLDED = str.maketrans({"’": " ", "'": " ", "œ": "oe", "æ": "ae", "-": "-", "ß": "ss", "\u00a0": " "})
_SENTENCE_ENDS = re.compile(r"[.;!?…|\n]+")  # a word of one sentence does not excuse one of the next
_SPACES = re.compile(r"[\s_,:()\[\]\"«»/+*=]+")
_CARD_BY_NAME = re.compile(r"\b(?:visa|mastercard|amex|cb|carte|card)\b\D{0,12}\d(?:[ \-.]?\d){12,18}(?!\d)")
EAN = 13  # digits of an article's number
_EMAIL = re.compile(
    r"[\w.+\-]{1,64}\s{0,2}(?:@|\(at\)|\[at\]|\barobase\b)\s{0,2}[\w\-]{2,60}\s{0,2}(?:\.|\(dot\)|\[dot\]|\bpoint\b|\bdot\b)\s{0,2}[a-z]{2,12}"
)
_EMAIL_SAID = re.compile(  # "jane at firm dot com", "jeanne chez gmail point com"
    r"[\w.+\-]{2,64} (?:at|chez|arobase) [\w\-]{2,60} ?(?:\.| dot | point ) ?(?:com|net|org|info|eu|fr|be|ch|uk|de|it|es|lu|ca)\b"
    r"|\b[\w.+\-]{2,64} (?:at|chez|arobase) (?:gmail|hotmail|outlook|yahoo|icloud|orange|free|sfr|laposte|wanadoo|proton)\b"
)
_DIGITS = re.compile(r"(?<![\w])\+?\d(?:[ .\-/()\u00a0]{0,2}\d){7,22}(?!\w)")
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{2,4}){3,8}\b")
_NIR = re.compile(  # sex, year, month, department, commune, order, key
    r"(?<!\d)([12])[ .]?(\d{2})[ .]?(0[1-9]|1[0-2]|[2-9]\d)[ .]?(\d{2}|2[ab])"
    r"[ .]?(\d{3})[ .]?(\d{3})[ .]?(\d{2})(?!\d)"
)
_SECRET_NUMBER = re.compile(
    r"\b(?:cvv|cvc|cryptogramme|code (?:de )?(?:carte|secret|pin)|pin(?: code)?|mot de passe|password"
    r"|passport|passeport|cni|carte d identite|identity card|id card|permis de conduire"
    r"|driving licen[cs]e|securite sociale|social security|ssn|nss"
    r"|(?:n°|no|num|numero)? ?(?:de )?secu|sort code|rib)\b"
    r"[^\d]{0,24}\d?[ .]?[a-z0-9]*\d{2,}"
)
_KEY = (
    r"(?:portes?|entree|immeuble|hall|coffre|portail|grille|garage|interphone|alarme|maison|carte|cb|doors?|gate|alarm|safe|building"
    r"|entry|house|front door|card|locker)"
)
_SECRET_SAID = re.compile(
    rf"\b(?:codes?|combinaison|combination)\b[^\d|]{{0,12}}\b{_KEY}\b[^\d|]{{0,14}}\d{{2,}}\w*"
    rf"|\b{_KEY} (?:codes?|combination)\b[^\d|]{{0,14}}\d{{3,}}|\bdigicode\b[^\d|]{{0,14}}\w*\d|\bpin\b[^\d|]{{0,14}}\d{{4}}\b"
    r"|\b(?:mdp|mots? de passe|passwords?|passcode|pwd|passwd|login|log in|identifiants?|wifi|wi fi)\b.{0,24}?(?:[:=]|\bis\b|\best\b|/)"
    r" ?\S{4,}|\b(?:mdp|pwd|pass|password|mot de passe|wifi)\b.{0,20}?\b[a-z]+\d{2,}\b"
    r"|\b(?:keys?|cles?)\b.{0,12}\b(?:under|sous|behind|derriere)\b.{0,6}\b(?:pot|mat|paillasson|plant|tapis|stone|pierre)"
)
_NUMBER_WORDS = re.compile(
    r"\b(?:zero|oh|\+?33|plus)(?:[ ,.\-]{1,2}(?:zero|oh|un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze"
    r"|quinze|seize|vingts?|trente|quarante|cinquante|soixante|et|cent|one|two|three|four|five|six|seven|eight|nine|ten|double|triple|\d{1,2})){4,}\b"
)
_NORTH_AMERICAN = re.compile(r"\(\d{3}\)[ .]?\d{3}[ .\-]\d{4}\b")
_NORTH_AMERICAN_PLAIN = re.compile(r"[2-9]\d{2}([\-.])[2-9]\d{2}\1\d{4}")
_NOT_A_NUMBER_OF_HERS = re.compile(
    r"\b(?:ref|reference|sku|article|commande|order|ticket|facture|invoice|modele|n°)\W{0,3}\w*$"
)


def _one(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + r")(?!\w)")


def _kinds(
    words: Mapping[str, tuple[str, ...]], *lists: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the patterns of each kind, in the order in which kinds count."""
    kinds = dict.fromkeys(kind for held in (words, *lists) for kind in held)
    return {kind: tuple(each for held in (words, *lists) for each in held.get(kind, ())) for kind in kinds}


class _Lists(Struct):
    harmless: re.Pattern[str]
    findings: tuple[NoteJudgement, ...]  # the strictest first
    patterns: Opened  # each ranked by the place of its finding


@cache
def _lists() -> _Lists:
    """Made at the first note, or when somebody has a moment: it takes half a second."""
    found = {
        NoteJudgement(verdict=verdict, kind=kind): patterns
        for verdict, kinds in (
            (
                NoteVerdict.REFUSE,
                _kinds(REFUSED, REFUSED_BY_PATTERN, REFUSED_BY_ALLUSION, REFUSED_BY_CIRCUMSTANCE),
            ),
            (NoteVerdict.WARN, _kinds(WARNED, WARNED_BY_PATTERN, WARNED_BY_ALLUSION, WARNED_BY_CIRCUMSTANCE)),
        )
        for kind, patterns in kinds.items()
    }
    return _Lists(
        harmless=_one((*HARMLESS, *HARMLESS_BY_PATTERN)),
        findings=tuple(found),
        patterns=Opened(
            (rank, pattern) for rank, patterns in enumerate(found.values()) for pattern in patterns
        ),
    )


def get_ready() -> None:
    """Make what the first note would wait for."""
    _lists()


_MATERIAL_ALLERGY = re.compile(rf"\b(?:{MATERIAL_ALLERGY})\b")


def judge_note(text: str) -> NoteJudgement:
    """Return whether a note may stand, and if not what kind of thing keeps it from that.

    The strictest finding counts; numbers come before words, because they do harm even in a harmless sentence.
    """
    plain = _fold(text)
    if (number := _number_in(plain)) is not None:
        return number
    words = _SPACES.sub(" ", _SENTENCE_ENDS.sub(" | ", unmasked(plain))).replace("-", " ").strip()
    offer = "material_allergy" if _MATERIAL_ALLERGY.search(words) else None
    if offer:
        words = _MATERIAL_ALLERGY.sub(" ", words)
    lists = _lists()
    for said in dict.fromkeys((words, without_slips(words))):
        rank = lists.patterns.least(lists.harmless.sub(" ~ ", said))
        if rank is not None:
            return lists.findings[rank]
    return NoteJudgement(offer=offer)


def _fold(text: str) -> str:
    """Small letters without accents or invisible characters; digits of any script as 0 to 9."""
    spread = unicodedata.normalize("NFKD", text).casefold().translate(_FOLDED)
    return "".join(
        str(unicodedata.digit(letter)) if letter.isdigit() and not letter.isascii() else letter
        for letter in spread
        if unicodedata.category(letter) not in ("Mn", "Cf")
    )


def _number_in(plain: str) -> NoteJudgement | None:
    for kind, found in _NUMBERS.items():
        if found(plain):
            return NoteJudgement(verdict=NoteVerdict.REFUSE, kind=kind)
    if _EMAIL.search(plain) or _EMAIL_SAID.search(plain):
        return NoteJudgement(verdict=NoteVerdict.WARN, kind="email", offer="contact")
    spoken = _NUMBER_WORDS.search(plain) or _NORTH_AMERICAN.search(plain)
    if spoken or any(_is_phone(digits) for digits in _numbers(plain)):
        return NoteJudgement(verdict=NoteVerdict.WARN, kind="phone", offer="contact")
    return None


def _numbers(plain: str) -> list[str]:
    """The long numbers, without those that the note itself calls an order's or an article's."""
    return [
        found.group()
        for found in _DIGITS.finditer(plain)
        if not _NOT_A_NUMBER_OF_HERS.search(plain[: found.start()].rstrip())
    ]


def _has_card(plain: str) -> bool:
    return _CARD_BY_NAME.search(plain) is not None or any(
        digits[0] in "23456" and luhn_holds(digits)
        for found in _DIGITS.finditer(plain)
        if 13 <= len(digits := re.sub(r"\D", "", found.group())) <= 19
        and not (len(digits) == EAN and _NOT_A_NUMBER_OF_HERS.search(plain[: found.start()].rstrip()))
    )


def _has_iban(plain: str) -> bool:
    for found in _IBAN.finditer(plain):
        said = found.group().replace(" ", "")
        if any(iban_holds(said[:length]) for length in range(len(said), 14, -1)):
            return True
    return False


def _has_nir(plain: str) -> bool:
    return any(nir_holds("".join(found.groups())) for found in _NIR.finditer(plain))


_NUMBERS: dict[str, Callable[[str], object]] = {
    "card_number": _has_card,
    "bank_account": _has_iban,
    "social_security": _has_nir,
    "secret": lambda plain: _SECRET_NUMBER.search(plain) or _SECRET_SAID.search(plain),
}


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the check digit of the others. Source: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(digits)) > 1


def iban_holds(said: str) -> bool:
    """Whether an account number of fifteen signs or more has the right check digits. Source: ISO 13616."""
    if not 15 <= len(said) <= 34 or not said.isalnum():
        return False
    turned = said[4:] + said[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def nir_holds(said: str) -> bool:
    """Whether a French social security number of 15 signs has the right key."""
    body, key = said[:13], said[13:]
    body = body.replace("2a", "19").replace("2b", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(key)


def _is_phone(found: str) -> bool:
    digits = re.sub(r"\D", "", found)
    if found.startswith("+") or digits.startswith("00"):
        return 9 <= len(digits.lstrip("0")) <= 15
    if len(digits) == 10 and _NORTH_AMERICAN_PLAIN.fullmatch(found):
        return True
    return len(digits) in (10, 11) and digits[0] == "0" and digits[1] in "123456789"
