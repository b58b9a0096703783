"""Stable codes in a person's words: problems, roles, fields, edits, reasons."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mobile_app.i18n import short_day, tr
from mobile_app.screens.card.details import KEYED, SETS, Row
from mobile_app.screens.card.words import category_words, channel_words, value_words
from mobile_app.screens.directory import Directory
from mobile_app.screens.outbox.model import Contest, Edit, HeldEdit, Standing
from mobile_app.screens.promise_words import kind_words, state_words
from schemas.states import MACHINES


def problem_words(code: str | None) -> str:
    """Return what went wrong and what to do, for a stable code; nothing for None."""
    if code is None:
        return ""
    return {
        "unreachable": tr("The server does not answer. This step needs the network; try again in a moment."),
        "enrolment_code_invalid": tr(
            "This code is wrong, used or older than ten minutes. Ask for a new one."
        ),
        "wrong_credentials": tr("Code or password is wrong."),
        "too_many_attempts": tr("Too many tries. Wait a few minutes, or ask your manager."),
        "rate_limited": tr("Too many tries. Wait a few minutes, or ask your manager."),
        "device_revoked": tr(
            "This tablet was taken out of service. Its data was removed; what was not sent is kept, sealed."
        ),
        "full_sign_in": tr("For your safety, sign in with your password this time."),
        "not_allowed": tr("Your role may not do this."),
    }.get(code, tr("That did not work ({code}).").format(code=code))


def role_words(role: str) -> str:
    """Return a role as people say it."""
    return {
        "seller": tr("Seller"),
        "store_manager": tr("Store manager"),
        "zone_manager": tr("Zone manager"),
        "call_centre": tr("Call centre"),
        "head_office_crm": tr("Head office"),
        "loyalty_manager": tr("Loyalty"),
        "privacy_officer": tr("Privacy officer"),
        "administrator": tr("Administrator"),
    }.get(role, role)


def field_words(field: str) -> str:
    """Return a field as people say it."""
    return {
        "title": tr("Title"),
        "given_name": tr("First name"),
        "family_name": tr("Last name"),
        "language": tr("Language"),
        "town": tr("Town"),
        "birth_date": tr("Birthday"),
        "email": tr("E-mail"),
        "phone": tr("Phone"),
        "other_contacts": tr("Other contacts"),
        "social_handles": tr("Social networks"),
        "address": tr("Address"),
        "other_addresses": tr("Other addresses"),
        "important_dates": tr("Important dates"),
        "family": tr("Family"),
        "home_store": tr("Home store"),
        "associate_id": tr("Own associate"),
        "second_associate_id": tr("Second associate"),
        "sizes": tr("Sizes"),
        "likes": tr("Likes"),
        "dislikes": tr("Dislikes"),
        "tasks": tr("To do"),
        "appointments": tr("Appointment"),
        "cases": tr("Case"),
        "occasions": tr("Occasions"),
        "wish_list": tr("Wish list"),
        "tags": tr("Tags"),
        "payment_preference": tr("Payment"),
        "delivery_preference": tr("Delivery"),
        "contact_preference": tr("Likes to be reached by"),
        "advice": tr("Suggestion"),
        "notes": tr("Notes"),
        "consents": tr("Consents"),
        "loyalty_card": tr("Loyalty card"),
        "loyalty": tr("Loyalty"),
    }.get(field, field)


def edit_words(edit: Edit) -> str:
    """Return what an edit meant: field and value, as its author would say it."""
    said = edit.said
    field = field_words(str(said.get("field", "")))
    match edit.op.partition("@")[0]:
        case "field.set":
            value = said.get("value")
            if value in (None, ""):
                return tr("{field}: cleared").format(field=field)
            return tr("{field}: {value}").format(field=field, value=said_words(str(said["field"]), value))
        case "element.add":
            return tr("{field}: {value}").format(field=field, value=said.get("element", ""))
        case "element.remove" | "entry.remove":
            gone = said.get("element", said.get("key", ""))
            return tr("{field}: {value} removed").format(field=field, value=gone)
        case "entry.put":
            key = str(said.get("key", ""))
            key = category_words(key) if said.get("field") == "sizes" else key
            value = f"{key} {_value_words(said.get('value'))}".strip()
            return tr("{field}: {value}").format(field=field, value=value)
        case "note.write":
            return tr("Note: {text}").format(text=said.get("text", ""))
        case "note.withdraw":
            return tr("Note taken back")
        case "consent.record":
            return tr("Consent")
        case "customer.create":
            return tr("New customer")
        case "points.redeem":
            return tr("{count} points spent").format(count=said.get("points", ""))
        case "points.hold":
            return tr("Points set aside")
        case "points.adjust":
            return tr("Points: {value}").format(value=said.get("points", ""))
        case "value.reveal":
            return tr("{field}: shown for a minute").format(field=field)
        case "touchpoint.log":
            return tr("Contact")
        case "conflict.resolve":
            return tr("A decision between two values")
        case "absence.declare":
            return tr("Absence")
        case "task.create" | "appointment.book" | "case.open" as begun:
            kind = kind_words(begun.partition(".")[0] + "s", str(said.get("kind", "")))
            return f"{kind} · {said['text']}" if said.get("text") else kind
        case "task.move" | "appointment.move" | "case.move" as moved:
            field = moved.partition(".")[0] + "s"
            return state_words(field, str(said["to"])) if said.get("to") else tr("Put off or handed over")
        case _:
            return edit.op


def standing_words(edit: Edit) -> str:
    """Return where an edit stands and why, and who can decide."""
    match edit.standing:
        case Standing.WAITING:
            return tr("Kept on this tablet; sent by itself when there is a line.")
        case Standing.CONFLICT if edit.decided == "mine":
            return tr("You chose your own value. It is sent by itself when there is a line.")
        case Standing.CONFLICT if edit.decided:
            return tr("You chose the other value. That is sent by itself when there is a line.")
        case Standing.CONFLICT if edit.contest is not None:
            return tr("Somebody else changed this too. Which value is right?")
        case Standing.CONFLICT:
            return tr("Somebody changed this at the same time. Both values are kept; your manager decides.")
        case Standing.PARKED:
            return tr("The server keeps it until its next version understands it.")
        case Standing.ERASED:
            return tr("The customer asked to be forgotten. Nothing of your change was kept.")
        case _:
            return _reason_words(edit.code or "")


def said_words(field: str, value: Any) -> str:
    """Return the value of a field as one would say it."""
    if value in (None, "", {}, []):
        return tr("nothing")
    if field in MACHINES and isinstance(value, Mapping):
        return _thing_words(field, value)
    if field in SETS or field in ("likes", "dislikes"):
        return ", ".join(value) if isinstance(value, Mapping | list | tuple) else str(value)
    if field in (*KEYED, "sizes") and isinstance(value, Mapping) and _holds_entries(value):
        return ", ".join(f"{_key_words(field, key)} {_value_words(each)}" for key, each in value.items())
    return value_words(Row(path=field, value=value), Directory())


def _thing_words(field: str, said: Mapping[str, Any]) -> str:
    """Return something promised, or what became of it."""
    parts = [kind_words(field, str(said["kind"]))] if said.get("kind") else []
    state = said.get("to") or said.get("state")
    parts += [str(said["text"])] if said.get("text") else []
    parts += [state_words(field, str(state))] if state else []
    parts += [short_day(said["due"])] if said.get("due") else []
    return ", ".join(parts) or tr("Put off or handed over")


def who_words(contest: Contest, directory: Directory) -> str:
    """Return who said the other word, and on which channel."""
    name = tr("You") if contest.by == directory.me else directory.person(contest.by)
    if not name and contest.by and len(contest.by) < 36:
        name = contest.by  # a source system
    parts = [name or tr("A colleague of another store")]
    if contest.channel and contest.channel != "store":
        parts.append(channel_words(contest.channel))
    return ", ".join(parts)


def held_words(held: HeldEdit) -> str:
    """Return what a colleague's edit meant, field by field."""
    if not held.said:
        return edit_words(_as_edit(held))
    return "\n".join(
        tr("{field}: {value}").format(field=field_words(field), value=said_words(field, value))
        for field, value in held.said.items()
    )


def held_reason(held: HeldEdit, directory: Directory) -> str:
    """Return why it did not pass, and what stands instead."""
    reason = {
        "field_not_allowed": tr("Their role may not change this."),
        "role_changed": tr("Their rights changed before it was sent."),
        "customer_out_of_scope": tr("The customer is no longer one of theirs."),
    }.get(held.code, _reason_words(held.code))
    stands = [
        tr("{field} today: {value}").format(field=field_words(field), value=said_words(field, value))
        for field, value in held.standing.items()
    ]
    return "\n".join([reason, *stands])


def moment_words(at_ms: int, now: datetime) -> str:
    """Return an instant as a clock on the wall and a calendar beside it would say it.

    Args:
        at_ms: wall milliseconds UTC.
        now: aware, in the time zone of the reader.
    """
    at = datetime.fromtimestamp(at_ms / 1000, now.tzinfo)
    if at.date() == now.date():
        return at.strftime("%H:%M")
    return tr("{day}/{month} at {time}").format(
        day=f"{at.day:02}", month=f"{at.month:02}", time=at.strftime("%H:%M")
    )


def _reason_words(code: str) -> str:
    return {
        "field_not_allowed": tr("Your role may not change this. A store manager can."),
        "role_changed": tr("Your rights have changed since. A store manager can apply it."),
        "field_read_only": tr("This is computed by head office and cannot be typed in."),
        "field_invalid": tr("This value does not fit. Correct it on the card."),
        "customer_out_of_scope": tr(
            "This customer is no longer one of your store. The manager of the other store can."
        ),
        "not_the_author": tr("Only the person who wrote a note may take it back."),
        "restricted": tr("She asked that her data be kept and not used: nothing is changed until that ends."),
        "note_refused": tr("A note may not say this of a person. Its text was not kept."),
        "already_exists": tr("This is already there."),
        "person_erased": tr(
            "This person asked to be forgotten. Make her known again only if she asks for it."
        ),
        "precondition": tr("It was done or called off meanwhile by somebody else. What they said stands."),
        "stale": tr("It waited too long on this tablet. Look at the card, then send it again."),
        "dismissed": tr("Your manager looked at it and did not let it stand."),
        "not_allowed": tr("Your role may not do this. A store manager can."),
        "not_found": tr("What it is about is no longer there."),
        "malformed": tr("The server could not read it. Enter it once more."),
    }.get(code, tr("The server did not take it ({code}).").format(code=code or "?"))


def _holds_entries(value: Mapping[str, Any]) -> bool:
    """Whether it is a collection, not one entry of it."""
    return all(isinstance(each, Mapping) for each in value.values())


def _key_words(field: str, key: str) -> str:
    return category_words(key) if field == "sizes" else key


def _as_edit(held: HeldEdit) -> Edit:
    return Edit(
        mutation_id=held.mutation_id,
        record_id=held.record_id,
        customer=held.customer,
        op=held.op,
        said={},
        at_ms=held.at_ms,
        standing=Standing.REFUSED,
    )


def _value_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(part) for part in value.values() if part)
    return str(value)
