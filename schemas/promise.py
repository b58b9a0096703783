"""What was promised to a customer: things to do for her, appointments, and cases to be solved."""

from typing import Annotated

import msgspec

from schemas.record import LAST_INSTANT, IsoDate, OpenEnum
from schemas.states import Thing

LONGEST_TEXT = 400

PromiseText = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
Minutes = Annotated[int, msgspec.Meta(ge=5, le=600)]
Instant = Annotated[int, msgspec.Meta(ge=0, lt=LAST_INSTANT)]  # wall milliseconds UTC


class TaskKind(OpenEnum):
    """What is to be done."""

    CALL = "call"
    MESSAGE = "message"
    PUT_ASIDE = "put_aside"  # a product kept for her until the day
    ARRIVAL = "arrival"  # a product she waits for is there: tell her
    SAMPLE = "sample"  # a sample was given: ask how it was
    OTHER = "other"


class TaskState(OpenEnum):
    """Where a task stands. Snoozed and handed over it is open, on another day or somebody else's."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class Task(Thing, frozen=True, kw_only=True, omit_defaults=True):
    """Something promised."""

    kind: TaskKind
    state: TaskState
    text: PromiseText = ""
    due: IsoDate | None = None
    sku: str | None = None


class AppointmentKind(OpenEnum):
    """What she comes for."""

    ADVICE = "advice"
    FITTING = "fitting"
    COLLECTION = "collection"
    EVENT = "event"
    OTHER = "other"


class AppointmentState(OpenEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Appointment(Thing, frozen=True, kw_only=True, omit_defaults=True):
    """A time at which she comes."""

    kind: AppointmentKind
    state: AppointmentState
    starts: Instant
    minutes: Minutes = 30
    text: PromiseText = ""


class CaseKind(OpenEnum):
    """What a case is about."""

    COMPLAINT = "complaint"
    REPAIR = "repair"
    QUESTION = "question"


class CaseState(OpenEnum):
    """Where a case stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # for her, or for somebody outside the house
    SOLVED = "solved"
    CANCELLED = "cancelled"


class Case(Thing, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is not right and is to be put right."""

    kind: CaseKind
    state: CaseState
    text: PromiseText = ""
    due: IsoDate | None = None
    sku: str | None = None
