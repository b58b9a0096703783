"""Rows that tell of something ahead: somebody and why, something to do, an appointment."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty

from mobile_app.widgets import Pressable
from mobile_app.widgets.layouts import Box


class PersonRow(Pressable):
    """Somebody, why she is here, and the one thing to do."""

    record_id = ObjectProperty(None, allownone=True)
    name = StringProperty()
    initials = StringProperty()
    icon_name = StringProperty("circle-outline")
    why = StringProperty()
    tone = NumericProperty(0)
    late = BooleanProperty(False)
    act_words = StringProperty()
    act_icon = StringProperty("check")
    __events__ = ("on_act",)

    def on_act(self) -> None: ...


class ToDoRow(Pressable):
    """Something to do: tick it off, or tap it for more."""

    key = StringProperty()
    name = StringProperty()
    what = StringProperty()
    when = StringProperty()
    icon_name = StringProperty("circle-outline")
    late = BooleanProperty(False)
    tight = BooleanProperty(False)
    done_words = StringProperty()
    later_words = StringProperty()
    __events__ = ("on_done", "on_later")

    def on_done(self) -> None: ...

    def on_later(self) -> None: ...


class ComesRow(Pressable):
    """An appointment: when, who, what for."""

    key = StringProperty()
    record_id = ObjectProperty(None, allownone=True)
    time = StringProperty()
    name = StringProperty()
    what = StringProperty()


class DayBox(Box):
    """A day and who comes on it."""

    title = StringProperty()
    nothing = StringProperty()
    today = BooleanProperty(False)


class SectionBox(Box):
    """A heading and the rows under it."""

    title = StringProperty()
    count = StringProperty()
    late = BooleanProperty(False)


Builder.load_file(str(Path(__file__).with_name("promise_rows.kv")))
