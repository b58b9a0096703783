"""Windows for the tests of the tablet."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mobile_app.i18n import use
from mobile_app.window import WindowMode, prepare_environment
from tests.mobile_app.driver import Driver, open_window, wanted_mode

# Before any test module of this folder can import Kivy. It makes its folder without looking whether another
# process does so at the same moment: each worker has its own.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ["KIVY_HOME"] = os.path.join(tempfile.gettempdir(), f"comptoir-kivy-{os.getpid()}-{_WORKER}")
atexit.register(shutil.rmtree, os.environ["KIVY_HOME"], ignore_errors=True)
if wanted_mode() != "xvfb":
    prepare_environment(WindowMode(wanted_mode()), pinned=True)


@pytest.fixture(scope="session")
def screen() -> Iterator[None]:
    """A place for windows: a private X screen where ``xvfb`` is asked for."""
    if wanted_mode() != "xvfb":
        yield
        return
    from xvfbwrapper import Xvfb

    with Xvfb(width=1280, height=800, colordepth=24):
        os.environ["SDL_VIDEODRIVER"] = "x11"
        prepare_environment(WindowMode.DESK, pinned=True)
        yield


@pytest.fixture(autouse=True)
def english() -> None:
    """Speak English, whatever the test before spoke: an app that starts speaks as its tablet does."""
    use("en")


@pytest.fixture(scope="session")
def loaded(screen: None) -> None:
    """Load the app before any of it is shown: what its modules hold no collection need walk through again.

    Once: what a test leaves may still be held by somebody, and frozen it would stay for good.
    """
    open_window()
    import mobile_app.gallery_scenes  # and with it every screen

    assert mobile_app.gallery_scenes
    gc.collect()
    gc.freeze()


@pytest.fixture
def drive(loaded: None) -> Iterator[Callable[[Any], Driver]]:
    """Return a function that puts an app into the window and returns its driver."""
    drivers: list[Driver] = []

    def start(app: Any) -> Driver:
        drivers.append(Driver(app))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.close()
    # Widgets are rings of references. Until they are collected, what a test leaves still follows the theme
    # and the language of the next one, and is walked through by every collection on the way.
    drivers.clear()
    gc.collect()


@pytest.fixture
def drive_widget(drive: Callable[[Any], Driver]) -> Callable[[Callable[[], Any]], Driver]:
    """Return a function that shows what ``make()`` builds, alone in the window, and returns its driver."""

    def start(make: Callable[[], Any]) -> Driver:
        open_window()
        from kivy.app import App

        class Alone(App):  # type: ignore[misc]
            def build(self) -> Any:
                return self.make()

        alone = Alone()
        alone.make = make  # not by a closure: Kivy holds every class for ever, and with it what it encloses
        return drive(alone)

    return start


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what can be taken back be so for minutes: a machine that does other things too taps late."""
    open_window()
    from mobile_app.widgets.feedback import Snackbar

    monkeypatch.setitem(Snackbar.say.__kwdefaults__, "shown_s", 600.0)
    for screen in ("card", "follow_ups", "outbox", "team", "today"):
        monkeypatch.setattr(f"mobile_app.screens.{screen}.view.SHOWN_S", 600.0)
