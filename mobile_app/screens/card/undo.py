"""The edit that takes an edit back. Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from mobile_app.screens.card.promising import taking_back
from schemas.consent import ConsentState, ContactChannel, Purpose, consent_key
from schemas.messages import MessageState
from schemas.mutations import (
    AddElement,
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveMessage,
    MoveTask,
    Mutation,
    OpenCase,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    SendMessage,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.record import Struct
from schemas.visibility import Level
from sync.reducer import paths_of, value_at

SPOKEN = "spoken"  # how a consent given across the counter is given


class Done(Struct, frozen=True):
    """An edit just made, with what stood there before."""

    mutation: Mutation
    before: Any = None


def done(mutation: Mutation, values: Mapping[str, Any], levels: Mapping[str, Level]) -> Done | None:
    """Return what must be remembered to take this edit back, or None when it cannot be taken back.

    A masked value cannot be put back, and a consent is never given for her that she did not give before.
    """
    match mutation:
        case SetField(field=field):
            if levels.get(field, Level.HIDDEN) < Level.READ:
                return None
            return Done(mutation=mutation, before=values.get(field))
        case PutEntry(field=field, key=key) | RemoveEntry(field=field, key=key):
            return Done(mutation=mutation, before=(values.get(field) or {}).get(key))
        case AddElement(field=field, element=element):
            return None if element in (values.get(field) or {}) else Done(mutation=mutation)
        case RemoveElement() | WriteNote() | MakeTask() | BookAppointment() | OpenCase() | SendMessage():
            return Done(mutation=mutation)
        case MoveTask() | MoveAppointment() | MoveCase():
            (path,) = paths_of(mutation)
            return Done(mutation=mutation, before=value_at(values, path))
        case RecordConsent():
            before = (values.get("consents") or {}).get(_key(mutation))
            if mutation.state == ConsentState.WITHDRAWN and (
                before is None or before["state"] != ConsentState.GRANTED
            ):
                return None
            return Done(mutation=mutation, before=before)
        case _:
            return None


def inverse(made: Done, values: Mapping[str, Any]) -> Mutation | None:
    """Return the edit that takes this one back, from the values as they stand now."""
    match made.mutation:
        case SetField(field=field):
            return SetField(field=field, value=made.before)
        case PutEntry(field=field, key=key) | RemoveEntry(field=field, key=key):
            if made.before is None:
                return RemoveEntry(field=field, key=key)
            return PutEntry(field=field, key=key, value=made.before)
        case AddElement(field=field, element=element):
            return removal(values, field, element)
        case RemoveElement(field=field, element=element):
            return AddElement(field=field, element=element)
        case WriteNote(note_id=note_id):
            return WithdrawNote(note_id=note_id)
        case RecordConsent() as said:
            state = ConsentState.GRANTED if said.state == ConsentState.WITHDRAWN else ConsentState.WITHDRAWN
            return consent(values, key=_key(said), state=state)
        case SendMessage(message_id=message_id):
            return MoveMessage(message_id=message_id, to=MessageState.CANCELLED)
        case _:
            return taking_back(made.mutation, made.before)


def removal(values: Mapping[str, Any], field: str, element: str) -> RemoveElement:
    """Return the removal of an element as far as it is seen here."""
    adders = (values.get(field) or {}).get(element) or ()
    return RemoveElement(field=field, element=element, seen=tuple(UUID(str(adder)) for adder in adders))


def consent(
    values: Mapping[str, Any], *, key: str, state: ConsentState, language: str | None = None
) -> RecordConsent:
    """Return her word on one brand, channel and purpose; a grant quotes the withdrawals that stand."""
    brand, channel, purpose = key.split("/")
    standing = ((values.get("consents") or {}).get(key) or {}).get("standing") or ()
    knows = tuple(UUID(str(event)) for event in standing) if state == ConsentState.GRANTED else ()
    return RecordConsent(
        brand=brand,
        channel=ContactChannel(channel),
        purpose=Purpose(purpose),
        state=state,
        knows=knows,
        language=language,
        how=SPOKEN,
    )


def _key(said: RecordConsent) -> str:
    return consent_key(said.brand, said.channel, said.purpose)
