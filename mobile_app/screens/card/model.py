"""One customer's card: what is shown, what may be said about her, and the edits that come of it."""

from datetime import date
from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, OpenCard, ReadPast, Reveal, Submit, TurnTablet, WantPictures
from mobile_app.screens.card import promising, revealing, sheets, spending, undo, writing
from mobile_app.screens.card.details import value_at
from mobile_app.screens.card.note_guarding import PLACES
from mobile_app.screens.card.parts import SHAPES
from mobile_app.screens.card.past import HAS_PAST, Past
from mobile_app.screens.card.revealing import RevealPressed, RevealRefused, RevealShown, SecondsPassed
from mobile_app.screens.card.sheets import Ask, NotSaid, Sheet
from mobile_app.screens.card.undo import Done
from mobile_app.screens.card.wardrobe import seen_online, wardrobe, wishes
from mobile_app.screens.directory import Directory
from mobile_app.screens.shelf import Shelf
from schemas.advice import Answer, Suggestion, suggest
from schemas.engagement import NoteLevel
from schemas.loyalty import MOST_HELD
from schemas.messages import PressureRules, Template
from schemas.mutations import HoldPoints, Mutation, PutEntry, WriteNote
from schemas.note_guard import NoteJudgement, NoteVerdict, judge_note
from schemas.record import Struct
from schemas.visibility import Level
from schemas.wording import Wording
from sync.replica.draft import Card, in_clear

LONGEST_NOTE = 4000  # characters; a longer one would be refused
TABS = ("timeline", "advice", "wardrobe", "purchases", "taste", "notes", "loyalty", "details")


class CardModel(Struct, frozen=True):
    """What the card shows."""

    card: Card | None = None
    directory: Directory = Directory()
    today: date = date(2000, 1, 1)
    tab: str = TABS[0]
    channel: str = ""  # only this channel on the timeline; all for none
    part: str = ""  # only this channel or category in the chart of spending; all for none
    sums: bool = False  # spending instead of purchases, where there is no room for both
    sheet: Sheet | None = None
    note: str = ""  # a note being written; on the screen alone until it is kept
    judged: NoteJudgement = NoteJudgement()  # whether it may stand
    insisted: bool = False  # it was warned of, and Keep was pressed all the same
    note_level: NoteLevel = NoteLevel.STORE
    made: Done | None = None  # the last edit, while it may be taken back
    pictures: dict[str, str] = {}  # SKU -> file of its picture on this tablet
    past: Past | None = None  # what the value on the sheet was before, once the server told
    makes: int = 0  # edits made on this tablet; tells one offer to undo from the next
    wordings: dict[str, Wording] = {}  # what a yes must name to be proved, by key
    now_ms: int = 0  # when the card was read, wall milliseconds UTC
    online: bool = True  # the server was reached last
    shelf: Shelf = Shelf()
    templates: tuple[Template, ...] = ()  # every text to write from
    pressure: PressureRules | None = None  # how much is too much
    advised: tuple[Suggestion, ...] = ()  # what to show her next, while that is looked at

    def writes(self, field: str) -> bool:
        """Whether the reader may change this field of this card."""
        return self.card is not None and self.card.levels.get(field, Level.HIDDEN) >= Level.WRITE

    def reads(self, field: str) -> bool:
        """Whether the reader sees this field in clear."""
        return self.card is not None and self.card.levels.get(field, Level.HIDDEN) >= Level.READ

    def holds(self, field: str) -> bool:
        """Whether the reader holds this field at all."""
        return self.card is not None and self.card.levels.get(field, Level.HIDDEN) > Level.HIDDEN


class CardRead(Struct, frozen=True):
    """The tablet's word on a customer, edits applied; None when she is not here (any more)."""

    card: Card | None
    directory: Directory
    today: date
    now_ms: int  # wall milliseconds UTC
    wordings: dict[str, Wording] = {}  # every one published, by key
    shelf: Shelf = Shelf()
    templates: tuple[Template, ...] = ()
    pressure: PressureRules | None = None


class PictureKnown(Struct, frozen=True):
    """A picture is on this tablet."""

    sku: str
    file: str


class PastKnown(Struct, frozen=True):
    """The server told what a value was before, or why not."""

    past: Past


class PutBackPressed(Struct, frozen=True):
    """Let a former value stand again."""

    entry_id: int


class TabPressed(Struct, frozen=True):
    tab: str


class ChannelPressed(Struct, frozen=True):
    channel: str


class PartPressed(Struct, frozen=True):
    """A channel or a category of what she spent: see it apart, or all again."""

    part: str


class SumsPressed(Struct, frozen=True):
    """See what she spent instead of each purchase, or the other way round."""

    shown: bool


class ValuePressed(Struct, frozen=True):
    """A value was tapped: change it where the reader may, else tell about it."""

    path: str


class ValueHeld(Struct, frozen=True):
    """A value was pressed for long: tell where it came from."""

    path: str


class ConsentPressed(Struct, frozen=True):
    channel: str


class TurnPressed(Struct, frozen=True):
    """Hand her the tablet: she says herself what she allows."""


class SizeAddPressed(Struct, frozen=True):
    pass


class WordAddPressed(Struct, frozen=True):
    field: str  # likes or dislikes


class AdviceAnswered(Struct, frozen=True):
    """She said yes or no to an article that was suggested."""

    sku: str
    answer: Answer


class CataloguePressed(Struct, frozen=True):
    """See all there is."""


class RedeemPressed(Struct, frozen=True):
    """She spends points: so many, or as many as she says."""

    points: int = 0


class HoldPressed(Struct, frozen=True):
    """Set points aside on this tablet, to be spent without a line; or give them back."""

    points: int


class LineKnown(Struct, frozen=True):
    """Whether the server is reached."""

    online: bool


class PromisePressed(Struct, frozen=True):
    """Promise her something."""


class WritePressed(Struct, frozen=True):
    """Write to her."""


class CasePressed(Struct, frozen=True):
    """Something is not right."""


class ThingPressed(Struct, frozen=True):
    """Something promised was tapped."""

    path: str


class EntryAddPressed(Struct, frozen=True):
    """Another address, date, handle, somebody of the family."""

    field: str


class SheetTyped(Struct, frozen=True):
    key: str
    text: str


class SheetChosen(Struct, frozen=True):
    choice: str


class SheetKept(Struct, frozen=True):
    """Keep what the sheet says; the view brings the id made for a new entry."""

    fresh: UUID


class SheetClosed(Struct, frozen=True):
    pass


class AboutPressed(Struct, frozen=True):
    """Tell where the value on the sheet came from."""


class EditPressed(Struct, frozen=True):
    """Change the value the sheet tells about."""


class RemovePressed(Struct, frozen=True):
    """Take away the value the sheet tells about."""


class Answered(Struct, frozen=True):
    """She said yes or no to one brand, channel and purpose."""

    key: str
    granted: bool


class NoteTyped(Struct, frozen=True):
    text: str


class NoteLevelPressed(Struct, frozen=True):
    level: NoteLevel


class NoteOfferTaken(Struct, frozen=True):
    """What is being written belongs in a field of its own: open it."""


class NoteWritten(Struct, frozen=True):
    """Keep the note; the view brings the id made for it. Once more, where it was warned of."""

    note_id: UUID


class UndoPressed(Struct, frozen=True):
    pass


class UndoOver(Struct, frozen=True):
    """The seconds in which this edit might be taken back have passed."""

    makes: int


class Emptied(Struct, frozen=True):
    """The person left: nothing of the customer stays on the screen."""


CardEvent = (
    CardRead
    | PictureKnown
    | PastKnown
    | PutBackPressed
    | revealing.RevealEvent
    | TabPressed
    | ChannelPressed
    | PartPressed
    | SumsPressed
    | ValuePressed
    | ValueHeld
    | ConsentPressed
    | TurnPressed
    | SizeAddPressed
    | WordAddPressed
    | AdviceAnswered
    | CataloguePressed
    | RedeemPressed
    | HoldPressed
    | LineKnown
    | PromisePressed
    | CasePressed
    | WritePressed
    | ThingPressed
    | EntryAddPressed
    | SheetTyped
    | SheetChosen
    | SheetKept
    | SheetClosed
    | AboutPressed
    | EditPressed
    | RemovePressed
    | Answered
    | NoteTyped
    | NoteLevelPressed
    | NoteOfferTaken
    | NoteWritten
    | UndoPressed
    | UndoOver
    | Emptied
)
CardEffect = GoTo | Submit | OpenCard | WantPictures | ReadPast | Reveal | TurnTablet
_CHOSEN_IN_GROUPS = (Ask.PROMISE, Ask.CASE, Ask.MESSAGE)
Decided = tuple[CardModel, list[CardEffect]]


def update(model: CardModel, event: CardEvent) -> Decided:
    """Decide what the card shows and keeps."""
    change = msgspec.structs.replace
    match event:
        case CardRead():
            return _wanting_pictures(_advising(_read(model, event)))
        case LineKnown(online=online):
            return change(model, online=online), []
        case Emptied():
            return CardModel(online=model.online), []
        case _ if model.card is None:
            return model, []
        case TabPressed(tab=tab) if tab in TABS:
            return _wanting_pictures(_advising(change(model, tab=tab)))
        case AdviceAnswered(sku=sku, answer=answer) if model.writes("advice"):
            said = {"answer": answer.value, "at": model.now_ms}
            return _keep(model, PutEntry(field="advice", key=sku, value=said))
        case CataloguePressed():
            return model, [GoTo(screen="catalogue")]
        case PictureKnown(sku=sku, file=file):
            return change(model, pictures={**model.pictures, sku: file}), []
        case ChannelPressed(channel=channel):
            return change(model, channel="" if channel == model.channel else channel), []
        case PartPressed(part=part):
            return change(model, part="" if part == model.part else part), []
        case SumsPressed(shown=shown):
            return change(model, sums=shown), []
        case NoteTyped(text=text):
            text = text[:LONGEST_NOTE]
            if text == model.note:
                return model, []
            judged = judge_note(text)
            insisted = model.insisted and judged.kind == model.judged.kind
            return change(model, note=text, judged=judged, insisted=insisted), []
        case NoteLevelPressed(level=level):
            return change(model, note_level=level), []
        case NoteWritten(note_id=note_id) if model.note.strip() and model.writes("notes"):
            return _write(model, note_id)
        case NoteOfferTaken() if model.judged.offer is not None:
            field = PLACES.get(model.judged.offer, "")
            wanted = WordAddPressed(field=field) if field == "dislikes" else EntryAddPressed(field=field)
            return _of_a_sheet(model, model.card, wanted)
        case UndoPressed() if model.made is not None:
            back = undo.inverse(model.made, model.card.values)
            kept = change(model, made=None)
            return kept, [Submit(record_id=model.card.record_id, mutation=back)] if back else []
        case UndoOver(makes=makes) if makes == model.makes:
            return change(model, made=None), []
        case _:
            return _of_a_sheet(model, model.card, event)


def _write(model: CardModel, note_id: UUID) -> Decided:
    """Keep a note that may stand, or that was warned of and is insisted on; no other goes anywhere."""
    change = msgspec.structs.replace
    judged = judge_note(model.note)
    if judged.verdict is NoteVerdict.REFUSE:
        return change(model, judged=judged), []
    if judged.verdict is NoteVerdict.WARN and not model.insisted:
        return change(model, judged=judged, insisted=True), []
    note = WriteNote(note_id=note_id, text=model.note.strip(), level=model.note_level)
    return _keep(change(model, note="", judged=NoteJudgement(), insisted=False), note)


def _wanting_pictures(model: CardModel) -> Decided:
    """Ask for the pictures of what is looked at, as far as they are not here."""
    if model.card is None:
        return model, []
    looked_at: tuple[str, ...] = ()
    if model.tab == "wardrobe":
        values = model.card.values
        looked_at = tuple(piece.sku for piece in (*wardrobe(values), *wishes(values), *seen_online(values)))
    elif model.tab == "advice":
        looked_at = tuple(each.sku for each in model.advised)
    wanted = tuple(sku for sku in dict.fromkeys(looked_at) if sku and sku not in model.pictures)
    return model, [WantPictures(skus=wanted)] if wanted else []


def _advising(model: CardModel) -> CardModel:
    """Work out what to show her, where that is looked at: from what this reader sees of her, and no more."""
    advised: tuple[Suggestion, ...] = ()
    if model.card is not None and model.tab == "advice" and model.holds("advice"):
        seen = in_clear(model.card.values, model.card.levels)
        advised = suggest(seen, model.shelf.products.values(), now_ms=model.now_ms)
    return msgspec.structs.replace(model, advised=advised)


def _read(model: CardModel, event: CardRead) -> CardModel:
    if event.card is None:
        return CardModel(directory=event.directory, today=event.today, online=model.online)
    same = model.card is not None and model.card.record_id == event.card.record_id
    kept = model if same else _fresh(model)
    if kept.sheet is not None and not revealing.may_stay(event.card, kept.sheet):
        kept = msgspec.structs.replace(kept, sheet=None)
    return msgspec.structs.replace(
        kept, card=event.card, directory=event.directory, today=event.today, now_ms=event.now_ms,
        wordings=event.wordings, shelf=event.shelf,
        templates=event.templates, pressure=event.pressure,
    )  # fmt: skip


def _fresh(model: CardModel) -> CardModel:
    """Return what stays of a card when another customer's is opened."""
    return CardModel(tab=model.tab, makes=model.makes, pictures=model.pictures, online=model.online)


def _of_a_sheet(model: CardModel, card: Card, event: CardEvent) -> Decided:
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
            return _keep(model, sheets.putting_back(chosen))
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
            return _keep(model, HoldPoints(points=min(points, MOST_HELD)))
        case SheetChosen(choice=choice) if sheet is not None and sheet.ask is Ask.REDEEM:
            return change(model, sheet=change(sheet, texts={"value": choice}, problem="")), []
        case SheetKept() if sheet is not None and sheet.ask is Ask.REDEEM:
            spent = spending.redeeming(model, sheet.texts.get("value", ""))
            if spent is None:
                return change(model, sheet=change(sheet, problem="value_invalid")), []
            return _keep(model, spent)
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
            return _keep(model, sheets.removing(card, sheet.path))
        case Answered(key=key, granted=granted) if model.writes("consents"):
            return _keep(model, sheets.answering(card, key, granted=granted))
        case SheetKept(fresh=fresh) if sheet is not None:
            try:
                return _keep(model, sheets.saving(sheet, fresh=fresh.hex[-12:]))
            except NotSaid as not_said:
                return change(model, sheet=change(sheet, problem=not_said.problem)), []
        case _:
            return model, []


def _writing(model: CardModel, sheet: Sheet, fresh: UUID) -> Decided:
    """Keep what the sheet writes to her."""
    try:
        return _keep(model, writing.writing(model, sheet, fresh=fresh))
    except writing.Unwritten as unwritten:
        changed = msgspec.structs.replace(sheet, problem=unwritten.problem)
        return msgspec.structs.replace(model, sheet=changed), []


def _promising(model: CardModel, sheet: Sheet, fresh: UUID) -> Decided:
    """Keep what the sheet promises."""
    say = promising.promising if sheet.ask is Ask.PROMISE else promising.opening
    try:
        return _keep(model, say(sheet.texts, fresh=fresh, today=model.today, me=model.directory.me))
    except promising.Unsaid as unsaid:
        changed = msgspec.structs.replace(sheet, problem=unsaid.problem)
        return msgspec.structs.replace(model, sheet=changed), []


def _moving(model: CardModel, card: Card, sheet: Sheet, choice: str) -> Decided:
    """Move what the sheet is about."""
    thing = value_at(card.values, sheet.path)
    if thing is None or not promising.may_move(card, sheet.path.partition("/")[0]):
        return model, []
    mutation = promising.moving(thing, sheet.path, choice, today=model.today)
    return _keep(model, mutation) if mutation is not None else (model, [])


def _telling(model: CardModel, card: Card, path: str) -> Decided:
    """Tell where a value came from, and ask what it was before where that may be read."""
    told = msgspec.structs.replace(model, sheet=sheets.told(path), past=None)
    field = path.partition("/")[0]
    if field not in HAS_PAST or card.levels.get(field, Level.HIDDEN) < Level.READ:
        return told, []
    return told, [ReadPast(record_id=card.record_id, path=path)]


def _keep(model: CardModel, mutation: Mutation) -> Decided:
    """Submit an edit, close the sheet, and offer to take it back."""
    assert model.card is not None
    made = undo.done(mutation, model.card.values, model.card.levels)
    kept = msgspec.structs.replace(model, sheet=None, made=made, makes=model.makes + 1)
    return kept, [Submit(record_id=model.card.record_id, mutation=mutation)]
