"""Looks at every text, target and colour of a window, as a reviewer with a ruler would."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

TARGET_DP = 48
DRAWN_DP = 36  # a chip may be drawn lower where its row keeps the fingers apart
AA_TEXT, AA_LARGE = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 and 1.4.11
LARGE_SP = 24
SLACK = 1.5  # pixels
# Rows of a list say in one line what a tap on them tells in full.
MAY_SHORTEN = ("CustomerRow", "MomentRow", "HitRow")


class Box(NamedTuple):
    """A rectangle of the window."""

    left: float
    bottom: float
    right: float
    top: float

    def within(self, other: "Box", slack: float = SLACK) -> bool:
        return (
            self.left >= other.left - slack
            and self.bottom >= other.bottom - slack
            and self.right <= other.right + slack
            and self.top <= other.top + slack
        )

    def shared(self, other: "Box") -> "Box":
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )

    @property
    def is_empty(self) -> bool:
        return self.right - self.left <= SLACK * 2 or self.top - self.bottom <= SLACK * 2


_shown_now: set[int] | None = None  # what is shown, while a window is looked at and nothing moves


@contextmanager
def once(driver: Any) -> Iterator[None]:
    """Find out once which widgets are shown, for all checks within; nothing may move meanwhile."""
    global _shown_now
    found: set[int] = set()
    left = list(driver.window.children)
    while left:
        widget = left.pop()
        if widget.opacity != 0 and not getattr(widget, "is_hidden", False):
            found.add(id(widget))
            left.extend(widget.children)
    _shown_now = found
    try:
        yield
    finally:
        _shown_now = None


def texts(driver: Any) -> list[Any]:
    """Return every visible label that says something, icons left out."""
    front = driver.find_all("Sheet")
    roots = [front[-1]] if front else list(driver.window.children)
    return [
        widget
        for root in roots
        for widget in root.walk()
        if _is_label(widget) and widget.text.strip() and _is_shown(widget)
    ]


def what_is_cut(driver: Any) -> list[str]:
    """Return the texts that do not fit where they are drawn, or leave the window, in words."""
    found = []
    for label in texts(driver):
        width, height = label.texture_size
        if width > label.width + SLACK or height > label.height + SLACK:
            found.append(f"cut: {_name(label)} {label.texture_size} in {tuple(label.size)}")
        elif (broken := _broken_word(label)) is not None:
            found.append(f"broken: {broken!r} of {_name(label)} in {label.width:.0f}")
        elif label.shorten and _natural_width(label) > label.width + SLACK and not _may_shorten(label):
            found.append(f"shortened: {_name(label)} {_natural_width(label):.0f} in {label.width:.0f}")
        else:
            for parent, view in _views(label):
                box = _drawn(label)
                sideways = box.left < view.left - SLACK or box.right > view.right + SLACK
                if sideways and not getattr(parent, "do_scroll_x", False):
                    found.append(f"outside {type(parent).__name__}: {_name(label)} {box} {view}")
                    break
                if getattr(parent, "do_scroll_x", False) or getattr(parent, "do_scroll_y", False):
                    break  # what is scrolled away is not lost
    return found


def what_overlaps(driver: Any) -> list[str]:
    """Return pairs of texts drawn over each other."""
    drawn = [(label, _seen(label)) for label in texts(driver)]
    drawn = [(label, box) for label, box in drawn if not box.is_empty]
    return [
        f"over each other: {_name(one)} and {_name(other)}"
        for at, (one, box) in enumerate(drawn)
        for other, other_box in drawn[at + 1 :]
        if not box.shared(other_box).is_empty and not _floats(one, other)
    ]


def what_is_faint(driver: Any) -> list[str]:
    """Return the texts and icons whose ink is too near to their ground."""
    found = []
    for widget in driver.walk():
        is_icon = type(widget).__name__ == "Ico"
        if not _is_shown(widget) or not (_is_label(widget) or is_icon) or not widget.text.strip():
            continue
        if not driver_sees(widget):
            continue
        needed = AA_LARGE if is_icon or widget.font_size >= LARGE_SP else AA_TEXT
        ink, ground = list(widget.color), _ground(widget)
        ratio = contrast(_over(ink, ground), ground)
        if ratio < needed - 0.01:
            found.append(f"faint ({ratio:.2f}): {_name(widget)}")
    return found


def what_is_small(driver: Any) -> list[str]:
    """Return the targets a thumb misses, or that say nothing of themselves."""
    found = []
    for target in driver.find_all("Pressable"):
        if target.disabled:
            continue
        said = target.a11y or " ".join(
            str(widget.text)
            for widget in target.walk()
            if type(widget).__name__ != "Ico" and bool(getattr(widget, "text", ""))
        )
        size = tuple(round(side) for side in target.size)
        if min(size) < DRAWN_DP or max(size) < TARGET_DP:
            found.append(f"small: {type(target).__name__} {said!r} {size}")
        if not said:
            found.append(f"mute: {type(target).__name__} {size}")
    return found


def luminance(colour: list[float]) -> float:
    """Relative luminance. Source: WCAG 2.2, "relative luminance"."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours. Source: WCAG 2.2, "contrast ratio"."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def driver_sees(widget: Any) -> bool:
    """Whether some of a widget is on the screen, not scrolled away."""
    return not _seen(widget).is_empty if widget.texture_size[0] else False


@cache
def _labels(kind: type) -> bool:
    names = {cls.__name__ for cls in kind.__mro__}
    return "Label" in names and "Ico" not in names


def _is_label(widget: Any) -> bool:
    return _labels(type(widget))


def _is_shown(widget: Any) -> bool:
    if _shown_now is not None:
        return id(widget) in _shown_now
    node = widget
    while node is not None and node is not node.get_root_window():
        if node.opacity == 0 or getattr(node, "is_hidden", False):
            return False
        node = node.parent
    return bool(widget.get_root_window())


def _chain(widget: Any) -> Iterator[Any]:
    node = widget.parent
    while node is not None and node is not node.get_root_window() and node.parent is not node:
        yield node
        node = node.parent


def _views(widget: Any) -> Iterator[tuple[Any, Box]]:
    """Yield what cuts a widget off: each scrolling pane that holds it, and the window."""
    for node in _chain(widget):
        if hasattr(node, "do_scroll_x"):
            yield node, _box(node)
    window = widget.get_root_window()
    yield window, Box(0, 0, window.width, window.height)


def _box(widget: Any) -> Box:
    left, bottom = widget.to_window(*widget.pos)
    return Box(left, bottom, left + widget.width, bottom + widget.height)


def _drawn(label: Any) -> Box:
    """Return where the letters are: a label may be wider than what it says."""
    box, (width, height) = _box(label), label.texture_size
    inner = width if label.text_size[0] is None else min(width, _natural_width(label))
    left = {
        "left": box.left,
        "right": box.right - inner,
        "center": (box.left + box.right - inner) / 2,
    }.get(label.halign, box.left)
    middle = (box.bottom + box.top) / 2
    return Box(left, middle - height / 2, left + inner, middle + height / 2)


def _seen(label: Any) -> Box:
    box = _drawn(label)
    for _, view in _views(label):
        box = box.shared(view)
    return box


def _natural_width(label: Any) -> float:
    key = (label.text, label.font_size, label.font_name)
    if key not in _WIDTHS:
        _WIDTHS[key] = _measured(label)
    return _WIDTHS[key]


_WIDTHS: dict[tuple[str, float, str], float] = {}


def _broken_word(label: Any) -> str | None:
    """Return the longest word of a text where it is too long for its line and goes on in the next."""
    if label.text_size[0] is None or getattr(label, "markup", False) or label.shorten:
        return None
    said = [word for word in label.text.split() if "@" not in word and not word.strip("+").isdigit()]
    longest = max(said, key=len, default="")
    key = (longest, label.font_size, label.font_name)
    if key not in _WIDTHS:
        _WIDTHS[key] = _measured(label, longest)
    return longest if _WIDTHS[key] > label.text_size[0] + SLACK else None


def _measured(label: Any, text: str = "") -> float:
    from kivy.core.text import Label as CoreLabel
    from kivy.core.text.markup import MarkupLabel

    kind = MarkupLabel if getattr(label, "markup", False) else CoreLabel
    core = kind(text=text or label.text, font_size=label.font_size, font_name=label.font_name)
    core.refresh()
    return float(core.texture.size[0]) if core.texture else 0.0


def _may_shorten(label: Any) -> bool:
    return any(type(node).__name__ in MAY_SHORTEN for node in _chain(label))


def _floats(one: Any, other: Any) -> bool:
    """Whether one of them is on the bar that says what was kept, which lies over the rest for seconds."""
    return any(type(node).__name__ == "Snackbar" for label in (one, other) for node in _chain(label))


def _ground(widget: Any) -> list[float]:
    from mobile_app.theme import theme

    layers = [list(node.bg) for node in _chain(widget) if hasattr(node, "bg") and node.bg[3] > 0]
    ground = list(theme.surface)
    for layer in reversed(layers):
        ground = _over(layer, ground)
    return ground


def _over(ink: list[float], ground: list[float]) -> list[float]:
    share = ink[3] if len(ink) > 3 else 1.0
    return [mine * share + theirs * (1 - share) for mine, theirs in zip(ink[:3], ground[:3], strict=True)]


def _name(label: Any) -> str:
    holder = next((type(node).__name__ for node in _chain(label) if type(node).__module__ != "kivy"), "")
    return f"{label.text[:40]!r} in {holder}"
