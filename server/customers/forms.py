"""The one form in which an e-mail, a phone number and a loyalty card are compared."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from schemas.problem import ErrorCode, FieldError
from server.problems import Refusal

_PHONE_LIKE = re.compile(r"^\+?[\d\s().\-/]{6,24}$")
_SEPARATORS = re.compile(r"[\s.\-]+")
LONGEST = 200
REMEMBERED = 2_048  # an import asks for each form twice within one transaction, and reckoning it is dear

# What nearly everybody writes, and what the libraries make of it without being asked.
_PLAIN_MAILBOX = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*", re.IGNORECASE | re.ASCII)
_LONGEST_MAILBOX = 64
_FRENCH = re.compile(r"(?:\+33|0)([1-9][0-9]{8})")


@lru_cache(maxsize=REMEMBERED)
def email_form(text: str) -> str | None:
    """Return an address as it is compared: normalised and without case; None when it is no address."""
    bare = text.strip()[:LONGEST]
    mailbox, _, domain = bare.partition("@")
    if len(mailbox) <= _LONGEST_MAILBOX and _PLAIN_MAILBOX.fullmatch(mailbox):
        host = _host_form(domain)
        return f"{mailbox.lower()}@{host}" if host else None
    return _address_form(bare)


@lru_cache(maxsize=REMEMBERED)
def _host_form(domain: str) -> str | None:
    """Return the host of an address as it is compared: of a hundred thousand people there are a few."""
    form = _address_form(f"a@{domain}")
    return form.partition("@")[2] if form else None


def _address_form(text: str) -> str | None:
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return found.normalized.casefold()


def phone_form(text: str, *, region: str = "FR") -> str | None:
    """Return a number in E.164; one without a country code is read as of ``region``. None when it is none."""
    bare = text.strip()
    if region == "FR" and (found := _FRENCH.fullmatch(bare)):
        return f"+33{found[1]}"
    return _phone_form(bare, None if bare.startswith("+") else region)


@lru_cache(maxsize=REMEMBERED)
def _phone_form(text: str, region: str | None) -> str | None:
    if not _PHONE_LIKE.match(text):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def card_form(text: str) -> str | None:
    """Return a card number as it is compared: capitals, no spaces, dots or dashes; None when empty."""
    return _SEPARATORS.sub("", text).upper()[:LONGEST] or None


def as_kept(field: str, value: Any) -> Any:
    """Return a contact in the form the house keeps; other values as they are.

    Raises:
        Refusal: FIELD_INVALID for what is no phone number, or no e-mail address, and for a birth to come.
    """
    if value is None or not isinstance(value, str):
        return value
    if field == "phone":
        return _or_refuse(field, phone_form(value), "not a phone number")
    if field == "email":
        return _or_refuse(field, email_form(value) and value.strip(), "not an e-mail address")
    if field == "birth_date":
        born = value <= (datetime.now(UTC) + timedelta(days=1)).date().isoformat()  # wherever on Earth
        return _or_refuse(field, value if born else None, "not in the future")
    return value


def _or_refuse(field: str, form: str | None, rule: str) -> str:
    if form is None:
        raise Refusal(ErrorCode.FIELD_INVALID, errors=(FieldError(pointer=f"/{field}", detail=rule),))
    return form
