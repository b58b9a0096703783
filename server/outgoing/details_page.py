"""The page on which somebody writes herself down: her words and her choices, and nothing known of her."""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from litestar import Response

from schemas.consent import ContactChannel
from schemas.customer import FieldInvalid, checked
from schemas.details_link import NAMES, hers
from schemas.record import Struct
from schemas.wording import Wording, in_force, wording_hash
from server.customers.forms import phone_form
from server.outgoing import pages
from server.outgoing.compose import AddressInvalid, mail_address

CONSENT = "consent"  # the name of every box
MOST_PARTS = 200  # of a form that is read at all

_WORDS = {
    "fr": {
        "title": "Vos coordonnées",
        "lead": "Remplissez ce que vous souhaitez nous laisser. Un nom suffit.",
        "given_name": "Prénom",
        "family_name": "Nom",
        "phone": "Téléphone",
        "email": "E-mail",
        "consents": "Ce que vous acceptez",
        "optional": "Rien n'est obligatoire, et vous pouvez changer d'avis à tout moment.",
        "send": "Envoyer",
        "name_missing": "Il manque un prénom ou un nom.",
        "value_invalid": "Une ligne n'est pas lisible ainsi. Regardez-la encore une fois.",
        "wording_changed": "Le texte de vos choix a changé. Relisez-le, s'il vous plaît.",
    },
    "en": {
        "title": "Your details",
        "lead": "Fill in what you wish to leave with us. One name is enough.",
        "given_name": "First name",
        "family_name": "Last name",
        "phone": "Phone",
        "email": "E-mail",
        "consents": "What you agree to",
        "optional": "Nothing here is required, and you may change your mind at any time.",
        "send": "Send",
        "name_missing": "A first or a last name is needed.",
        "value_invalid": "One line cannot be read like this. Look at it once more.",
        "wording_changed": "The text of your choices has changed. Please read it again.",
    },
}
_AS_KEYED = {
    "given_name": 'autocomplete="given-name"',
    "family_name": 'autocomplete="family-name"',
    "phone": 'type="tel" inputmode="tel" autocomplete="tel"',
    "email": 'type="email" inputmode="email" autocomplete="email"',
}


class Choice(Struct):
    """Something she may agree to, in the words she is shown."""

    wording: Wording
    language: str
    text: str

    @property
    def fingerprint(self) -> str:
        """The hash of the text as it is shown."""
        return wording_hash(self.wording.version, self.language, self.text)

    @property
    def key(self) -> str:
        """What her tick says: for what, and under exactly which text."""
        each = self.wording
        return f"{each.channel.value}/{each.purpose.value}/{each.version}/{self.fingerprint}"


class Written(Struct):
    """What she sent."""

    texts: dict[str, str] = {}
    ticked: tuple[str, ...] = ()
    problem: str = ""


def spoken(accepts: str, otherwise: str) -> str:
    """Return the language of the page: the first of ours that her browser asks for, else another."""
    for wanted in accepts.casefold().split(","):
        if wanted.strip()[:2] in _WORDS:
            return wanted.strip()[:2]
    return otherwise if otherwise in _WORDS else "fr"


def choices(wordings: Collection[Wording], *, brand: str, language: str, now_ms: int) -> list[Choice]:
    """Return what she may agree to now, each in her language."""
    asked = sorted({(each.channel, each.purpose) for each in wordings if each.brand == brand})
    standing = [
        in_force(wordings, brand=brand, channel=channel, purpose=purpose, now=now_ms)
        for channel, purpose in asked
    ]
    found = []
    for each in standing:
        if each is not None:
            shown, text = each.text_for(language)
            found.append(Choice(wording=each, language=shown, text=text))
    return found


def read(body: bytes, channel: ContactChannel, offered: Sequence[Choice]) -> Written:
    """Return what a form says, with what keeps it from being taken: any bytes at all may come."""
    try:
        parts = parse_qsl(body.decode(), max_num_fields=MOST_PARTS, errors="strict")
    except ValueError:
        return Written(problem="value_invalid")
    said = dict(parts)
    texts = {field: said[field].strip() for field in hers(channel) if said.get(field, "").strip()}
    ticked = tuple(dict.fromkeys(value for name, value in parts if name == CONSENT))
    return Written(texts=texts, ticked=ticked, problem=_problem(texts, ticked, offered))


def _problem(texts: Mapping[str, str], ticked: Sequence[str], offered: Sequence[Choice]) -> str:
    if not all(_fits(field, text) for field, text in texts.items()):
        return "value_invalid"
    if not any(name in texts for name in NAMES):
        return "name_missing"
    return "" if {each.key for each in offered}.issuperset(ticked) else "wording_changed"


def form(
    channel: ContactChannel, offered: Sequence[Choice], written: Written, *, language: str
) -> Response[bytes]:
    """Show the form, with what she wrote when it could not be taken."""
    words = _WORDS[language]
    problem = f'<p role="alert"><b>{words[written.problem]}</b></p>' if written.problem else ""
    lines = "".join(_line(field, words, written.texts) for field in hers(channel))
    boxes = "".join(_box(each, each.key in written.ticked) for each in offered)
    if boxes:
        legend, lead = words["consents"], words["optional"]
        boxes = f"<fieldset><legend>{legend}</legend><p>{lead}</p>{boxes}</fieldset>"
    return pages.page(
        language,
        words["title"],
        f'<section><h1>{words["title"]}</h1><p>{words["lead"]}</p>{problem}<form method="post">'
        f'{lines}{boxes}<button type="submit">{words["send"]}</button></form></section>',
    )


def _line(field: str, words: Mapping[str, str], texts: Mapping[str, str]) -> str:
    value = escape(texts.get(field, ""))
    keyed = f'name="{field}" maxlength="200" {_AS_KEYED[field]}'
    return f'<label>{words[field]}<input {keyed} value="{value}"></label>'


def _box(choice: Choice, ticked: bool) -> str:
    said = f'name="{CONSENT}" value="{escape(choice.key)}"{" checked" if ticked else ""}'
    shown = f'lang="{escape(choice.language)}"'
    return (
        f'<label class="box" {shown}><input type="checkbox" {said}><span>{escape(choice.text)}</span></label>'
    )


def _fits(field: str, text: str) -> bool:
    try:
        held: Any = checked(field, text)
        if field == "email":
            mail_address(held)
    except (FieldInvalid, AddressInvalid):
        return False
    return field != "phone" or phone_form(text) is not None
