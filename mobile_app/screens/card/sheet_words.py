"""The sheets over a card, in words."""

from typing import Any

from mobile_app.i18n import day, language, ntr, number, tr
from mobile_app.screens.card.contacting import answer_for
from mobile_app.screens.card.details import KEYED, OWNERS, Row, value_at
from mobile_app.screens.card.loyalty_words import redeem_content, worth_words
from mobile_app.screens.card.part_words import choice_words, part_hint, part_words
from mobile_app.screens.card.parts import SHAPES
from mobile_app.screens.card.past import PastValue
from mobile_app.screens.card.past import restorable as may_stand_again
from mobile_app.screens.card.promising_words import (
    case_content,
    promise_content,
    promised_words,
    thing_content,
)
from mobile_app.screens.card.revealing import may_reveal
from mobile_app.screens.card.revealing_words import reveal_content
from mobile_app.screens.card.sheets import (
    CHOSEN,
    COMMON_SIZES,
    SIZE_CATEGORIES,
    Ask,
    Sheet,
    consent_keys,
    may_edit,
    may_remove,
)
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.words import (
    category_words,
    channel_words,
    contact_channel_words,
    contact_words,
    language_words,
    level_words,
    moment_said,
    purpose_words,
    row_label,
    today_ms,
    value_words,
)
from mobile_app.screens.card.writing_words import message_content
from mobile_app.screens.content import Act, Content, Question, Told
from mobile_app.screens.promise_words import owner_words
from mobile_app.screens.shelf import name_of
from mobile_app.screens.words import field_words
from schemas.advice import Answer
from schemas.mutations import (
    AddElement,
    HoldPoints,
    Mutation,
    PutEntry,
    RecordConsent,
    RedeemPoints,
    RemoveElement,
    RemoveEntry,
    SendMessage,
    WithdrawNote,
    WriteNote,
)
from schemas.record import Stamp
from sync.replica.draft import Card


def sheet_content(model: CardModel) -> Content | None:
    """Return the sheet that is open over a card, or None."""
    if model.card is None or model.sheet is None:
        return None
    match model.sheet.ask:
        case Ask.VALUE:
            return _about(model, model.card, model.sheet)
        case Ask.SIZE:
            return _size(model, model.card, model.sheet)
        case Ask.WORD:
            return _word(model.sheet)
        case Ask.ENTRY:
            return _of_parts(model, model.card, model.sheet)
        case Ask.CONSENT:
            return _consent(model, model.card, model.sheet)
        case Ask.FIELD:
            return _field(model, model.card, model.sheet)
        case Ask.REDEEM:
            return redeem_content(model, model.sheet)
        case Ask.PROMISE:
            return promise_content(model, model.card, model.sheet)
        case Ask.MESSAGE:
            return message_content(model, model.sheet)
        case Ask.CASE:
            return case_content(model, model.sheet)
        case Ask.THING:
            return thing_content(model, model.card, model.sheet)
        case Ask.REVEAL:
            return reveal_content(model, model.card, model.sheet)


def done_words(mutation: Mutation) -> str:
    """Return what was just kept, for the moment in which it can be taken back."""
    match mutation:
        case WriteNote():
            return tr("Note kept.")
        case WithdrawNote():
            return tr("Note taken back.")
        case SendMessage():
            return tr("It leaves in a moment.")
        case RecordConsent(state="granted"):
            return tr("The yes is kept.")
        case RecordConsent():
            return tr("The no is kept. It holds at once.")
        case AddElement(element=element):
            return tr("{value} added.").format(value=element[:1].upper() + element[1:])
        case PutEntry(field="sizes", key=key, value=value):
            return tr("{category}: {value} kept.").format(category=category_words(key), value=value["value"])
        case RedeemPoints(points=points):
            return tr("{count} points spent: {amount} off.").format(
                count=number(points), amount=worth_words(points)
            )
        case HoldPoints(points=points):
            return tr("Asked for.") if points else tr("Given back.")
        case PutEntry(field="advice", value=value):
            return (
                tr("She likes it: kept.") if value["answer"] == Answer.ACCEPTED else tr("Not for her: kept.")
            )
        case RemoveEntry(key=key):
            return tr("{value} removed.").format(value=category_words(key))
        case RemoveElement(element=element):
            return tr("{value} removed.").format(value=element[:1].upper() + element[1:])
        case _:
            return promised_words(mutation) or tr("Kept.")


def title_of(card: Card, path: str, model: CardModel) -> str:
    """Return what a value is called and what it is: ``Shoes: 39``."""
    field, _, entry = path.partition("/")
    value = value_at(card.values, path)
    match field:
        case "sizes" | "computed_sizes":
            return f"{category_words(entry)} {value['value'] if value else ''}".strip()
        case "likes" | "dislikes" | "occasions" | "tags":
            return entry[:1].upper() + entry[1:]
        case "notes":
            return tr("Note")
        case "advice":
            known = model.shelf.products.get(entry)
            return name_of(known, language()) if known else entry
        case "consents":
            return contact_channel_words(entry.split("/")[1])
        case _:
            row = Row(path=path, value=value)
            return row_label(row, field_words(field))


def _about(model: CardModel, card: Card, sheet: Sheet) -> Content:
    field = sheet.path.partition("/")[0]
    value = value_at(card.values, sheet.path)
    lead = ""
    if field == "notes" and value:
        lead = value["text"]
    elif field not in ("sizes", "computed_sizes", "likes", "dislikes", "occasions", "tags"):
        lead = value_words(Row(path=sheet.path, value=value), model.directory)
    acts = [Act("close", tr("Close"))]
    if may_remove(card, sheet.path, me=model.directory.me):
        words = tr("Take back") if field == "notes" else tr("Remove")
        acts.append(Act("remove", words, "text", "delete-outline"))
    if may_edit(card, sheet.path):
        acts.append(Act("edit", tr("Change"), "tonal", "pencil-outline"))
    elif field == "consents" and model.writes("consents"):
        acts.append(Act("consent", tr("Change"), "tonal", "pencil-outline"))
    if may_reveal(card, sheet.path):
        acts.append(Act("reveal", tr("Show for a minute"), "tonal", "eye-outline"))
    told = _told(model, card, sheet.path, value)
    before = restorable(model)
    return Content(
        title=title_of(card, sheet.path, model),
        lead=lead,
        told=(*told, *_past(model)),
        choices=tuple(
            (str(past.entry_id), tr("Put back: {value}").format(value=_past_words(past, model)), False)
            for past in before
        ),
        acts=tuple(acts),
    )


def restorable(model: CardModel) -> tuple[PastValue, ...]:
    """Return the former values of the sheet's value that may stand again."""
    past = model.past
    if past is None or model.sheet is None or past.path != model.sheet.path:
        return ()
    writes = model.writes(past.path.partition("/")[0])
    now_ms = today_ms(model.today)
    return tuple(each for each in past.values if may_stand_again(each, now_ms, writes=writes))


def _past(model: CardModel) -> tuple[Told, ...]:
    """Return what the value was before, newest first, or that it takes a line to know."""
    past = model.past
    if past is None or model.sheet is None or past.path != model.sheet.path:
        return ()
    if past.problem == "unreachable":
        return (Told("history", tr("What it was before shows when there is a line.")),)
    lines = []
    for each in past.values:
        who = _who(each.said.author, model) if each.said else tr("From the records of the house")
        until = tr("until {day}").format(day=day(each.ended_at))
        lines.append(
            Told("history", tr("Before: {value}").format(value=_past_words(each, model)), f"{who}, {until}")
        )
    return tuple(lines)


def _past_words(past: PastValue, model: CardModel) -> str:
    if past.value in (None, "", {}):
        return tr("nothing")
    if past.path.startswith("sizes/"):
        return str(past.value.get("value", ""))
    return value_words(Row(path=past.path, value=past.value), model.directory)


def _told(model: CardModel, card: Card, path: str, value: Any) -> tuple[Told, ...]:
    """Return where a value came from: who, where, when, on which channel; and whether it has been sent."""
    field, _, _ = path.partition("/")
    directory = model.directory
    lines: list[Told] = []
    stamp: Stamp | None = card.stamps.get(path)
    if field == "computed_sizes" and value:
        count = value["purchases"]
        bought = ntr("Computed from {count} purchase", "Computed from {count} purchases", count)
        lines.append(Told("shopping-outline", bought.format(count=count), tr("The size bought most")))
    if field == "notes" and value:
        author, at, store = value["author"], value["at"], value.get("store")
        lines.append(Told("account-circle-outline", _who(author, model), directory.store(store)))
        lines.append(Told("clock-outline", moment_said(at)))
        lines.append(Told("eye-outline", level_words(value["level"])))
    elif stamp is not None:
        lines.append(Told("account-circle-outline", _who(stamp.author, model), directory.store(stamp.store)))
        lines.append(Told("clock-outline", moment_said(stamp.at)))
        lines.append(Told("link-variant", channel_words(stamp.channel)))
    elif field != "computed_sizes":
        lines.append(Told("history", tr("From the records of the house")))
    if path in card.pending_paths:
        lines.append(
            Told(
                "cloud-upload-outline", tr("Not sent yet"), tr("Kept on this tablet; it goes out by itself.")
            )
        )
    return tuple(lines)


def _who(author: str, model: CardModel) -> str:
    if author == model.directory.me:
        return tr("You")
    name = model.directory.person(author)
    return name or (author if len(author) < 36 else tr("A colleague of another store"))


def _size(model: CardModel, card: Card, sheet: Sheet) -> Content:
    categories: tuple[str, ...] = SIZE_CATEGORIES
    if sheet.choice and sheet.choice not in categories:
        categories = (sheet.choice, *categories)
    return Content(
        title=tr("Own size"),
        choices=tuple((each, category_words(each), each == sheet.choice) for each in categories),
        fields=(("value", tr("Size"), sheet.texts.get("value", ""), ""),),
        suggestions=COMMON_SIZES.get(sheet.choice, ()),
        at_once=True,
        problem=_problem(sheet),
        acts=_keep_or_not(model, card, sheet),
    )


def _word(sheet: Sheet) -> Content:
    likes = sheet.path == "likes"
    return Content(
        title=tr("Likes") if likes else tr("Dislikes"),
        fields=(("value", tr("In a few words"), sheet.texts.get("value", ""), ""),),
        suggestions=_likes() if likes else _dislikes(),
        at_once=True,
        problem=_problem(sheet),
        acts=(_cancel(), _keep()),
    )


def _of_parts(model: CardModel, card: Card, sheet: Sheet) -> Content:
    field, _, entry = sheet.path.partition("/")
    shape = SHAPES[field]
    chosen = sheet.texts.get(shape.choice, "")
    choices: tuple[str, ...] = shape.choices
    if chosen and chosen not in choices:
        choices = (chosen, *choices)
    if entry and shape.name == shape.choice:
        choices = ()  # the name of an entry stays
    named = bool(entry) and shape.name in shape.parts and field == "other_addresses"
    return Content(
        title=field_words(field) if not entry else title_of(card, sheet.path, model),
        choices=tuple((each, choice_words(field, each), each == chosen) for each in choices),
        fields=tuple(
            (part, part_words(field, part), sheet.texts.get(part, ""), part_hint(field, part))
            for part in shape.parts
            if not (named and part == shape.name)
        ),
        problem=_problem(sheet),
        acts=_keep_or_not(model, card, sheet),
    )


def _field(model: CardModel, card: Card, sheet: Sheet) -> Content:
    text = sheet.texts.get("value", "")
    if sheet.path in OWNERS:
        return _owner(model, card, sheet, text)
    chosen_from = CHOSEN.get(sheet.path, ())
    hint = tr("24/12 or 24/12/1980") if sheet.path == "birth_date" else ""
    words = contact_channel_words if sheet.path == "contact_preference" else language_words
    return Content(
        title=field_words(sheet.path),
        choices=tuple((code, words(code), code == text) for code in chosen_from),
        fields=() if chosen_from else (("value", field_words(sheet.path), text, hint),),
        problem=_problem(sheet),
        acts=_keep_or_not(model, card, sheet),
    )


def _owner(model: CardModel, card: Card, sheet: Sheet, text: str) -> Content:
    """Return the colleagues of the store to choose from, whoever it is now, and nobody."""
    directory = model.directory
    people = sorted({*directory.colleagues, text} - {""}, key=directory.person)
    return Content(
        title=field_words(sheet.path),
        lead=tr("Serves her when the first is away.") if sheet.path == "second_associate_id" else "",
        choices=(
            *((each, owner_words(directory, each), each == text) for each in people),
            ("", tr("Nobody"), not text),
        ),
        problem=_problem(sheet),
        acts=_keep_or_not(model, card, sheet),
    )


def _consent(model: CardModel, card: Card, sheet: Sheet) -> Content:
    consents = card.values.get("consents") or {}
    may_ask = model.writes("consents")
    questions = []
    for key in consent_keys(card, sheet.path, model.directory.brand):
        standing = consents.get(key)
        answer = None if standing is None else standing["state"] == "granted"
        note = contact_words(answer_for(model, key))
        if standing is not None:
            note += " · " + moment_said(standing["at"])
        if f"consents/{key}" in card.pending_paths:
            note += ", " + tr("not sent yet")
        questions.append(
            Question(
                key=key,
                label=purpose_words(key.split("/")[2]),
                note=note,
                answer=answer,
                yes=tr("Yes"),
                no=tr("No"),
            )
        )
    return Content(
        title=contact_channel_words(sheet.path),
        lead=tr("What is said now replaces what was said before. A no holds at once.")
        if may_ask
        else tr("Only to read: your role does not record consents."),
        questions=tuple(questions),
        acts=(
            *((Act("turn", tr("Hand her the tablet"), "text", "account-switch-outline"),) if may_ask else ()),
            Act("close", tr("Close")),
        ),
    )


def _keep_or_not(model: CardModel, card: Card, sheet: Sheet) -> tuple[Act, ...]:
    """Return the buttons of a sheet that changes a value: those about the value that stands come first."""
    acts = []
    field, _, entry = sheet.path.partition("/")
    stands = entry or field not in KEYED
    if stands and value_at(card.values, sheet.path) not in (None, ""):
        acts.append(Act("about", tr("Where from?"), "text", "history"))
        if may_remove(card, sheet.path, me=model.directory.me):
            acts.append(Act("remove", tr("Remove"), "text", "delete-outline"))
    return (*acts, _cancel(), _keep())


def _cancel() -> Act:
    return Act("close", tr("Cancel"))


def _keep() -> Act:
    return Act("keep", tr("Keep"), "filled", "check")


def _problem(sheet: Sheet) -> str:
    return {
        "value_missing": tr("Something is still missing."),
        "value_invalid": tr("This does not fit here. Look at it once more."),
    }.get(sheet.problem, "")


def _likes() -> tuple[str, ...]:
    return (
        tr("cashmere"), tr("silk"), tr("grained leather"), tr("loose cuts"), tr("small bags"),
        tr("low heels"),
        tr("timeless pieces"), tr("gold details"), tr("private views"), tr("quiet fittings"),
    )  # fmt: skip


def _dislikes() -> tuple[str, ...]:
    return (
        tr("visible logos"), tr("high heels"), tr("polyester"), tr("itchy wool"), tr("heavy bags"),
        tr("animal prints"), tr("calls during the day"), tr("waiting at the till"),
    )  # fmt: skip
