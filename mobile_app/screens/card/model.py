"""One customer's card: what each event makes of it, and the edits that come of it."""

from uuid import UUID

import msgspec

from mobile_app.effects import GoTo, Submit, WantPictures
from mobile_app.screens.card import revealing, undo
from mobile_app.screens.card.events import (
    AdviceAnswered,
    CardEvent,
    CardRead,
    CataloguePressed,
    ChannelPressed,
    Emptied,
    EntryAddPressed,
    LineKnown,
    NoteLevelPressed,
    NoteOfferTaken,
    NoteTyped,
    NoteWritten,
    PartPressed,
    PictureKnown,
    SumsPressed,
    TabPressed,
    UndoOver,
    UndoPressed,
    WordAddPressed,
)
from mobile_app.screens.card.note_guarding import PLACES
from mobile_app.screens.card.on_a_sheet import Decided, keep, on_a_sheet
from mobile_app.screens.card.shown import TABS, CardModel
from mobile_app.screens.card.wardrobe import seen_online, wardrobe, wishes
from schemas.advice import Suggestion, suggest
from schemas.mutations import PutEntry, WriteNote
from schemas.note_guard import NoteJudgement, NoteVerdict, judge_note
from sync.replica.draft import in_clear

LONGEST_NOTE = 4000  # characters; a longer one would be refused


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
            return keep(model, PutEntry(field="advice", key=sku, value=said))
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
            return on_a_sheet(model, model.card, wanted)
        case UndoPressed() if model.made is not None:
            back = undo.inverse(model.made, model.card.values)
            kept = change(model, made=None)
            return kept, [Submit(record_id=model.card.record_id, mutation=back)] if back else []
        case UndoOver(makes=makes) if makes == model.makes:
            return change(model, made=None), []
        case _:
            return on_a_sheet(model, model.card, event)


def _write(model: CardModel, note_id: UUID) -> Decided:
    """Keep a note that may stand, or that was warned of and is insisted on; no other goes anywhere."""
    change = msgspec.structs.replace
    judged = judge_note(model.note)
    if judged.verdict is NoteVerdict.REFUSE:
        return change(model, judged=judged), []
    if judged.verdict is NoteVerdict.WARN and not model.insisted:
        return change(model, judged=judged, insisted=True), []
    note = WriteNote(note_id=note_id, text=model.note.strip(), level=model.note_level)
    return keep(change(model, note="", judged=NoteJudgement(), insisted=False), note)


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
