"""A sheet over a screen: a few questions or facts, and what to do about them. One widget for all sheets."""

from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from mobile_app.screens.content import SECRET, Act, Content, Group, Question, Told
from mobile_app.screens.forms import Field, refill
from mobile_app.theme import theme
from mobile_app.widgets import Btn, FilterChip
from mobile_app.widgets.layouts import Box

BACK_KEY = 27
FOCUS_AFTER_S = 0.12  # a field focused while the sheet is still being laid out gets no text


class SheetLine(Box):
    """A line of ``Told``."""

    icon_name = StringProperty("circle-outline")
    text = StringProperty()
    note = StringProperty()


class AnswerButton(FilterChip):
    """Yes or no."""

    answer = OptionProperty("yes", options=["yes", "no"])


class SheetQuestion(Box):
    """A ``Question`` and its two answers."""

    key = StringProperty()
    label = StringProperty()
    note = StringProperty()
    yes = StringProperty()
    no = StringProperty()
    says_yes = BooleanProperty(False)
    says_no = BooleanProperty(False)
    __events__ = ("on_answer",)

    def on_answer(self, yes: bool) -> None: ...


class SheetGroup(Box):
    """A ``Group`` and its chips."""

    label = StringProperty()
    __events__ = ("on_chosen",)

    def on_chosen(self, key: str) -> None: ...

    def show(self, group: Group) -> None:
        """Show the word and the chips."""
        self.label = group.label
        refill(self.ids.chips, group.choices, self._chip, _fill_choice)

    def _chip(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self.dispatch("on_chosen", pressed.key))
        return chip


class Sheet(FloatLayout):
    """The veil and the sheet on it. It is in its parent only while it is shown."""

    keeps_keys = True  # what lies under it is reached by no key
    veil = NumericProperty(0)
    title = StringProperty()
    lead = StringProperty()
    problem = StringProperty()
    __events__ = ("on_typed", "on_chosen", "on_acted", "on_answered", "on_closed")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._said: Content | None = None
        self._greeting = Clock.create_trigger(self._focus_first, FOCUS_AFTER_S)

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return self.parent is not None

    def show(self, layer: Any, content: Content | None) -> None:
        """Show the content on a layer; None takes the sheet away. Widgets of the sheet before are kept."""
        if content == self._said:
            return
        before, self._said = self._said, content
        if before is None or content is None or before.title != content.title:
            self._greeting.cancel()
        if content is None:
            if self.parent is not None:
                Window.unbind(on_key_down=self._key)
                self.parent.remove_widget(self)
            return
        self._fill(content)
        if self.parent is None:
            layer.add_widget(self)
            Window.bind(on_key_down=self._key)
            self.veil = 0.45 if theme.still else 0.0
            Animation(veil=0.45, d=0.12).start(self)
        if content.fields and not content.groups and (before is None or before.title != content.title):
            self._greeting()

    def _fill(self, content: Content) -> None:
        ids = self.ids
        self.title, self.lead, self.problem = content.title, content.lead, content.problem
        refill(ids.told, content.told, SheetLine, _fill_line)
        refill(ids.questions, content.questions, self._question, _fill_question)
        refill(ids.choices, content.choices, self._choice, _fill_choice)
        refill(ids.groups, content.groups, self._group, SheetGroup.show)
        refill(ids.fields, content.fields, self._field, _fill_field)
        refill(ids.suggestions, content.suggestions, self._suggestion, _fill_suggestion)
        refill(ids.acts, content.acts[::-1], self._act, _fill_act)

    def on_touch_down(self, touch: Any) -> bool:
        """Take every touch; one beside the sheet closes it."""
        if not super().on_touch_down(touch) and not self.ids.panel.collide_point(*touch.pos):
            self.dispatch("on_closed")
        return True

    def on_touch_move(self, touch: Any) -> bool:
        super().on_touch_move(touch)
        return True

    def on_typed(self, key: str, text: str) -> None: ...

    def on_chosen(self, key: str) -> None: ...

    def on_acted(self, key: str) -> None: ...

    def on_answered(self, key: str, yes: bool) -> None: ...

    def on_closed(self) -> None: ...

    def _key(self, _: Any, code: int, *__: Any) -> bool:
        """Close at Escape, which is also the back key of a tablet."""
        if code != BACK_KEY:
            return False
        self.dispatch("on_closed")
        return True

    def _focus_first(self, *_: Any) -> None:
        """Put the keys into the first field, unless they already went elsewhere on the sheet."""
        if self.is_open and self.ids.fields.children and not any(map(_has_focus, self.walk())):
            self.ids.fields.children[-1].ids.input.focus = True

    def _field(self) -> Field:
        field = Field()
        field.bind(on_typed=lambda typed, text: self.dispatch("on_typed", typed.key, text))
        field.bind(on_entered=lambda typed: self._entered(typed))
        return field

    def _entered(self, field: Field) -> None:
        fields = self.ids.fields.children[::-1]
        after = fields.index(field) + 1
        if after < len(fields):
            Clock.schedule_once(lambda _: setattr(fields[after].ids.input, "focus", True))
        elif self._said is not None and self._said.acts:
            self.dispatch("on_acted", self._said.acts[-1].key)

    def _choice(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self.dispatch("on_chosen", pressed.key))
        return chip

    def _group(self) -> SheetGroup:
        group = SheetGroup()
        group.bind(on_chosen=lambda _, key: self.dispatch("on_chosen", key))
        return group

    def _suggestion(self) -> FilterChip:
        chip = FilterChip()
        chip.bind(on_release=lambda pressed: self._suggest(pressed.text))
        return chip

    def _suggest(self, text: str) -> None:
        if self.ids.fields.children:
            self.ids.fields.children[-1].ids.input.text = text
        if self._said is not None and self._said.at_once and self._said.acts:
            self.dispatch("on_acted", self._said.acts[-1].key)

    def _question(self) -> SheetQuestion:
        question = SheetQuestion()
        question.bind(on_answer=lambda asked, yes: self.dispatch("on_answered", asked.key, yes))
        return question

    def _act(self) -> Btn:
        button = Btn()
        button.bind(on_release=lambda pressed: self.dispatch("on_acted", pressed.key))
        return button


def _has_focus(widget: Any) -> bool:
    return bool(getattr(widget, "focus", False))


def _fill_line(line: SheetLine, told: Told) -> None:
    line.icon_name, line.text, line.note = told


def _fill_question(row: SheetQuestion, question: Question) -> None:
    row.key, row.label, row.note = question.key, question.label, question.note
    row.yes, row.no = question.yes, question.no
    row.says_yes, row.says_no = question.answer is True, question.answer is False


def _fill_choice(chip: FilterChip, choice: tuple[str, str, bool]) -> None:
    chip.key, chip.text, chip.on = choice


def _fill_field(field: Field, said: tuple[str, str, str, str]) -> None:
    key, label, text, hint = said
    field.key = key
    field.secret = key == SECRET
    field.show(label, text, hint=hint)


def _fill_suggestion(chip: FilterChip, text: str) -> None:
    chip.text = text


def _fill_act(button: Btn, act: Act) -> None:
    button.key, button.text, button.kind, button.icon_name = act


Builder.load_file(str(Path(__file__).with_name("sheet.kv")))
