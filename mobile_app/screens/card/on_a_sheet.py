"""What is decided on the sheet over the card: which one opens, what is filled in, and the edit it makes."""

from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, OpenCard, ReadPast, Reveal, Submit, TurnTablet, WantPictures
from mobile_app.screens.card import promising, revealing, sheets, spending, undo, writing
from mobile_app.screens.card.details import value_at
from mobile_app.screens.card.events import (
    AboutPressed,
    Answered,
    CardEvent,
    CasePressed,
    ConsentPressed,
    EditPressed,
    EntryAddPressed,
    HoldPressed,
    PastKnown,
    PromisePressed,
    PutBackPressed,
    RedeemPressed,
    RemovePressed,
    SheetChosen,
    SheetClosed,
    SheetKept,
    SheetTyped,
    SizeAddPressed,
    ThingPressed,
    TurnPressed,
    ValueHeld,
    ValuePressed,
    WordAddPressed,
    WritePressed,
)
from mobile_app.screens.card.parts import SHAPES
from mobile_app.screens.card.past import HAS_PAST
from mobile_app.screens.card.revealing import RevealPressed, RevealRefused, RevealShown, SecondsPassed
from mobile_app.screens.card.sheets import Ask, NotSaid, Sheet
from mobile_app.screens.card.shown import CardModel
from schemas.loyalty import MOST_HELD
from schemas.mutations import HoldPoints, Mutation
from schemas.visibility import Level
from sync.replica.draft import Card

CardEffect = GoTo | Submit | OpenCard | WantPictures | ReadPast | Reveal | TurnTablet
Decided = tuple[CardModel, list[CardEffect]]
_CHOSEN_IN_GROUPS = (Ask.PROMISE, Ask.CASE, Ask.MESSAGE)


def on_a_sheet(model: CardModel, card: Card, event: CardEvent) -> Decided:
    """Decide what a sheet shows and keeps."""
    change = msgspec.structs.replace
    sheet = model.sheet
    match event:
        case ValuePressed(path=path):
            return change(model, sheet=sheets.opened(card, path)), []
        case ValueHeld(path=path):
            return _telling(model, card, path)
        case AboutPressed() if sheet is not None:
            return _telling(model, card, sheet.path)
        case PastKnown(past=past) if sheet is not None and sheet.path == past.path:
            return change(model, past=past), []
        case PutBackPressed(entry_id=entry_id) if sheet is not None and model.past is not None:
            chosen = next((each for each in model.past.values if each.entry_id == entry_id), None)
            if chosen is None or not model.writes(chosen.path.partition("/")[0]):
                return model, []
            return keep(model, sheets.putting_back(chosen))
        case ConsentPressed(channel=channel):
            return change(model, sheet=Sheet(ask=Ask.CONSENT, path=channel)), []
        case TurnPressed() if model.writes("consents"):
            return change(model, sheet=None), [TurnTablet(record_id=card.record_id)]
        case SizeAddPressed() if model.writes("sizes"):
            return change(model, sheet=Sheet(ask=Ask.SIZE, choice=sheets.SIZE_CATEGORIES[0])), []
        case WordAddPressed(field=field) if model.writes(field):
            return change(model, sheet=Sheet(ask=Ask.WORD, path=field)), []
        case EntryAddPressed(field=field) if field in SHAPES and model.writes(field):
            return change(model, sheet=sheets.adding(field)), []
        case PromisePressed() if promising.may_promise(card):
            kind = promising.kinds(card)[0]
            return change(model, sheet=Sheet(ask=Ask.PROMISE, texts={"kind": kind})), []
        case RedeemPressed(points=points) if (most := spending.most(model)) >= max(1, points):
            text = str(points or min(most, spending.FIRST_OFFER))
            return change(model, sheet=Sheet(ask=Ask.REDEEM, texts={"value": text})), []
        case HoldPressed(points=points) if model.online and model.reads("loyalty"):
            return keep(model, HoldPoints(points=min(points, MOST_HELD)))
        case SheetChosen(choice=choice) if sheet is not None and sheet.ask is Ask.REDEEM:
            return change(model, sheet=change(sheet, texts={"value": choice}, problem="")), []
        case SheetKept() if sheet is not None and sheet.ask is Ask.REDEEM:
            spent = spending.redeeming(model, sheet.texts.get("value", ""))
            if spent is None:
                return change(model, sheet=change(sheet, problem="value_invalid")), []
            return keep(model, spent)
        case WritePressed() if writing.may_write(model):
            return change(model, sheet=Sheet(ask=Ask.MESSAGE)), []
        case CasePressed() if promising.may_open_case(card):
            return change(model, sheet=Sheet(ask=Ask.CASE)), []
        case ThingPressed(path=path):
            return change(model, sheet=Sheet(ask=Ask.THING, path=path)), []
        case SheetClosed():
            return change(model, sheet=None), []
        case RevealPressed() | RevealShown() | RevealRefused() | SecondsPassed():
            return change(model, sheet=revealing.of_a_reveal(card, sheet, event)), []
        case SheetKept() if sheet is not None and sheet.ask is Ask.REVEAL:
            filled, asked = revealing.asking(card, sheet)
            return change(model, sheet=filled), [asked] if asked else []
        case SheetTyped(key=key, text=text) if sheet is not None:
            if sheet.texts.get(key, "") == text:
                return model, []
            return change(model, sheet=change(sheet, texts={**sheet.texts, key: text}, problem="")), []
        case SheetChosen(choice=choice) if sheet is not None and sheet.ask in _CHOSEN_IN_GROUPS:
            group, _, word = choice.partition(":")
            texts = {**sheet.texts, group: word} | ({"date": ""} if group == "day" else {})
            return change(model, sheet=change(sheet, texts=texts, problem="")), []
        case SheetChosen(choice=choice) if sheet is not None and sheet.ask is Ask.THING:
            return _moving(model, card, sheet, choice)
        case SheetKept(fresh=fresh) if sheet is not None and sheet.ask is Ask.MESSAGE:
            return _writing(model, sheet, fresh)
        case SheetKept(fresh=fresh) if sheet is not None and sheet.ask in (Ask.PROMISE, Ask.CASE):
            return _promising(model, sheet, fresh)
        case SheetChosen(choice=choice) if sheet is not None and sheet.ask is Ask.FIELD:
            return change(model, sheet=change(sheet, texts={"value": choice}, problem="")), []
        case SheetChosen(choice=choice) if sheet is not None and sheet.ask is Ask.ENTRY:
            texts = {**sheet.texts, SHAPES[sheet.path.partition("/")[0]].choice: choice}
            return change(model, sheet=change(sheet, texts=texts, problem="")), []
        case SheetChosen(choice=choice) if sheet is not None:
            return change(model, sheet=change(sheet, choice=choice, problem="")), []
        case EditPressed() if sheet is not None and sheets.may_edit(card, sheet.path):
            return change(model, sheet=sheets.editing(card, sheet.path)), []
        case RemovePressed() if sheet is not None and sheets.may_remove(
            card, sheet.path, me=model.directory.me
        ):
            return keep(model, sheets.removing(card, sheet.path))
        case Answered(key=key, granted=granted) if model.writes("consents"):
            return keep(model, sheets.answering(card, key, granted=granted))
        case SheetKept(fresh=fresh) if sheet is not None:
            try:
                return keep(model, sheets.saving(sheet, fresh=fresh.hex[-12:], today=model.today))
            except NotSaid as not_said:
                return change(model, sheet=change(sheet, problem=not_said.problem)), []
        case _:
            return model, []


def _writing(model: CardModel, sheet: Sheet, fresh: UUID) -> Decided:
    """Keep what the sheet writes to her."""
    try:
        return keep(model, writing.writing(model, sheet, fresh=fresh))
    except writing.Unwritten as unwritten:
        changed = msgspec.structs.replace(sheet, problem=unwritten.problem)
        return msgspec.structs.replace(model, sheet=changed), []


def _promising(model: CardModel, sheet: Sheet, fresh: UUID) -> Decided:
    """Keep what the sheet promises."""
    say = promising.promising if sheet.ask is Ask.PROMISE else promising.opening
    try:
        return keep(model, say(sheet.texts, fresh=fresh, today=model.today, me=model.directory.me))
    except promising.Unsaid as unsaid:
        changed = msgspec.structs.replace(sheet, problem=unsaid.problem)
        return msgspec.structs.replace(model, sheet=changed), []


def _moving(model: CardModel, card: Card, sheet: Sheet, choice: str) -> Decided:
    """Move what the sheet is about."""
    thing = value_at(card.values, sheet.path)
    if thing is None or not promising.may_move(card, sheet.path.partition("/")[0]):
        return model, []
    mutation = promising.moving(thing, sheet.path, choice, today=model.today)
    return keep(model, mutation) if mutation is not None else (model, [])


def _telling(model: CardModel, card: Card, path: str) -> Decided:
    """Tell where a value came from, and ask what it was before where that may be read."""
    told = msgspec.structs.replace(model, sheet=sheets.told(path), past=None)
    field = path.partition("/")[0]
    if field not in HAS_PAST or card.levels.get(field, Level.HIDDEN) < Level.READ:
        return told, []
    return told, [ReadPast(record_id=card.record_id, path=path)]


def keep(model: CardModel, mutation: Mutation) -> Decided:
    """Submit an edit, close the sheet, and offer to take it back."""
    assert model.card is not None
    made = undo.done(mutation, model.card.values, model.card.levels)
    kept = msgspec.structs.replace(model, sheet=None, made=made, makes=model.makes + 1)
    return kept, [Submit(record_id=model.card.record_id, mutation=mutation)]
