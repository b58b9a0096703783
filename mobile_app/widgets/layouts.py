"""What puts things side by side: from the left, or from the right where the language is read so."""

from pathlib import Path
from typing import Any
from weakref import WeakSet

from kivy.lang import Builder
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.stacklayout import StackLayout

from mobile_app.theme import theme

# One listener for all of them: the theme would hold a listener of each row that ever was.
_laid: "WeakSet[Any]" = WeakSet()
_scrolled: "WeakSet[Any]" = WeakSet()


class _Read:
    """Lays its children out as Kivy does, then mirrors them where one reads from the right."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _laid.add(self)

    def do_layout(self, *args: Any, **kwargs: Any) -> None:
        """Lay out, in reading direction."""
        super().do_layout(*args, **kwargs)  # type: ignore[misc]
        if theme.right_to_left:
            both: float = 2 * self.x + self.width  # type: ignore[attr-defined]
            for child in self.children:  # type: ignore[attr-defined]
                child.x = both - child.right


class Box(_Read, BoxLayout):
    """A row in reading direction, or a column."""


class Stack(_Read, StackLayout):
    """Rows in reading direction, as many as it takes."""


class Grid(_Read, GridLayout):
    """A table in reading direction. A key pad is none: its digits stand everywhere in one order."""


class Sideways(ScrollView):
    """A row wider than its pane, from its beginning. Its content is at least as wide as the pane."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scroll_x = 1 if theme.right_to_left else 0
        _scrolled.add(self)


def _turn(*_: Any) -> None:
    for laid in list(_laid):
        laid._trigger_layout()
    for scrolled in list(_scrolled):
        scrolled.scroll_x = 1 - scrolled.scroll_x


theme.bind(right_to_left=_turn)
Builder.load_file(str(Path(__file__).with_name("layouts.kv")))
