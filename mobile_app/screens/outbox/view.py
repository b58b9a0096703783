"""Draws the list behind the strip: a card an edit, and for two words on one value both, side by side."""

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty

from mobile_app.i18n import ntr, tr
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.outbox.model import (
    BackPressed,
    CustomerPressed,
    DecidePressed,
    DiscardOver,
    DiscardPressed,
    Edit,
    EditPressed,
    HeldEdit,
    HeldPressed,
    Left,
    OutboxModel,
    ResendPressed,
    Standing,
    TryNowPressed,
    UndoPressed,
)
from mobile_app.screens.words import (
    edit_words,
    field_words,
    held_reason,
    held_words,
    moment_words,
    problem_words,
    said_words,
    standing_words,
    who_words,
)
from mobile_app.widgets import Btn, Surface
from mobile_app.widgets.feedback import SHOWN_S

_ICONS = {
    Standing.WAITING: "cloud-upload-outline",
    Standing.CONFLICT: "swap-horizontal",
    Standing.REFUSED: "alert-circle-outline",
    Standing.PARKED: "clock-outline",
    Standing.ERASED: "close",
}


class Way(NamedTuple):
    """A button of a card."""

    key: str
    text: str
    kind: str = "text"


class Word(NamedTuple):
    """One of two words on a value."""

    keep: str
    heading: str
    value: str
    who: str
    button: str


class WordCard(Surface):
    """A word on a value, and the button that lets it stand."""

    keep = StringProperty()
    heading = StringProperty()
    value = StringProperty()
    who = StringProperty()
    button = StringProperty()
    __events__ = ("on_chosen",)

    def on_chosen(self) -> None: ...


class EditRow(Surface):
    """One edit: about whom, what, why, and what can be done."""

    icon_name = StringProperty("cloud-upload-outline")
    customer = StringProperty()
    what = StringProperty()
    why = StringProperty()
    when = StringProperty()
    words = ListProperty()
    ways = ListProperty()
    calm = BooleanProperty(True)
    mutation_id = ObjectProperty(UUID(int=0))
    record_id = ObjectProperty(UUID(int=0))
    __events__ = ("on_way", "on_word")

    def on_way(self, key: str) -> None: ...

    def on_word(self, keep: str) -> None: ...

    def on_words(self, *_: Any) -> None:
        """Show the two words."""
        refill(self.ids.words, self.words, self._word, _fill_word)

    def on_ways(self, *_: Any) -> None:
        """Show what can be done."""
        refill(self.ids.ways, self.ways, self._way, _fill_way)

    def _word(self) -> WordCard:
        card = WordCard()
        card.bind(on_chosen=lambda pressed: self.dispatch("on_word", pressed.keep))
        return card

    def _way(self) -> Btn:
        button = Btn()
        button.bind(on_release=lambda pressed: self.dispatch("on_way", pressed.key))
        return button


class OutboxView(FormView):
    """Shows an ``OutboxModel``."""

    _offered: UUID | None = None

    def show(self, model: OutboxModel) -> None:
        """Put each edit in words; rows are kept and refilled."""
        ids = self.ids
        self._model = model
        ids.title.text = tr("What waits")
        ids.now.text = tr("Try now")
        ids.back.a11y = tr("Back")
        ids.lead.text = _lead(model)
        ids.step.text = _step(model)
        refill(ids.rows, model.shown, self._row, self._fill)
        ids.held_title.text = tr("Changes of colleagues for you to decide") if model.reviews else ""
        ids.held_lead.text = _held_lead(model) if model.reviews else ""
        refill(ids.held, model.held, self._held_row, self._fill_held)
        self._offer_undo(model)

    def left(self) -> None:
        """What was discarded is gone when the screen goes."""
        self.emit(Left())

    def go_back(self) -> None:
        """The arrow was pressed."""
        self.emit(BackPressed())

    def try_now(self) -> None:
        """The button was pressed."""
        self.emit(TryNowPressed())

    def _offer_undo(self, model: OutboxModel) -> None:
        leaving = model.leaving.mutation_id if model.leaving else None
        if leaving == self._offered:
            return
        self._offered = leaving
        if leaving is not None:
            undo = lambda: self.emit(UndoPressed())  # noqa: E731
            self.ids.bar.say(tr("Discarded."), action=tr("Undo"), undo=undo)
            Clock.schedule_once(lambda _: self.emit(DiscardOver(mutation_id=leaving)), SHOWN_S)

    def _row(self) -> EditRow:
        row = EditRow()
        row.bind(
            on_way=lambda pressed, key: self._go(pressed, key),
            on_word=lambda pressed, keep: self.emit(
                DecidePressed(mutation_id=pressed.mutation_id, keep=keep)
            ),
        )
        return row

    def _go(self, row: EditRow, key: str) -> None:
        match key:
            case "open":
                self.emit(CustomerPressed(record_id=row.record_id))
            case "again":
                self.emit(ResendPressed(mutation_id=row.mutation_id))
            case "edit":
                self.emit(EditPressed(mutation_id=row.mutation_id))
            case "discard":
                self.emit(DiscardPressed(mutation_id=row.mutation_id))

    def _fill(self, row: EditRow, edit: Edit) -> None:
        row.mutation_id, row.record_id = edit.mutation_id, edit.record_id
        row.icon_name = "cloud-upload-outline" if edit.decided else _ICONS[edit.standing]
        row.calm = edit.standing is Standing.WAITING or bool(edit.decided)
        row.customer = edit.customer or tr("A customer no longer on this tablet")
        words = self._words(edit)
        field = str(edit.said.get("field", ""))
        row.what = field_words(field) if words and field else edit_words(edit)
        row.why = standing_words(edit)
        row.when = "" if words else moment_words(edit.at_ms, _now())
        row.words = words
        row.ways = _ways(edit)

    def _words(self, edit: Edit) -> list[Word]:
        contest = edit.contest
        if contest is None or edit.decided:
            return []
        said = contest.at_ms
        their_time = f", {moment_words(said, _now())}" if said is not None else ""
        return [
            Word(
                "mine",
                tr("Your value"),
                said_words(contest.field, edit.said.get("value")),
                tr("You") + ", " + moment_words(edit.at_ms, _now()),
                tr("Keep mine"),
            ),
            Word(
                "theirs",
                tr("The other value"),
                said_words(contest.field, contest.theirs),
                who_words(contest, self._model.directory) + their_time,
                tr("Keep the other"),
            ),
        ]

    def _held_row(self) -> EditRow:
        row = EditRow()
        row.bind(
            on_way=lambda pressed, key: self.emit(
                HeldPressed(mutation_id=pressed.mutation_id, apply=key == "apply")
            )
        )
        return row

    def _fill_held(self, row: EditRow, held: HeldEdit) -> None:
        row.mutation_id, row.record_id = held.mutation_id, held.record_id
        row.icon_name, row.calm = "account-clock-outline", True
        row.customer = held.customer or tr("New customer")
        row.what = held_words(held)
        row.why = held_reason(held, self._model.directory)
        name = self._model.directory.person(held.author) or tr("A colleague of another store")
        row.when = f"{name}, {moment_words(held.at_ms, _now())}"
        row.words = []
        row.ways = [Way("apply", tr("Let it stand"), "tonal"), Way("dismiss", tr("Let it go"))]


def _ways(edit: Edit) -> list[Way]:
    here = [Way("open", tr("Open the card"))] if edit.customer else []
    match edit.standing:
        case Standing.REFUSED:
            again = [Way("edit", tr("Say it again"))] if edit.customer and edit.path else []
            return [*here, *again, Way("again", tr("Send again")), Way("discard", tr("Discard"))]
        case Standing.PARKED:
            return [*here, Way("discard", tr("Discard"))]
        case Standing.ERASED:
            return [Way("discard", tr("Understood"))]
        case _:
            return here


def _lead(model: OutboxModel) -> str:
    if not model.shown:
        return tr("Nothing waits: everything you entered has reached the server.")
    asked, waiting = len(model.for_a_person), len(model.unanswered)
    parts: list[Any] = []
    if asked:
        parts.append(
            ntr("{count} change needs a decision.", "{count} changes need a decision.", asked).format(
                count=asked
            )
        )
    if waiting:
        parts.append(
            ntr(
                "{count} change will be sent by itself.",
                "{count} changes will be sent by themselves.",
                waiting,
            ).format(count=waiting)
        )
    return " ".join(parts)


def _step(model: OutboxModel) -> str:
    """Return since when the oldest waits, and when all was last in step."""
    parts = []
    if model.oldest_ms is not None:
        parts.append(tr("The oldest waits since {time}.").format(time=moment_words(model.oldest_ms, _now())))
    if model.in_step_ms is not None:
        parts.append(tr("All in step last: {time}.").format(time=moment_words(model.in_step_ms, _now())))
    return " ".join(parts)


def _held_lead(model: OutboxModel) -> str:
    if model.held_problem == "unreachable":
        return tr("They show when there is a line.")
    if model.held_problem:
        return problem_words(model.held_problem)
    return "" if model.held else tr("None waits for you.")


def _now() -> datetime:
    return datetime.now().astimezone()


def _fill_word(card: WordCard, word: Word) -> None:
    card.keep, card.heading, card.value, card.who, card.button = word


def _fill_way(button: Btn, way: Way) -> None:
    button.key, button.text, button.kind = way


Builder.load_file(str(Path(__file__).with_name("view.kv")))
