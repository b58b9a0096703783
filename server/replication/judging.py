"""The verdict on one edit: is it allowed, does it fit, does somebody else's word stand against it? Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from schemas.consent import is_frozen
from schemas.customer import FieldInvalid
from schemas.loyalty import holder_of, redeemable
from schemas.messages import MessageState
from schemas.mutations import (
    AdjustPoints,
    BookAppointment,
    CountStock,
    CreateCustomer,
    DeclareAbsence,
    HoldPoints,
    LogTouchpoint,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveMessage,
    MoveTask,
    Mutation,
    OpenCase,
    PutEntry,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RedeemPoints,
    RemoveElement,
    RemoveEntry,
    SendMessage,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.note_guard import NoteVerdict, judge_note
from schemas.problem import ErrorCode
from schemas.protocol import OutcomeStatus
from schemas.record import Said, Stamp, Struct, Values
from schemas.staff import Role
from schemas.visibility import Lens, Level, Policy, may_read_note
from server.replication.fragments import is_empty
from server.replication.workspace import CustomerState
from sync.merge_rules import RULES, Rule, Verdict, judge
from sync.reducer import NotAllowedHere, Reduction, fields_of, paths_of, reduce, value_at
from sync.state_machine import Move, MoveVerdict, judge_move, move_of

CATALOG_ROLES = (Role.INTEGRATION, Role.HEAD_OFFICE_CRM, Role.ADMINISTRATOR)
BOOK_ROLES = (Role.SELLER, Role.STORE_MANAGER, Role.ZONE_MANAGER)  # keep customers of their own
# What happened, what she says, and what became of what was written to her.
KEPT_WHILE_FROZEN = (CreateCustomer, LogTouchpoint, MoveMessage, RecordConsent, RecordPurchase)
KNOWN_BY = ("given_name", "family_name", "phone", "email")  # whoever has one of these is somebody
MOST_ENTRIES = 500  # of one collection of one customer


class Lost(Struct):
    """A value that no longer stands, and the mutation that it lost to."""

    path: str
    value: Any
    stamp: Stamp | None
    lost_to: UUID


class Contest(Struct):
    """Two words on one guarded value: the author's, and the one that stands."""

    path: str
    mine: Any
    theirs: Any
    theirs_stamp: Stamp | None
    seen: int  # the revision the author had in front of him


class Judgement(Struct):
    """What becomes of an edit. ``values`` and ``stamped`` are what it changes if anything."""

    status: OutcomeStatus
    code: ErrorCode | None = None
    detail: dict[str, str] = {}
    values: Values = {}
    stamped: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()
    contest: Contest | None = None


def refused(code: ErrorCode, *, field: str | None = None, rule: str | None = None) -> Judgement:
    """Return a refusal. ``field`` and ``rule`` name what was broken, never a value."""
    detail = {name: text for name, text in (("field", field), ("rule", rule)) if text}
    return Judgement(status=OutcomeStatus.REFUSED, code=code, detail=detail)


def right_to(
    mutation: Mutation, lens: Lens, then: Policy | None, role_then: Role | None = None
) -> Judgement | None:
    """Return why a role may not make an edit, or None when it may.

    Args:
        lens: today's rights decide.
        then: the policy the author worked under, if it was another; it only changes the reason told.
        role_then: what the author was when he made the edit, if something else; likewise.
    """
    if isinstance(mutation, PutProduct | CountStock):
        return None if lens.role in CATALOG_ROLES else refused(ErrorCode.NOT_ALLOWED)
    if isinstance(mutation, DeclareAbsence):
        return None if lens.role in BOOK_ROLES else refused(ErrorCode.NOT_ALLOWED)
    if not _may_say(mutation, lens.role):
        return refused(ErrorCode.NOT_ALLOWED)
    for field in fields_of(mutation):
        if RULES.get(field) is Rule.SERVER_OWNED and isinstance(mutation, SetField):
            return refused(ErrorCode.FIELD_READ_ONLY, field=field)
        if isinstance(mutation, CreateCustomer):
            needed = Level.MASKED  # what one is told, one may note down
        elif isinstance(mutation, LogTouchpoint | RedeemPoints | HoldPoints):
            needed = Level.READ  # a contact of one's own is appended to what one may read; she spends, not he
        else:
            needed = Level.WRITE
        if lens.levels.get(field, Level.HIDDEN) < needed:
            allowed_then = then is not None and then.level(role_then or lens.role, field) >= needed
            code = ErrorCode.ROLE_CHANGED if allowed_then else ErrorCode.FIELD_NOT_ALLOWED
            return refused(code, field=field)
    if isinstance(mutation, CreateCustomer) and not lens.may_give("family_name"):
        return refused(ErrorCode.NOT_ALLOWED)
    for text in texts_of(mutation):
        judged = judge_note(text)
        if judged.verdict is NoteVerdict.REFUSE:
            return refused(ErrorCode.NOTE_REFUSED, field=fields_of(mutation)[0], rule=judged.kind)
    return None


def _may_say(mutation: Mutation, role: Role) -> bool:
    """Whether a role may say this at all: what became of a message, and that a link was followed, the server
    says, and systems that send for it.
    """
    if isinstance(mutation, MoveMessage):
        return mutation.to in (None, MessageState.CANCELLED) or role is Role.INTEGRATION
    if isinstance(mutation, RecordConsent):
        return mutation.confirms is None or role is Role.INTEGRATION
    return True


def texts_of(mutation: Mutation) -> tuple[str, ...]:
    """Return the free text about a person in an edit: the guard of notes reads all of it."""
    match mutation:
        case WriteNote(text=text) | MakeTask(text=text) | BookAppointment(text=text) | OpenCase(text=text):
            return (text,)
        case SendMessage(subject=subject, text=text):
            return (subject, text)
        case LogTouchpoint(touchpoint=touchpoint):
            return (touchpoint.summary,)
        case MoveTask(why=text) | MoveAppointment(why=text) | MoveCase(why=text) | MoveMessage(why=text):
            return (text,)
        case _:
            return ()


def frozen(values: Mapping[str, Any], mutation: Mutation, *, by_right: bool) -> Judgement | None:
    """Return the refusal of an edit of somebody whose data is frozen, or None when it may be judged.

    What happened goes on being kept (purchases, contacts, what she says of consent): that is storage.
    """
    if by_right or isinstance(mutation, KEPT_WHILE_FROZEN) or not is_frozen(values.get("limits")):
        return None
    return refused(ErrorCode.RESTRICTED)


def judge_edit(
    state: CustomerState,
    mutation: Mutation,
    *,
    base: Mapping[str, int],
    said: Said,
    lens: Lens,
    redirected: bool = False,
) -> Judgement:
    """Return what becomes of an edit that its author has the right to make.

    Args:
        base: path -> revision the author had seen; a path that is missing was not seen.
        redirected: she was merged since; where another value of a register stands, a person decides.
    """
    if isinstance(mutation, CreateCustomer):
        known = mutation.source is not None or any(mutation.values.get(name) for name in KNOWN_BY)
        if not known:
            return refused(ErrorCode.FIELD_INVALID, field="family_name", rule="a name is needed")
    if isinstance(mutation, AdjustPoints) and mutation.points == 0:
        return refused(ErrorCode.FIELD_INVALID, field="loyalty", rule="no points given or taken")
    if isinstance(mutation, RedeemPoints) and not _left(state, mutation, said):
        return refused(ErrorCode.PRECONDITION, field="loyalty", rule="more than is left")
    if isinstance(mutation, WithdrawNote) and not _wrote(state, mutation, said, lens):
        return refused(ErrorCode.NOT_THE_AUTHOR)
    try:
        reduction = reduce(state.values, mutation, said)
    except FieldInvalid as error:
        return refused(ErrorCode.FIELD_INVALID, field=error.field, rule=error.rule)
    except NotAllowedHere as error:
        return refused(ErrorCode(error.code), field=error.field)
    if (move := move_of(mutation)) is not None:
        return _judge_move(state, move, reduction, base=base, said=said)
    for field, value in reduction.values.items():
        if isinstance(value, dict | list) and len(value) > MOST_ENTRIES:
            return refused(ErrorCode.PRECONDITION, field=field, rule="too many entries")
    lost: tuple[Lost, ...] = ()
    if isinstance(mutation, SetField | PutEntry | RemoveEntry):
        (path,) = paths_of(mutation)
        merged_register = redirected and isinstance(mutation, SetField)
        rule = Rule.GUARDED if merged_register else RULES[mutation.field]
        current, standing = state.stamp_of(path), value_at(state.values, path)
        wanted = value_at(reduction.values, path)
        seen = base.get(path, 0)
        verdict = judge(
            rule,
            current=current,
            seen=seen,
            hlc=said.hlc,
            mid=said.mid.bytes,
            same_value=standing == wanted,
            own=_own(current, said),
            removing=isinstance(mutation, RemoveEntry),
            absent=is_empty(standing),
        )
        match verdict:
            case Verdict.SAME:
                return Judgement(status=OutcomeStatus.APPLIED)
            case Verdict.LOST:
                mine = Lost(path=path, value=wanted, stamp=said.stamp(None), lost_to=_mid_of(current, said))
                return Judgement(
                    status=OutcomeStatus.MERGED,
                    detail={"field": path},
                    lost=() if isinstance(mutation, RemoveEntry) else (mine,),
                )
            case Verdict.CONFLICT:
                contest = Contest(path=path, mine=wanted, theirs=standing, theirs_stamp=current, seen=seen)
                return Judgement(status=OutcomeStatus.CONFLICT, detail={"field": path}, contest=contest)
            case Verdict.SET:
                if not is_empty(standing):
                    lost = (Lost(path=path, value=standing, stamp=current, lost_to=said.mid),)
    elif isinstance(mutation, RemoveElement):
        (path,) = paths_of(mutation)
        held, left = state.values.get(mutation.field) or {}, reduction.values.get(mutation.field) or {}
        if mutation.element in held and mutation.element not in left:
            lost = (Lost(path=path, value=mutation.element, stamp=state.stamp_of(path), lost_to=said.mid),)
    return Judgement(
        status=OutcomeStatus.APPLIED, values=reduction.values, stamped=reduction.stamped, lost=lost
    )


def _judge_move(
    state: CustomerState, move: Move, reduction: Reduction, *, base: Mapping[str, int], said: Said
) -> Judgement:
    """Return what becomes of a move of something with states; what it took the place of is kept."""
    thing, current = value_at(state.values, move.path), state.stamp_of(move.path)
    knowing = current is not None and base.get(move.path, 0) >= current.rev
    match judge_move(thing, move, said, knowing=knowing):
        case MoveVerdict.REFUSED:
            return refused(ErrorCode.PRECONDITION, field=move.path, rule=thing["state"])
        case MoveVerdict.SAME:
            return Judgement(status=OutcomeStatus.APPLIED)
        case MoveVerdict.LOST:
            mine = Lost(
                path=move.path,
                value={"state": move.to, **move.parts} if move.to else move.parts,
                stamp=said.stamp(None),
                lost_to=_mid_of(current, said),
            )
            return Judgement(status=OutcomeStatus.MERGED, detail={"field": move.path}, lost=(mine,))
        case MoveVerdict.STANDS:
            before = Lost(path=move.path, value=thing, stamp=current, lost_to=said.mid)
            return Judgement(
                status=OutcomeStatus.APPLIED,
                values=reduction.values,
                stamped=reduction.stamped,
                lost=(before,),
            )


def _left(state: CustomerState, mutation: RedeemPoints, said: Said) -> bool:
    """Whether so many points are left, besides those that other tablets have set aside."""
    holder = holder_of(said.device, said.author)
    return mutation.points <= redeemable(state.values.get("loyalty"), holder=holder, at=said.hlc >> 16)


def _own(current: Stamp | None, said: Said) -> bool:
    """Whether what stands is the author's own earlier word from the same tablet."""
    return (
        current is not None
        and said.device is not None
        and (current.author, current.device) == (said.author, said.device)
    )


def _mid_of(current: Stamp | None, said: Said) -> UUID:
    return current.mid if current is not None else said.mid


def _wrote(state: CustomerState, mutation: WithdrawNote, said: Said, lens: Lens) -> bool:
    """Whether the note is there, may be read and is the author's own: one answer to the asker."""
    note = value_at(state.values, f"notes/{mutation.note_id}")
    return note is not None and may_read_note(note, lens) and note["author"] == said.author
