"""Draws the strip on top. It never blocks and never moves what is under it by surprise."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.utils import escape_markup

from mobile_app.i18n import ntr, tr
from mobile_app.screens.words import moment_words
from mobile_app.strip import Saying, Strip
from mobile_app.theme import theme
from mobile_app.widgets import Pressable

CALM_DP, WARNING_DP = 48, 56
_ICONS = {
    Saying.APP_TOO_OLD: "alert-circle-outline",
    Saying.SERVER_TOO_OLD: "alert-circle-outline",
    Saying.NO_ROOM: "alert-circle-outline",
    Saying.REPAIRED_IN_PART: "alert-circle-outline",
    Saying.REPAIRED: "cloud-sync-outline",
    Saying.SIGN_IN_EXPIRED: "account-clock-outline",
    Saying.FOR_A_PERSON: "alert-circle-outline",
    Saying.OFFLINE_WAITING: "cloud-off-outline",
    Saying.OFFLINE: "cloud-off-outline",
    Saying.SENDING: "cloud-upload-outline",
    Saying.FIRST_SYNC: "cloud-sync-outline",
    Saying.IN_STEP: "cloud-check-outline",
}


class StripView(Pressable):
    """One line: what waits, since when, when all was last in step. Pressed, it opens the list behind it."""

    warns = BooleanProperty(False)
    icon_name = StringProperty("cloud-check-outline")
    fg = ColorProperty([0, 0, 0, 1])
    tall = NumericProperty(0)
    __events__ = ("on_try",)

    def __init__(self, **kwargs: Any) -> None:
        self._strip: Strip | None = None
        super().__init__(**kwargs)
        theme.bind(dark=self._draw, font_scale=self._draw)

    def show(self, strip: Strip) -> None:
        """Say it."""
        self._strip = strip
        self._draw()

    def on_try(self) -> None: ...

    def _draw(self, *_: Any) -> None:
        strip = self._strip
        if strip is None:
            return
        self.warns = strip.warns
        self.icon_name = _ICONS[strip.saying]
        self.fg = theme.warn_ink if strip.warns else theme.variant_ink
        self.tall = dp(WARNING_DP if strip.warns else CALM_DP)
        self.ids.said.text = words_of(strip)
        self.ids.now.text = tr("Sign in") if strip.saying is Saying.SIGN_IN_EXPIRED else tr("Try now")


def words_of(strip: Strip) -> str:
    """Return the strip's sentence, with the figure that matters in bold."""
    count = strip.count
    match strip.saying:
        case Saying.APP_TOO_OLD:
            said = tr("This app is too old for the server. All is kept here; ask for the update.")
        case Saying.SERVER_TOO_OLD:
            said = tr(
                "The server does not know this version of the app yet. All is kept here and sent later."
            )
        case Saying.NO_ROOM:
            said = tr("This tablet has no room left: the last change was not kept. Free some, then redo it.")
        case Saying.REPAIRED:
            said = ntr(
                "This tablet’s copy was damaged. {count} unsent change was saved; the rest is on its way.",
                "This tablet’s copy was damaged. {count} unsent changes were saved; the rest is on its way.",
                count,
            )
        case Saying.REPAIRED_IN_PART:
            said = ntr(
                "This tablet’s copy was damaged. {count} unsent change was saved, others may be lost.",
                "This tablet’s copy was damaged. {count} unsent changes were saved, others may be lost.",
                count,
            )
        case Saying.SIGN_IN_EXPIRED:
            said = tr("Your sign-in has ended. Everything is kept on this tablet; sign in again to send it.")
        case Saying.FOR_A_PERSON:
            said = ntr(
                "{count} change was not taken. Tap to see why.",
                "{count} changes were not taken. Tap to see why.",
                count,
            )
        case Saying.OFFLINE_WAITING:
            said = ntr(
                "You are offline. {count} change is kept on this tablet and will be sent{age}.",
                "You are offline. {count} changes are kept on this tablet and will be sent{age}.",
                count,
            )
        case Saying.OFFLINE:
            said = tr("You are offline. Everything on this tablet still works{seen}.")
        case Saying.SENDING:
            said = ntr("Sending {count} change…", "Sending {count} changes…", count)
        case Saying.FIRST_SYNC:
            said = tr("Fetching your customers for the first time…")
        case _:
            said = tr("All in step, {time}")
    return said.format(
        count=f"[b]{count}[/b]",
        age=_age(strip.minutes),
        seen=_seen(strip.in_step_ms),
        time=_clock(strip.in_step_ms),
    )


def _age(minutes: int) -> str:
    if minutes < 1:
        return ""
    if minutes < 60:
        return escape_markup(tr(" (oldest {minutes} min)").format(minutes=minutes))
    return escape_markup(tr(" (oldest {hours} h)").format(hours=minutes // 60))


def _seen(instant_ms: int | None) -> str:
    return "" if instant_ms is None else tr(", as of {time}").format(time=_clock(instant_ms))


def _clock(instant_ms: int | None) -> str:
    return "" if instant_ms is None else moment_words(instant_ms, datetime.now().astimezone())


Builder.load_file(str(Path(__file__).with_name("strip_view.kv")))
