"""The app in a real window of its own process, without network: taps and keys go through the X server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile_app.i18n import tr, use
from tests.mobile_app.real_window import WITHOUT_XVFB, RealWindow, has_xvfb

pytestmark = pytest.mark.window


@pytest.fixture
def window(tmp_path: Path) -> Iterator[RealWindow]:
    """A new tablet whose server does not answer."""
    if not has_xvfb():
        if os.environ.get("CI"):
            pytest.fail(WITHOUT_XVFB)
        pytest.skip(f"{WITHOUT_XVFB}; test_app.py plays the same offscreen")
    use("fr")
    arguments = ["--server", "http://127.0.0.1:9", "--data", str(tmp_path / "tablet"), "--name", "Comptoir 1"]
    with RealWindow(arguments, tmp_path) as opened:
        yield opened
    use("en")


class TestARealWindow:
    def test_starts_without_a_line_and_takes_taps_and_keys(self, window: RealWindow) -> None:
        window.wait_for(tr("A new tablet"))
        window.wait_for("Comptoir 1")
        window.focus_below(tr("Code"), 40)
        window.type("k7mq2pxa")
        window.wait_for("k7mq2pxa")
        refused = tr("The server does not answer. This step needs the network; try again in a moment.")
        window.tap(tr("Enrol this tablet"), awaited=refused)
