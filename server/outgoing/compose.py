"""Makes what is sent from what is on her record: headers, plain text and HTML, by the standard library."""

import html
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from email_validator import EmailNotValidError, validate_email

from schemas.consent import Purpose

_FOOT = {
    "fr": ("Vous recevez ce message de {house}.", "Ne plus recevoir de tels messages"),
    "en": ("This message comes to you from {house}.", "Stop receiving messages like this"),
}
_STOP = {"fr": "STOP", "en": "STOP"}
_CONFIRM = {
    "fr": (
        "Confirmez votre accord",
        "Bonjour,\n\nQuelqu'un, sans doute vous, a donné cet accord à {house}{said}\n\n"
        "S'il vient bien de vous, confirmez-le ici :\n{link}\n\nSinon ne faites rien : sans confirmation cet "
        "accord ne vaut pas, et nous ne vous écrirons pas.",
    ),
    "en": (
        "Confirm your consent",
        "Hello,\n\nSomebody, probably you, has given this consent to {house}{said}\n\n"
        "If it was you, confirm it here:\n{link}\n\nIf not, do nothing: without a confirmation this consent "
        "does not count, and we will not write to you.",
    ),
}
_QUOTED = {"fr": " :\n\n« {text} »", "en": ":\n\n“{text}”"}
_QUOTED_ABOVE = {"fr": " (le texte est cité plus haut).", "en": " (its text is quoted above)."}


class AddressInvalid(ValueError):
    """This is no address that mail can be sent to."""


def mail_address(text: str) -> str:
    """Return an address as SMTP takes it, in ASCII.

    Raises:
        AddressInvalid: it is none, or has letters that not every mail server takes.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False).ascii_email
    except EmailNotValidError as error:
        raise AddressInvalid from error
    if not found:
        raise AddressInvalid
    return found


def bare(sender: str) -> str:
    """Return the address in a sender's name and address."""
    return parseaddr(sender)[1]


def message_mail(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    language: str,
    house: str,
    leave_link: str,
    message_id: str,
    now: datetime,
    link: str | None = None,
) -> EmailMessage:
    """Return a mail to a customer, with the ways out that mail programs know (RFC 2369, RFC 8058).

    Args:
        link: an address in the text, to be tapped.
    """
    lead, way_out = _words(_FOOT, language)
    lead = lead.format(house=house)
    mail = _mail(sender=sender, to=to, subject=subject or house, message_id=message_id, now=now)
    mail["List-Unsubscribe"] = f"<{leave_link}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    plain = f"{text.rstrip()}\n\n-- \n{lead}\n{way_out} : {leave_link}\n"
    foot = f'<p class="foot">{html.escape(lead)}<br><a href="{html.escape(leave_link)}">{way_out}</a></p>'
    _fill(mail, plain, _page(_paragraphs(text, link=link) + foot, language))
    return mail


def confirmation_mail(
    *,
    sender: str,
    to: str,
    texts: Mapping[str, str],
    shown: str | None,
    house: str,
    link: str,
    message_id: str,
    now: datetime,
) -> EmailMessage:
    """Return the mail that asks her to confirm what she granted: in her language, then in the other.

    Her half quotes what she was shown, to the letter. The other quotes what was published in its language,
    and nothing where nothing was: no text is passed off as one that she read.

    Args:
        texts: what was published, by language.
        shown: the language she read it in, one of these; None if nobody knows.
    """
    hers = shown or min(texts, key=_likeliest)
    first = "en" if hers == "en" else "fr"
    halves = []
    for language in (first, "fr" if first == "en" else "en"):
        quoted = hers if language == first else language
        said = _QUOTED[language].format(text=texts[quoted]) if quoted in texts else _QUOTED_ABOVE[language]
        subject, body = _CONFIRM[language]
        halves.append((language, subject, body.format(house=house, said=said, link=link)))
    mail = _mail(
        sender=sender,
        to=to,
        subject=" / ".join(subject for _, subject, _ in halves),
        message_id=message_id,
        now=now,
    )
    mail["Auto-Submitted"] = "auto-generated"  # nobody's holiday notice answers it (RFC 3834)
    page = "<hr>".join(
        f'<div lang="{language}">{_paragraphs(text, link=link)}</div>' for language, _, text in halves
    )
    _fill(mail, "\n\n* * *\n\n".join(text for _, _, text in halves) + "\n", _page(page, first))
    return mail


def _likeliest(language: str) -> tuple[int, str]:
    """Order languages by how likely somebody reads them of whom nothing is known."""
    return ("fr", "en").index(language) if language in ("fr", "en") else 2, language


def sms_text(text: str, *, purpose: Purpose, language: str, leave_link: str) -> str:
    """Return a text message; what is not one-to-one service says how to stop it."""
    if purpose == Purpose.SERVICE:
        return text
    stop = _STOP["en" if language.startswith("en") else "fr"]
    return f"{text.rstrip()}\n{stop}: {leave_link}"


def _mail(*, sender: str, to: str, subject: str, message_id: str, now: datetime) -> EmailMessage:
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message_id}@{address.rpartition('@')[2]}>"
    return mail


def _fill(mail: EmailMessage, plain: str, page: str) -> None:
    mail.set_content(plain, cte="quoted-printable")
    mail.add_alternative(page, subtype="html", cte="quoted-printable")


def _paragraphs(text: str, *, link: str | None = None) -> str:
    escaped = html.escape(text.strip())
    if link is not None:
        target = html.escape(link)
        escaped = escaped.replace(target, f'<a href="{target}">{target}</a>')
    return "".join(
        f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in escaped.split("\n\n") if paragraph
    )


def _page(body: str, language: str) -> str:
    lang = "en" if language.startswith("en") else "fr"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><style>'
        "body{font:16px/1.5 Georgia,serif;color:#1d1b18;max-width:36em}.foot{color:#5c564d;font-size:13px}"
        f"</style></head><body>{body}</body></html>"
    )


def _words(words: dict[str, tuple[str, str]], language: str) -> tuple[str, str]:
    return words["en" if language.startswith("en") else "fr"]
