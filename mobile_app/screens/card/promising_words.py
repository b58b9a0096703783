"""The sheets of promises and cases over a card, in words."""

from mobile_app.i18n import short_day, tr
from mobile_app.screens.card import promising
from mobile_app.screens.card.details import value_at
from mobile_app.screens.card.sheets import Sheet
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.words import moment_said
from mobile_app.screens.content import Act, Content, Group, Told
from mobile_app.screens.days import later_days
from mobile_app.screens.promise_words import (
    ICONS,
    kind_words,
    later_words,
    move_words,
    owner_words,
    state_words,
    thing_words,
)
from schemas.mutations import (
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    Mutation,
    OpenCase,
)
from schemas.states import MACHINES
from sync.replica.draft import Card


def promise_content(model: CardModel, card: Card, sheet: Sheet) -> Content:
    """Return the sheet that promises something: what, when, who."""
    kind = sheet.texts.get("kind", promising.DEFAULT_KIND)
    groups = [_kinds(promising.kinds(card), kind), _days(model, sheet, promising.DEFAULT_DAY)]
    if kind == "appointment":
        hour = sheet.texts.get("hour", promising.DEFAULT_HOUR)
        hours = tuple((f"hour:{each}", each, each == hour) for each in promising.HOURS)
        groups.append(Group(tr("At what time"), hours))
    groups.append(_owners(sheet))
    return Content(
        title=tr("Promise"),
        groups=tuple(groups),
        fields=_fields(sheet),
        problem=_problem(sheet),
        acts=_acts(tr("Promise")),
    )


def case_content(model: CardModel, sheet: Sheet) -> Content:
    """Return the sheet that opens a case."""
    kind = sheet.texts.get("kind", promising.CASE_KINDS[0])
    kinds = tuple((f"kind:{each}", kind_words("cases", each), each == kind) for each in promising.CASE_KINDS)
    return Content(
        title=tr("Case"),
        groups=(Group("", kinds), _days(model, sheet, "week", tr("To be solved by"))),
        fields=_fields(sheet)[:1],
        problem=_problem(sheet),
        acts=_acts(tr("Open the case")),
    )


def thing_content(model: CardModel, card: Card, sheet: Sheet) -> Content:
    """Return the sheet of something promised: where it stands, and what may become of it."""
    field = sheet.path.partition("/")[0]
    thing = value_at(card.values, sheet.path) or {}
    if not thing:
        return Content(title=tr("Promise"), acts=(Act("close", tr("Close")),))
    machine, directory = MACHINES[field], model.directory
    text, when = thing_words(field, thing, model.today)
    turn = thing["turns"]["state"]
    who = owner_words(directory, turn["by"]) if turn["by"] == directory.me else directory.person(turn["by"])
    told = [
        Told("account-circle-outline", owner_words(directory, thing.get("owner") or "")),
        Told(
            "history",
            state_words(field, thing["state"]),
            ", ".join(part for part in (who, moment_said(turn["hlc"] >> 16)) if part),
        ),
    ]
    if thing.get("why"):
        told.append(Told("note-text-outline", thing["why"]))
    if sheet.path in card.pending_paths:
        told.append(Told("cloud-upload-outline", tr("Not sent yet")))
    groups: list[Group] = []
    if promising.may_move(card, field):
        states = machine.after.get(thing["state"], ())
        groups.append(Group("", tuple((f"to:{each}", move_words(field, each), False) for each in states)))
        if not machine.ended(thing["state"]):
            days = tuple((f"day:{key}", later_words(key, day), False) for key, day in later_days(model.today))
            groups.append(Group(tr("Put it off to"), days))
    return Content(
        title=text, lead=when, told=tuple(told), groups=tuple(groups), acts=(Act("close", tr("Close")),)
    )


def promised_words(mutation: Mutation) -> str:
    """Return what was just promised or moved; empty when it was something else."""
    match mutation:
        case MakeTask(due=due) if due:
            return tr("Promised for {day}.").format(day=short_day(due))
        case BookAppointment(starts=starts):
            return tr("Appointment made: {day}.").format(day=moment_said(starts))
        case OpenCase():
            return tr("Case opened.")
        case MoveTask(to=to) | MoveAppointment(to=to) | MoveCase(to=to) if to is not None:
            field = {MoveTask: "tasks", MoveAppointment: "appointments"}.get(type(mutation), "cases")
            return tr("{state}.").format(state=state_words(field, str(to)))
        case MoveTask(due=str(due)) | MoveCase(due=str(due)):
            return tr("Put off to {day}.").format(day=short_day(due))
        case MoveAppointment(starts=int(starts)):
            return tr("Appointment made: {day}.").format(day=moment_said(starts))
        case _:
            return ""


def icon_of(field: str, kind: str) -> str:
    """Return the icon of something promised."""
    return ICONS.get(kind, "calendar-check-outline" if field == "appointments" else "circle-outline")


def _kinds(kinds: tuple[str, ...], chosen: str) -> Group:
    def words(kind: str) -> str:
        return tr("Appointment") if kind == "appointment" else kind_words("tasks", kind)

    return Group("", tuple((f"kind:{each}", words(each), each == chosen) for each in kinds))


def _days(model: CardModel, sheet: Sheet, default: str, label: str = "") -> Group:
    chosen = "" if sheet.texts.get("date", "").strip() else sheet.texts.get("day", default)
    days = (("today", model.today), *later_days(model.today))
    choices = tuple(
        (f"day:{key}", tr("Today") if key == "today" else later_words(key, day), key == chosen)
        for key, day in days
    )
    return Group(label or tr("When"), choices)


def _owners(sheet: Sheet) -> Group:
    chosen = sheet.texts.get("owner", promising.ME)
    owners = ((promising.ME, tr("Me")), (promising.STORE, tr("The store")))
    return Group(tr("Who"), tuple((f"owner:{key}", words, key == chosen) for key, words in owners))


def _fields(sheet: Sheet) -> tuple[tuple[str, str, str, str], ...]:
    return (
        ("text", tr("In a few words"), sheet.texts.get("text", ""), ""),
        ("date", tr("Another day"), sheet.texts.get("date", ""), tr("24/12")),
    )


def _problem(sheet: Sheet) -> str:
    return {
        "value_invalid": tr("This does not fit here. Look at it once more."),
        "note_refused": tr("A note may not say this of a person. Say it in other words."),
    }.get(sheet.problem, "")


def _acts(keep: str) -> tuple[Act, ...]:
    return (Act("close", tr("Cancel")), Act("keep", keep, "filled", "check"))
