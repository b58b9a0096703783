"""The way through a screen by keys alone: Tab goes on, Shift and Tab back, wherever one begins.

Kivy's own way begins only where something has the focus, goes behind a sheet and to what is not drawn.
"""

from collections.abc import Iterator
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.metrics import dp
from kivy.uix.behaviors import FocusBehavior
from kivy.uix.recycleview import RecycleView
from kivy.uix.scrollview import ScrollView

TAB = 9
_SHIFT = "shift"


class KeyboardPath:
    """Listens to Tab in the window."""

    def listen(self) -> None:
        """Begin. Whoever listens later hears the key before."""
        Window.bind(on_key_down=self._key)

    def stop(self) -> None:
        """End."""
        Window.unbind(on_key_down=self._key)

    def _key(self, _: Any, code: int, __: int, ___: str | None, modifiers: list[str], *____: Any) -> bool:
        if code != TAB:
            return False
        step(back=_SHIFT in modifiers)
        return True


def step(*, back: bool = False) -> None:
    """Give the focus to what comes next, or came before, and bring it to sight."""
    stops = list(stops_in(Window))
    if not stops:
        return
    at = next((number for number, each in enumerate(stops) if each.focus), None)
    if at is None:
        after = stops[-1 if back else 0]
    elif _turn_a_page(stops, at, back=back):
        return
    else:
        after = stops[(at + (-1 if back else 1)) % len(stops)]
    after.focus = True
    for scroll in _scrolls_of(after):
        _bring_to_sight(after, scroll)


def stops_in(window: Any) -> Iterator[Any]:
    """Yield what can have the focus, in reading order: of a sheet that lies over the rest, that alone."""
    everything = [widget for child in reversed(window.children) for widget in child.walk()]
    sheets = [widget for widget in everything if getattr(widget, "keeps_keys", False)]
    for widget in sheets[-1].walk() if sheets else everything:
        takes_keys = isinstance(widget, FocusBehavior) and widget.is_focusable and not widget.disabled
        if takes_keys and _is_drawn(widget):
            yield widget


def _turn_a_page(stops: list[Any], at: int, *, back: bool) -> bool:
    """At the end of a list that goes on, let its next rows come and stay in it; return whether it did."""
    rows = next((each for each in _scrolls_of(stops[at]) if isinstance(each, RecycleView)), None)
    if rows is None:
        return False
    views = rows.view_adapter.views
    held = next((number for number, view in views.items() if view in _holders_of(stops[at])), None)
    after = at + (-1 if back else 1)
    if held is None or (0 <= after < len(stops) and rows in _scrolls_of(stops[after])):
        return False
    wanted, beyond = held + (-1 if back else 1), rows.children[0].height - rows.height
    if not 0 <= wanted < len(rows.data) or beyond <= 1:
        return False
    rows.scroll_y = min(1.0, max(0.0, rows.scroll_y + (1 if back else -1) * rows.height / 2 / beyond))
    stops[at].focus = False
    Clock.schedule_once(lambda _: _take_up(rows, wanted), 0)
    return True


def _take_up(rows: Any, wanted: int) -> None:
    """Give the focus to a row of a list, whose rows have come by now."""
    view = rows.view_adapter.views.get(wanted)
    if view is not None:
        next((each for each in view.walk() if isinstance(each, FocusBehavior)), view).focus = True
        _bring_to_sight(view, rows)


def _holders_of(widget: Any) -> list[Any]:
    """Return a widget and all that hold it."""
    found, node = [], widget
    while node is not None and node is not node.get_root_window():
        found.append(node)
        node = node.parent
    return found


def _bring_to_sight(widget: Any, scroll: Any) -> None:
    """Scroll just as far as it takes. Kivy's own way knows no lists whose rows are used again."""
    if not scroll.children:
        return
    inside = scroll.children[0]
    (x, y), (left, bottom) = widget.to_window(*widget.pos), scroll.to_window(*scroll.pos)
    for name, low, high, start, end, room in (
        ("scroll_x", x, x + widget.width, left, left + scroll.width, inside.width - scroll.width),
        ("scroll_y", y, y + widget.height, bottom, bottom + scroll.height, inside.height - scroll.height),
    ):
        past = min(0.0, low - dp(8) - start) or max(0.0, high + dp(8) - end)
        if room > 1 and past:
            setattr(scroll, name, min(1.0, max(0.0, getattr(scroll, name) + past / room)))


def _is_drawn(widget: Any) -> bool:
    """Whether a widget is in the window, or would be if what holds it were scrolled."""
    node, scrolled = widget, False
    while node is not None and node is not node.get_root_window():
        if node.opacity == 0 or getattr(node, "is_hidden", False):
            return False
        scrolled = scrolled or isinstance(node, ScrollView)
        node = node.parent
    if node is None or widget.width <= 1 or widget.height <= 1:
        return False
    x, y = widget.to_window(widget.center_x, widget.center_y)
    return scrolled or (0 <= x <= Window.width and 0 <= y <= Window.height)


def _scrolls_of(widget: Any) -> list[Any]:
    return [each for each in _holders_of(widget) if isinstance(each, ScrollView)]
