"""Draws the list behind the strip."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile_app.i18n import ntr, tr
from mobile_app.screens.forms import FormView, refill
from mobile_app.screens.outbox.model import DiscardPressed, Edit, OutboxModel, ResendPressed, Standing
from mobile_app.screens.words import edit_words, moment_words, standing_words
from mobile_app.widgets import Surface

_ICONS = {
    Standing.WAITING: "cloud-upload-outline",
    Standing.CONFLICT: "swap-horizontal",
    Standing.REFUSED: "alert-circle-outline",
    Standing.PARKED: "clock-outline",
    Standing.ERASED: "close",
}


class EditRow(Surface):
    """One edit."""

    icon_name = StringProperty("cloud-upload-outline")
    customer = StringProperty()
    what = StringProperty()
    why = StringProperty()
    when = StringProperty()
    again = StringProperty()
    discard = StringProperty()
    calm = BooleanProperty(True)
    mutation_id = ObjectProperty(UUID(int=0))
    __events__ = ("on_resend", "on_give_up")

    def on_resend(self) -> None: ...

    def on_give_up(self) -> None: ...


class OutboxView(FormView):
    """Shows an ``OutboxModel``."""

    def show(self, model: OutboxModel) -> None:
        """Put each edit in words; rows are kept and refilled."""
        ids = self.ids
        self._confirming = model.confirming
        ids.title.text = tr("What waits")
        ids.now.text = tr("Try now")
        ids.back.a11y = tr("Back")
        ids.lead.text = _lead(model)
        refill(ids.rows, model.edits, self._row, self._fill)

    def _row(self) -> EditRow:
        row = EditRow()
        row.bind(
            on_resend=lambda pressed: self.emit(ResendPressed(mutation_id=pressed.mutation_id)),
            on_give_up=lambda pressed: self.emit(DiscardPressed(mutation_id=pressed.mutation_id)),
        )
        return row

    def _fill(self, row: EditRow, edit: Edit) -> None:
        row.mutation_id = edit.mutation_id
        row.icon_name = _ICONS[edit.standing]
        row.calm = edit.standing is Standing.WAITING
        row.customer = edit.customer or tr("A customer no longer on this tablet")
        row.what = edit_words(edit)
        row.why = standing_words(edit)
        row.when = moment_words(edit.at_ms, datetime.now().astimezone())
        row.again = "" if edit.standing in (Standing.PARKED, Standing.ERASED) else tr("Send again")
        row.discard = tr("Really discard?") if edit.mutation_id == self._confirming else tr("Discard")


def _lead(model: OutboxModel) -> str:
    if not model.edits:
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


Builder.load_file(str(Path(__file__).with_name("view.kv")))
