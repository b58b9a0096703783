"""Every edit, named by intent, and the envelope that carries it with its body undecoded.

An op is ``name@version``; a changed meaning is a new name, and a removed op is never used again.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint
from schemas.loyalty import MOST_HELD
from schemas.messages import MessageState, MessageText, Subject, TemplateCode
from schemas.product import Product, Stock
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
from schemas.purchase import Purchase
from schemas.record import IsoDate, Struct
from schemas.signature import Signature
from schemas.staff import Absence

FieldName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
EntryKey = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^/\x00-\x1f\x7f]+$")]
AssociateWord = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
ShortWord = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Round = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
RevealReason = Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
NoteText = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]

# Why somebody looks at a value that he sees masked; anything else is his own words.
REVEAL_REASONS = ("call_her", "deliver_to_her", "make_sure_it_is_her")


class SourceRef(Struct):
    """A person's number in another system."""

    system: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class CreateCustomer(Struct, tag="customer.create@1", omit_defaults=True):
    """A new person. ``values`` are registers and keyed collections known at once.

    Nothing is mandatory but a name, a way to write to her, or the reference of the system she comes from.
    """

    values: dict[FieldName, Any]
    source: SourceRef | None = None
    returning: bool = False  # she was forgotten once, and asks to be known again


class SetField(Struct, tag="field.set@1"):
    """A register has a new value; None clears it."""

    field: FieldName
    value: Any


class AddElement(Struct, tag="element.add@1"):
    """A set gains an element: a like, a dislike, a tag, an occasion."""

    field: FieldName
    element: EntryKey


class RemoveElement(Struct, tag="element.remove@1"):
    """A set loses an element, as far as it was seen: additions the author did not know of survive."""

    field: FieldName
    element: EntryKey
    seen: tuple[UUID, ...] = ()  # the mutations that had added it, as the author saw them


class PutEntry(Struct, tag="entry.put@1"):
    """An entry of a keyed collection has this value: a size, a date, a member of the family, a wish."""

    field: FieldName
    key: EntryKey
    value: Any


class RemoveEntry(Struct, tag="entry.remove@1"):
    """An entry of a keyed collection goes."""

    field: FieldName
    key: EntryKey


class WriteNote(Struct, tag="note.write@1"):
    """A note, by the person who says it."""

    note_id: UUID
    text: NoteText
    level: NoteLevel
    store: ShortWord | None = None  # where its author stood; None: where he is when it is judged


class WithdrawNote(Struct, tag="note.withdraw@1"):
    """An author takes a note back."""

    note_id: UUID


class RecordConsent(Struct, tag="consent.record@1", omit_defaults=True):
    """What a customer said about being contacted, with its proof."""

    brand: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
    channel: ContactChannel
    purpose: Purpose
    state: ConsentState
    knows: tuple[UUID, ...] = ()  # withdrawals a grant was made in knowledge of
    wording: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    how: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    wording_hash: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    signature: Signature = ()  # her strokes, on the sheet of schemas.signature
    confirms: UUID | None = None  # the yes she says again by the link written to her


class LogTouchpoint(Struct, tag="touchpoint.log@1"):
    """A contact that happened."""

    touchpoint: Touchpoint


class RecordPurchase(Struct, tag="purchase.record@1"):
    """A ticket or an order, as its source tells it. Without a customer the record is ``ids.NOBODY``.

    Told again it changes nothing, unless it is of a later ``revision``, or names the customer it lacked.
    """

    purchase: Purchase
    revision: Annotated[int, msgspec.Meta(ge=0, le=1 << 60)] | UnsetType = UNSET  # purchase.revision


class AdjustPoints(Struct, tag="points.adjust@1"):
    """Points given or taken by hand; counted once per mutation."""

    points: Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class RedeemPoints(Struct, tag="points.redeem@1", omit_defaults=True):
    """She spends points: for a reward, or some of the balance."""

    points: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    reward: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None


class HoldPoints(Struct, tag="points.hold@1"):
    """This tablet sets points aside for her, to be spent without a line; 0 gives them back."""

    points: Annotated[int, msgspec.Meta(ge=0, le=MOST_HELD)]


class MakeTask(Struct, tag="task.create@1", omit_defaults=True):
    """Something is promised to her."""

    task_id: UUID
    kind: TaskKind
    text: PromiseText = ""
    due: IsoDate | None = None
    owner: AssociateWord | None = None
    sku: ShortWord | None = None


class MoveTask(Struct, tag="task.move@1", omit_defaults=True):
    """A task is done, called off, taken up again, put off to another day, handed to somebody else.

    ``round`` is the one its author saw it in; taking it up again, the next. A part is said anew while the
    task stays as it is, or with its being taken up again.
    """

    task_id: UUID
    round: Round = 0
    to: TaskState | None = None
    due: IsoDate | UnsetType | None = UNSET
    owner: AssociateWord | UnsetType | None = UNSET
    why: PromiseText = ""


class BookAppointment(Struct, tag="appointment.book@1", omit_defaults=True):
    """She comes at a time."""

    appointment_id: UUID
    kind: AppointmentKind
    starts: Instant
    minutes: Minutes = 30
    text: PromiseText = ""
    owner: AssociateWord | None = None


class MoveAppointment(Struct, tag="appointment.move@1", omit_defaults=True):
    """An appointment was kept, missed or called off, is made again, or is at another time or with another."""

    appointment_id: UUID
    round: Round = 0
    to: AppointmentState | None = None
    starts: Instant | UnsetType = UNSET
    minutes: Minutes | UnsetType = UNSET
    owner: AssociateWord | UnsetType | None = UNSET
    why: PromiseText = ""


class OpenCase(Struct, tag="case.open@1", omit_defaults=True):
    """Something is not right and is to be put right."""

    case_id: UUID
    kind: CaseKind
    text: PromiseText = ""
    due: IsoDate | None = None
    owner: AssociateWord | None = None
    sku: ShortWord | None = None


class MoveCase(Struct, tag="case.move@1", omit_defaults=True):
    """A case is worked on, waits, is solved, called off or opened again, or has another day or owner."""

    case_id: UUID
    round: Round = 0
    to: CaseState | None = None
    due: IsoDate | UnsetType | None = UNSET
    owner: AssociateWord | UnsetType | None = UNSET
    why: PromiseText = ""


class SendMessage(Struct, tag="message.send@1", omit_defaults=True):
    """Something is written to her: it leaves when the server has asked whether it may."""

    message_id: UUID
    brand: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")]
    channel: ContactChannel
    purpose: Purpose
    text: MessageText
    subject: Subject = ""
    template: TemplateCode | None = None
    version: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    language: Annotated[str, msgspec.Meta(max_length=10)] = ""


class MoveMessage(Struct, tag="message.move@1", omit_defaults=True):
    """A message is called off by its author; that it left, was refused or came back the server says."""

    message_id: UUID
    round: Round = 0
    to: MessageState | None = None
    why: PromiseText = ""


class ResolveConflict(Struct, tag="conflict.resolve@1", omit_defaults=True):
    """A person decides between his own word on a guarded value and the one that stands.

    ``field`` and ``value`` are his own word, for the draft to show until the answer: the server goes by what
    it kept.
    """

    conflict_id: UUID
    keep: Annotated[str, msgspec.Meta(pattern=r"^(mine|theirs)$")]
    field: FieldName | None = None
    value: Any = None


class RevealValue(Struct, tag="value.reveal@1"):
    """A masked value was opened on a tablet: why (``REVEAL_REASONS``, or own words). It changes nothing."""

    field: FieldName
    reason: RevealReason


class PutProduct(Struct, tag="product.put@1"):
    """The catalogue has this product in this state."""

    product: Product


class CountStock(Struct, tag="stock.count@1"):
    """A store has so much of an article; a later count takes its place."""

    stock: Stock


class DeclareAbsence(Struct, tag="absence.declare@1"):
    """Somebody is away for some days; a later word on the same absence takes its place."""

    absence: Absence


Mutation = (
    CreateCustomer
    | SetField
    | AddElement
    | RemoveElement
    | PutEntry
    | RemoveEntry
    | WriteNote
    | WithdrawNote
    | RecordConsent
    | LogTouchpoint
    | RecordPurchase
    | AdjustPoints
    | RedeemPoints
    | HoldPoints
    | MakeTask
    | MoveTask
    | BookAppointment
    | MoveAppointment
    | OpenCase
    | MoveCase
    | SendMessage
    | MoveMessage
    | ResolveConflict
    | RevealValue
    | PutProduct
    | CountStock
    | DeclareAbsence
)

KINDS: Mapping[str, type[Any]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (
        CreateCustomer, SetField, AddElement, RemoveElement, PutEntry, RemoveEntry, WriteNote, WithdrawNote,
        RecordConsent, LogTouchpoint, RecordPurchase, AdjustPoints, RedeemPoints, HoldPoints, MakeTask,
        MoveTask, BookAppointment, MoveAppointment, OpenCase, MoveCase, SendMessage, MoveMessage,
        ResolveConflict, RevealValue,
        PutProduct, CountStock, DeclareAbsence,
    )
}  # fmt: skip


# Shapes that earlier apps still send: op -> what makes today's op and arguments of them. An entry stays for
# as long as a tablet may have been away. Nothing has changed its shape yet; the tests hold examples.
FORMER_OPS: dict[str, Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]] = {}


class Envelope(Struct, array_like=True):
    """One edit on its way: who it concerns, what was meant (undecoded), what its author had seen."""

    seq: int  # the device's own number within one incarnation, from 1; 0 where there is no device
    mutation_id: UUID
    record_id: UUID
    op: str
    args: bytes  # JSON of the mutation, without its tag
    base: dict[str, int] = {}  # path (field or field/entry) -> revision the author had seen
    hlc: int = 0
    policy_version: int = 0
    app_version: str = ""


class UnknownOperation(ValueError):
    """This build does not know the op; a later one may."""


class MalformedMutation(ValueError):
    """The op is known, its arguments break its shape. The text names the rule, never a value."""


def known_ops() -> tuple[str, ...]:
    """Return every op that ``decode_mutation`` knows, former shapes included."""
    return (*KINDS, *FORMER_OPS)


def op_of(mutation: Mutation) -> str:
    """Return the op that names a mutation's intent."""
    return str(type(mutation).__struct_config__.tag)


def encode_args(mutation: Mutation) -> bytes:
    """Return the JSON of a mutation's arguments, without its tag."""
    said = ((name, getattr(mutation, name)) for name in mutation.__struct_fields__)
    return msgspec.json.encode({name: value for name, value in said if value is not UNSET})


def decode_mutation(op: str, args: bytes) -> Mutation:
    """Return the mutation that an envelope carries.

    Raises:
        UnknownOperation: no such op in this build.
        MalformedMutation: the arguments are not JSON, nest too deeply, or break the op's shape.
    """
    if op in FORMER_OPS:
        op, args = _modern(op, args)
    kind = KINDS.get(op)
    if kind is None:
        raise UnknownOperation(op[:64])
    try:
        fields = msgspec.json.decode(args, type=dict[str, msgspec.Raw])
        fields.pop("type", None)
        body = (
            b"{"
            + b",".join(
                msgspec.json.encode(name) + b":" + bytes(raw)
                for name, raw in (("type", msgspec.json.encode(op)), *fields.items())
            )
            + b"}"
        )
        decoded: Mutation = msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise MalformedMutation(_neutral(error)) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise MalformedMutation("cannot be read") from error
    return decoded


def _modern(op: str, args: bytes) -> tuple[str, bytes]:
    """Bring an earlier shape to today's, step by step.

    Raises:
        MalformedMutation: the arguments do not fit the earlier shape.
    """
    try:
        said = msgspec.json.decode(args, type=dict[str, Any])
        while op in FORMER_OPS:
            op, said = FORMER_OPS[op](said)
    except msgspec.DecodeError as error:
        raise MalformedMutation(_neutral(error)) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise MalformedMutation("does not fit the shape it names") from error
    return op, msgspec.json.encode(said)


def _neutral(error: msgspec.DecodeError) -> str:
    text = str(error)
    return "wrong value" if "Invalid enum value" in text else text[:160]
