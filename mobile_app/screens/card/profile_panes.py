"""The panes of who she is: sizes and likes, notes, and the details."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty

from mobile_app.i18n import day, ntr, tr
from mobile_app.screens.card.details import Row, Section, details
from mobile_app.screens.card.events import (
    EntryAddPressed,
    NoteLevelPressed,
    NoteOfferTaken,
    NoteTyped,
    NoteWritten,
    SizeAddPressed,
    WordAddPressed,
)
from mobile_app.screens.card.history_panes import Pane
from mobile_app.screens.card.note_guarding import PLACES, guard_words, keep_words, offer_words
from mobile_app.screens.card.part_words import adding_words
from mobile_app.screens.card.shown import CardModel
from mobile_app.screens.card.words import (
    category_words,
    level_words,
    row_label,
    section_words,
    value_words,
)
from mobile_app.screens.forms import refill
from mobile_app.screens.fresh import fresh_id
from mobile_app.screens.words import field_words
from mobile_app.widgets import Btn, FilterChip, Pressable
from mobile_app.widgets.layouts import Box
from schemas.engagement import NoteLevel
from schemas.note_guard import NoteVerdict


class SizeTile(Pressable):
    """A size and where it comes from."""

    path = StringProperty()
    category = StringProperty()
    value = StringProperty()
    note = StringProperty()
    waits = BooleanProperty(False)


class WordChip(Pressable):
    """A like or a dislike."""

    path = StringProperty()
    text = StringProperty()
    icon_name = StringProperty("heart-outline")
    waits = StringProperty()


class TastePane(Pane):
    """Sizes she told or that were computed, and what she likes and does not."""

    def fill(self, model: CardModel) -> None:
        """Set tiles and chips; a field the reader does not hold leaves no trace."""
        assert model.card is not None
        ids, values, waiting = self.ids, model.card.values, model.card.pending_paths
        holds_sizes = model.holds("sizes") or model.holds("computed_sizes")
        ids.sizes_title.text = tr("Sizes") if holds_sizes else ""
        refill(ids.sizes, _sizes(values, waiting), self._tile, _fill_tile)
        _offer(ids.add_size, tr("Add a size"), model.writes("sizes"))
        for field, title, icon_name in (
            ("likes", tr("Likes"), "heart-outline"),
            ("dislikes", tr("Dislikes"), "thumb-down-outline"),
        ):
            ids[f"{field}_title"].text = title if model.holds(field) else ""
            words = [
                (f"{field}/{element}", element, icon_name, f"{field}/{element}" in waiting)
                for element in sorted(values.get(field) or ())
            ]
            refill(ids[field], words, self._chip, _fill_chip)
            _offer(ids[f"add_{field}"], tr("Add"), model.writes(field))

    def add_size(self) -> None:
        """A button was pressed."""
        self.emit(SizeAddPressed())

    def add_word(self, field: str) -> None:
        """A button was pressed."""
        self.emit(WordAddPressed(field=field))

    def _tile(self) -> SizeTile:
        tile = SizeTile()
        self.bind_value(tile)
        return tile

    def _chip(self) -> WordChip:
        chip = WordChip()
        self.bind_value(chip)
        return chip


class NoteCard(Pressable):
    """One note."""

    path = StringProperty()
    said = StringProperty()
    who = StringProperty()
    level = StringProperty()
    waits = StringProperty()


class NotesPane(Pane):
    """A note to write at once, and those that may be read."""

    def fill(self, model: CardModel) -> None:
        """Set the notes; what is being written stays."""
        assert model.card is not None
        ids, card = self.ids, model.card
        self.can_write = model.writes("notes")
        ids.note.hint_text = tr("Write a note. It is kept as soon as you press Keep.")
        if ids.note.text != model.note:
            ids.note.text = model.note
        refused = model.judged.verdict is NoteVerdict.REFUSE
        ids.keep.text = keep_words(model.judged, insisted=model.insisted)
        ids.keep.kind = "filled" if model.note.strip() and not refused else "tonal"  # too soon, or refused
        self.warning, self.refused = guard_words(model.judged), refused
        field = PLACES.get(model.judged.offer or "", "")
        self.offer = offer_words(model.judged) if model.writes(field) else ""
        levels = [(level, level_words(level), level == model.note_level) for level in _LEVELS]
        refill(ids.levels, levels, self._level, _fill_level)
        notes = [note for note in card.values.get("notes") or () if not note.get("withdrawn")]
        ids.nothing.text = "" if notes else tr("No note yet.")

        def fill_note(row: NoteCard, note: dict[str, Any]) -> None:
            row.path = f"notes/{note['note_id']}"
            row.said = note["text"]
            author = tr("You") if note["author"] == model.directory.me else ""
            author = author or model.directory.person(note["author"]) or tr("A colleague of another store")
            row.who = f"{author}, {day(note['at'])}"
            row.level = level_words(note["level"])
            row.waits = tr("not sent yet") if row.path in card.pending_paths else ""

        refill(ids.notes, notes, self._note, fill_note)

    can_write = BooleanProperty(True)
    warning = StringProperty()  # about what is being written
    refused = BooleanProperty(False)
    offer = StringProperty()  # what leads to a better place for it

    def typed(self, text: str) -> None:
        """Tell what is being written."""
        self.emit(NoteTyped(text=text))

    def keep(self) -> None:
        """Keep the note."""
        self.emit(NoteWritten(note_id=fresh_id()))

    def take_offer(self) -> None:
        """Open the field where it belongs."""
        self.emit(NoteOfferTaken())

    def _also(self, model: CardModel) -> Any:
        return model.note, model.note_level, model.judged, model.insisted

    def _level(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self.emit(NoteLevelPressed(level=pressed.key)))
        return chip

    def _note(self) -> NoteCard:
        card = NoteCard()
        self.bind_value(card)
        return card


class DetailRow(Pressable):
    """One value."""

    path = StringProperty()
    label = StringProperty()
    value = StringProperty()
    known = BooleanProperty(True)
    waits = StringProperty()


class DetailSection(Box):
    """Values that belong together."""

    title = StringProperty()


class DetailsPane(Pane):
    """Everything else the reader holds of her."""

    def fill(self, model: CardModel) -> None:
        """Set the sections in two columns where there is room."""
        assert model.card is not None
        card = model.card

        def fill_row(row: DetailRow, fact: Row) -> None:
            row.path = fact.path
            row.label = row_label(fact, field_words(fact.field))
            row.value = value_words(fact, model.directory)
            row.known = fact.value is not None
            row.waits = tr("not sent yet") if fact.waits else ""

        def fill_section(box: DetailSection, section: Section) -> None:
            box.title = section_words(section.key)
            refill(box.ids.rows, section.rows, self._row, fill_row)
            refill(box.ids.adds, section.adds, self._add, _fill_add)

        sections = details(card.values, card.levels, card.pending_paths)
        left, right = _columns(sections)
        refill(self.ids.left, left, self._section, fill_section)
        refill(self.ids.right, right, self._section, fill_section)

    def _row(self) -> DetailRow:
        row = DetailRow()
        self.bind_value(row)
        return row

    def _add(self) -> Btn:
        button = Btn(kind="text", icon_name="plus")
        button.bind(on_release=lambda pressed: self.emit(EntryAddPressed(field=pressed.field)))
        return button

    def _section(self) -> DetailSection:
        return DetailSection()


_LEVELS = (NoteLevel.PRIVATE, NoteLevel.STORE, NoteLevel.BRAND)


def _columns(sections: tuple[Section, ...]) -> tuple[list[Section], list[Section]]:
    """Share sections out over two columns of about one height, in reading order."""
    heights = [2 + len(section.rows) + len(section.adds) for section in sections]
    left: list[Section] = []
    used = 0
    for section, height in zip(sections, heights, strict=True):
        if left and used + height / 2 > sum(heights) / 2:
            break
        left.append(section)
        used += height
    return left, list(sections[len(left) :])


def _sizes(values: dict[str, Any], waiting: frozenset[str]) -> list[tuple[str, str, str, str, bool]]:
    """Return (path, category, value, note, waits) of each category; her own word comes first."""
    declared: dict[str, Any] = values.get("sizes") or {}
    computed: dict[str, Any] = values.get("computed_sizes") or {}
    tiles = []
    for category in sorted({*declared, *computed}, key=lambda each: (each not in declared, each)):
        said, bought = declared.get(category, {}), computed.get(category, {})
        if said and bought and bought["value"] != said["value"]:
            note = tr("declared; buys {size}").format(size=bought["value"])
        elif said:
            note = tr("declared")
        else:
            note = ntr("from {count} purchase", "from {count} purchases", bought["purchases"])
            note = note.format(count=bought["purchases"])
        path = f"sizes/{category}" if said else f"computed_sizes/{category}"
        system = f" {said['system']}" if said.get("system") else ""
        value = (said or bought)["value"] + system
        tiles.append((path, category_words(category), value, note, path in waiting))
    return tiles


def _fill_tile(tile: SizeTile, fact: tuple[str, str, str, str, bool]) -> None:
    tile.path, tile.category, tile.value, tile.note, tile.waits = fact
    if tile.waits:
        tile.note = tr("not sent yet")


def _fill_chip(chip: WordChip, fact: tuple[str, str, str, bool]) -> None:
    chip.path, element, chip.icon_name, waits = fact
    chip.text = element[:1].upper() + element[1:]
    chip.waits = tr("not sent yet") if waits else ""


def _fill_level(chip: FilterChip, level: tuple[NoteLevel, str, bool]) -> None:
    chip.key, chip.text, chip.on = level


def _fill_add(button: Btn, field: str) -> None:
    button.field, button.text = field, adding_words(field)


def _offer(button: Any, text: str, offered: bool) -> None:
    button.text = text if offered else ""
    button.icon_name = "plus" if offered else ""
    button.disabled = not offered
    button.opacity = 1 if offered else 0


Builder.load_file(str(Path(__file__).with_name("profile_panes.kv")))
