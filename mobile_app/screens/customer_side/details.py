"""What she may write about herself on her side of the tablet: her names and how to reach her, no more."""

from collections.abc import Callable, Mapping
from typing import Any

from schemas.customer import FieldInvalid, checked
from schemas.mutations import CreateCustomer, Mutation, SetField
from schemas.record import Struct

NAMES = ("given_name", "family_name")
HERS = (*NAMES, "phone", "email")


class Detail(Struct, frozen=True):
    """A line she may write."""

    field: str
    text: str
    known: str = ""  # as it was before she wrote


def details_of(values: Mapping[str, Any], may_say: Callable[[str], bool]) -> tuple[Detail, ...]:
    """Return what she may write, as far as the seller could write it for her.

    Args:
        values: hers, in clear; what the seller does not see is not shown to her either.
        may_say: whether an edit of a field by this seller would stand.
    """
    held = {field: str(values.get(field) or "") for field in HERS if may_say(field)}
    return tuple(Detail(field=field, text=text, known=text) for field, text in held.items())


def begun_with(texts: Mapping[str, str], may_say: Callable[[str], bool]) -> tuple[Detail, ...]:
    """Return the lines of somebody who is not known yet, with what the seller has begun to write."""
    return tuple(Detail(field=field, text=texts.get(field, "")) for field in HERS if may_say(field))


def problem_of(details: tuple[Detail, ...]) -> str:
    """Return what keeps her lines from standing: ``name_missing``, ``value_invalid``; nothing for none."""
    names = [each for each in details if each.field in NAMES]
    if names and not any(each.text.strip() for each in names):
        return "name_missing"
    return "" if all(_fits(each) for each in details) else "value_invalid"


def is_changed(detail: Detail) -> bool:
    """Whether she wrote something other than what was known."""
    return detail.text.strip() != detail.known


def edits_of(details: tuple[Detail, ...], *, is_new: bool) -> tuple[Mutation, ...]:
    """Return the edits that say what she wrote: one person made, or a field set for each change."""
    if is_new:
        values = {each.field: each.text.strip() for each in details if each.text.strip()}
        return (CreateCustomer(values=values),)
    return tuple(
        SetField(field=each.field, value=each.text.strip() or None) for each in details if is_changed(each)
    )


def _fits(detail: Detail) -> bool:
    text = detail.text.strip()
    if not text or not is_changed(detail):
        return True
    try:
        checked(detail.field, text)
    except FieldInvalid:
        return False
    return True
