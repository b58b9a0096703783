"""A language read from the right finds every screen mirrored, and nothing of it cut."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_app import i18n
from tests.mobile_app import looking
from tests.mobile_app.driver import Driver, open_window

SIZES = {"landscape": (1280, 800), "phone": (480, 900)}
# Digits of a key pad (the one plain grid) stand in one order everywhere, the dots that count them too.
NEVER_TURNED = ("GridLayout", "PinDot")
SIDES = {"left": "right", "right": "left"}


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    open_window()
    from mobile_app.theme import theme

    theme.still = True
    yield
    theme.still = theme.right_to_left = theme.left_handed = False
    i18n.use("en")


Place = tuple[float, float, str]  # left and right edge in the window, and the side its text keeps to


def places(driver: Driver) -> dict[tuple[str, str], list[Place]]:
    """Return where everything drawn stands, by what it is and says: a list may swap its rows."""
    found = defaultdict(list)
    for widget in driver.walk():
        if not looking._is_shown(widget) or min(widget.size) < 1:
            continue
        if any(type(each).__name__ in NEVER_TURNED for each in (widget, *looking._chain(widget))):
            continue
        kind, left = type(widget).__name__, widget.to_window(*widget.pos)[0]
        said = widget.name if kind == "Ico" else getattr(widget, "text", "")
        found[kind, said].append((left, left + widget.width, getattr(widget, "halign", "center")))
    return found


def not_mirrored(driver: Driver, before: dict[tuple[str, str], list[Place]]) -> Iterator[str]:
    """Tell what does not stand where a mirror would show it."""
    width, after = driver.window.width, places(driver)
    for what in before.keys() | after.keys():
        wanted = sorted(
            (width - right, width - left, "center" if what[0] == "Ico" else SIDES.get(side, side))
            for left, right, side in before.get(what, [])
        )
        there = sorted(
            (left, right, "center" if what[0] == "Ico" else side) for left, right, side in after.get(what, [])
        )
        if len(wanted) != len(there):
            yield f"{what}: {len(wanted)} before, {len(there)} now"
        for (left, right, side), (new_left, new_right, new_side) in zip(wanted, there, strict=False):
            if max(abs(new_left - left), abs(new_right - right)) > looking.SLACK or side != new_side:
                said = f"{new_side} {new_left:.0f} to {new_right:.0f}"
                yield f"{what}: {said}, not {side} {left:.0f} to {right:.0f}"


@pytest.mark.parametrize("size", SIZES)
class TestEveryScene:
    def test_is_mirrored_and_nothing_is_cut(self, size: str, drive: Callable[[Any], Driver]) -> None:
        from mobile_app.gallery_scenes import make_app
        from mobile_app.theme import theme

        app, stage = make_app()
        driver = drive(app)
        driver.draw_nothing()
        driver.resize(*SIZES[size])
        found = []
        for name in stage.scenes:
            stage.set(name, language="fr")
            driver.pump(3)
            before = places(driver)
            theme.right_to_left = True  # as the person changes it, with all widgets standing
            driver.pump(3)
            with looking.once(driver):
                problems = [
                    *not_mirrored(driver, before),
                    *looking.what_is_cut(driver),
                    *looking.what_overlaps(driver),
                ]
            found += [f"{name}: {each}" for each in problems]
        assert not found, f"{len(found)}\n" + "\n".join(found[:400])
