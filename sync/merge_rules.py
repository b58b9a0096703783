"""How two edits of one value agree: the rule of each field, and the verdict on concurrent edits.

What has states of its own has its rule in ``sync.state_machine``.
"""

from collections.abc import Mapping
from enum import Enum

from schemas.customer import FIELDS
from schemas.record import Stamp
from schemas.states import MACHINES


class Rule(Enum):
    """The merge rule of a field."""

    PLAIN = "plain"  # a register: the later of two concurrent edits stands, the other is kept in history
    GUARDED = "guarded"  # a register where a wrong value hurts: a person decides between concurrent edits
    ADD_WINS = "add_wins"  # a set: a removal only removes what it had seen
    KEYED = "keyed"  # add wins on the key, a plain register per entry
    APPEND_ONLY = "append_only"
    CONSENT = "consent"  # a withdrawal beats every grant not made in knowledge of it
    COUNTER = "counter"
    STATES = "states"  # things that go from state to state: sync.state_machine
    SERVER_OWNED = "server_owned"  # computed from ledgers; nobody sets it


RULES: Mapping[str, Rule] = {
    "title": Rule.PLAIN,
    "given_name": Rule.GUARDED,
    "family_name": Rule.GUARDED,
    "language": Rule.PLAIN,
    "town": Rule.PLAIN,
    "birth_date": Rule.GUARDED,
    "email": Rule.GUARDED,
    "phone": Rule.GUARDED,
    "other_contacts": Rule.KEYED,
    "social_handles": Rule.KEYED,
    "address": Rule.GUARDED,
    "other_addresses": Rule.KEYED,
    "important_dates": Rule.KEYED,
    "family": Rule.KEYED,
    "home_store": Rule.PLAIN,
    "associate_id": Rule.PLAIN,
    "second_associate_id": Rule.PLAIN,
    "client_since": Rule.SERVER_OWNED,
    "origin": Rule.PLAIN,
    "sizes": Rule.KEYED,
    "computed_sizes": Rule.SERVER_OWNED,
    "likes": Rule.ADD_WINS,
    "dislikes": Rule.ADD_WINS,
    "occasions": Rule.ADD_WINS,
    "wish_list": Rule.KEYED,
    "advice": Rule.KEYED,
    "tags": Rule.ADD_WINS,
    "payment_preference": Rule.PLAIN,
    "delivery_preference": Rule.PLAIN,
    "contact_preference": Rule.PLAIN,
    "notes": Rule.APPEND_ONLY,
    "consents": Rule.CONSENT,
    "limits": Rule.SERVER_OWNED,
    "loyalty_card": Rule.GUARDED,
    "loyalty": Rule.COUNTER,
    "purchases": Rule.SERVER_OWNED,
    "touchpoints": Rule.APPEND_ONLY,
    "owned": Rule.SERVER_OWNED,
    "spend": Rule.SERVER_OWNED,
    "tasks": Rule.STATES,
    "appointments": Rule.STATES,
    "cases": Rule.STATES,
    "messages": Rule.STATES,
}

if set(RULES) != set(FIELDS):
    raise TypeError("every field of Customer needs one merge rule")


if {field for field, rule in RULES.items() if rule is Rule.STATES} != set(MACHINES):
    raise TypeError("every field of things with states needs one machine")


class Verdict(Enum):
    """What becomes of an edit of one register."""

    SET = "set"  # nobody changed it since the author looked, or this edit is the later one
    SAME = "same"  # the value is already there
    LOST = "lost"  # a later concurrent edit stands; this one goes to history
    CONFLICT = "conflict"  # a person decides


def judge(
    rule: Rule,
    *,
    current: Stamp | None,
    seen: int,
    hlc: int,
    mid: bytes,
    same_value: bool,
    own: bool = False,
    removing: bool = False,
    absent: bool = False,
) -> Verdict:
    """Return the verdict on an edit of one register or one entry.

    A keyed entry is add-wins: a removal removes only what its author had seen, and a value is put back
    over a removal he had not seen, whatever the clocks say.

    Args:
        current: the stamp of the value that stands, or None if nothing was ever said.
        seen: the revision the author had in front of him; 0 if nothing.
        hlc: the author's reading, already clamped.
        mid: the mutation's id as bytes; it breaks ties between equal readings.
        same_value: whether the edit says what already stands.
        own: whether what stands is the author's own earlier word from the same device, made before this one:
            he knew it, though the server had given it no revision yet. Equal readings (clamped ones are) are
            in the order in which they arrive.
        removing: whether the edit takes an entry away.
        absent: whether a removal is what stands.
    """
    if same_value:
        return Verdict.SAME
    if current is None or current.rev <= seen or (own and hlc >= current.hlc):
        return Verdict.SET
    if rule is Rule.GUARDED:
        return Verdict.CONFLICT
    if rule is Rule.KEYED and removing:
        return Verdict.LOST
    if rule is Rule.KEYED and absent:
        return Verdict.SET
    return Verdict.SET if (hlc, mid) > (current.hlc, current.mid.bytes) else Verdict.LOST
