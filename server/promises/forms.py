"""What the doors to promises are told."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from schemas.mutations import (
    AssociateWord,
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    Mutation,
    OpenCase,
    ShortWord,
)
from schemas.promise import (
    AppointmentKind,
    AppointmentState,
    CaseKind,
    CaseState,
    Instant,
    Minutes,
    PromiseText,
    TaskKind,
    TaskState,
)
from schemas.record import IsoDate, Struct

Round = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class NewTask(Struct, forbid_unknown_fields=True):
    """Something promised."""

    kind: TaskKind
    text: PromiseText = ""
    due: IsoDate | None = None
    owner: AssociateWord | None = None
    sku: ShortWord | None = None

    def edit(self, key: UUID) -> Mutation:
        """Return the edit this means."""
        return MakeTask(
            task_id=key, kind=self.kind, text=self.text, due=self.due, owner=self.owner, sku=self.sku
        )


class TaskMove(Struct, forbid_unknown_fields=True):
    """Done, called off, taken up again (``round`` one higher), on another day, somebody else's."""

    round: Round = 0
    state: TaskState | None = None
    due: IsoDate | UnsetType | None = UNSET
    owner: AssociateWord | UnsetType | None = UNSET
    why: PromiseText = ""

    def edit(self, key: UUID) -> Mutation:
        """Return the edit this means."""
        return MoveTask(
            task_id=key, round=self.round, to=self.state, due=self.due, owner=self.owner, why=self.why
        )


class NewAppointment(Struct, forbid_unknown_fields=True):
    """A time at which she comes."""

    kind: AppointmentKind
    starts: Instant
    minutes: Minutes = 30
    text: PromiseText = ""
    owner: AssociateWord | None = None

    def edit(self, key: UUID) -> Mutation:
        """Return the edit this means."""
        return BookAppointment(
            appointment_id=key,
            kind=self.kind,
            starts=self.starts,
            minutes=self.minutes,
            text=self.text,
            owner=self.owner,
        )


class AppointmentMove(Struct, forbid_unknown_fields=True):
    """Kept, missed, called off, made again (``round`` one higher), at another time, with somebody else."""

    round: Round = 0
    state: AppointmentState | None = None
    starts: Instant | UnsetType = UNSET
    minutes: Minutes | UnsetType = UNSET
    owner: AssociateWord | UnsetType | None = UNSET
    why: PromiseText = ""

    def edit(self, key: UUID) -> Mutation:
        """Return the edit this means."""
        return MoveAppointment(
            appointment_id=key,
            round=self.round,
            to=self.state,
            starts=self.starts,
            minutes=self.minutes,
            owner=self.owner,
            why=self.why,
        )


class NewCase(Struct, forbid_unknown_fields=True):
    """Something that is not right and is to be put right."""

    kind: CaseKind
    text: PromiseText = ""
    due: IsoDate | None = None
    owner: AssociateWord | None = None
    sku: ShortWord | None = None

    def edit(self, key: UUID) -> Mutation:
        """Return the edit this means."""
        return OpenCase(
            case_id=key, kind=self.kind, text=self.text, due=self.due, owner=self.owner, sku=self.sku
        )


class CaseMove(Struct, forbid_unknown_fields=True):
    """Worked on, waiting, solved, called off, opened again (``round`` one higher), another day or owner."""

    round: Round = 0
    state: CaseState | None = None
    due: IsoDate | UnsetType | None = UNSET
    owner: AssociateWord | UnsetType | None = UNSET
    why: PromiseText = ""

    def edit(self, key: UUID) -> Mutation:
        """Return the edit this means."""
        return MoveCase(
            case_id=key, round=self.round, to=self.state, due=self.due, owner=self.owner, why=self.why
        )


Beginning = NewTask | NewAppointment | NewCase
Moving = TaskMove | AppointmentMove | CaseMove
