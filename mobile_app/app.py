"""The window of the tablet: the strip on top and one screen under it."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window

from mobile_app import i18n
from mobile_app.conductor import Conductor
from mobile_app.effects import AskPassword, GoTo, Lock, SyncNow
from mobile_app.keyboard import KeyboardPath
from mobile_app.loop import Loop
from mobile_app.preferences import Preferences
from mobile_app.scan_listener import ScanListener
from mobile_app.scanner import card_reader
from mobile_app.screens.customer_side.view import CustomerSideView
from mobile_app.screens.desk import Desk
from mobile_app.screens.enrol.model import CodeTyped, NameTyped
from mobile_app.screens.enrol.view import EnrolView
from mobile_app.screens.find.model import Scanned
from mobile_app.screens.find.words import initials_in
from mobile_app.screens.leaving.view import ShiftEndView
from mobile_app.screens.outbox.view import OutboxView
from mobile_app.screens.pin.view import PinView
from mobile_app.screens.settings.view import SettingsView
from mobile_app.screens.sign_in.view import PeopleView, SignInView
from mobile_app.screens.team.view import TeamView
from mobile_app.strip import LineStatus, Saying, strip_of
from mobile_app.strip_view import StripView
from mobile_app.theme import theme
from mobile_app.widgets.layouts import Box

TITLE = "Comptoir"
SCANS_ON = ("today", "find", "follow_ups", "catalogue", "outbox", "leaving", "settings", "team")
AT_THE_COUNTER = ("today", "find", "follow_ups", "catalogue")
STRIP_EVERY_S = 30.0  # minutes pass on the strip
TRUSTED_EVERY_S = 600.0  # a tablet that nobody uses asks whether it was taken out of service
AHEAD_S = 0.3  # after the faces: the counter is made while somebody looks for his own


class ComptoirApp(App):
    """The tablet."""

    title = TITLE

    def __init__(
        self, *, folder: Path, server: str | None, code: str = "", name: str = "", **tablet: Any
    ) -> None:
        """Prepare the app.

        Args:
            code: an enrolment code offered on the first screen of a new tablet.
            tablet: further arguments of ``mobile_app.tablet.Tablet``.
        """
        super().__init__()
        self._folder, self._server = folder, server
        self._offered = (code, name)
        self._waiting = 0
        self._ahead = Clock.create_trigger(self._make_ahead, AHEAD_S)
        self._tablet = tablet
        self.screen = ""
        self._views: dict[str, Any] = {}
        self._retelling: Any = None
        self._asking: Any = None

    def build(self) -> Any:
        self._body = Box(orientation="vertical")
        self._strip = StripView()
        self._strip.bind(on_release=lambda _: self._open_outbox(), on_try=lambda _: self._try_now())
        self._page = Box()
        self._body.add_widget(self._page)
        self.conductor = Conductor(
            self._folder, server=self._server, stage=self, deliver=_deliver, **self._tablet
        )
        code, name = self._offered
        self.conductor.enrol.send(CodeTyped(text=code))
        self.conductor.enrol.send(NameTyped(text=name))
        self._name_views()
        self.conductor.start()
        return self._body

    def on_start(self) -> None:
        self._keys = KeyboardPath()
        self._keys.listen()
        self._scans = ScanListener(self._wants_scans, self._scanned)
        self._scans.listen()
        self._retelling = Clock.schedule_interval(
            lambda _: self.show_line(self.conductor.line), STRIP_EVERY_S
        )
        self._asking = Clock.schedule_interval(lambda _: self.conductor.ask_if_trusted(), TRUSTED_EVERY_S)

    def on_pause(self) -> bool:
        """The tablet's screen goes dark: lock what a customer holds, and stay."""
        self.conductor.lock_customer_side()
        return True

    def open_settings(self, *_: Any) -> bool:
        """Kivy's own settings, behind F1 and the menu key, are nobody's business here."""
        return False

    def on_stop(self) -> None:
        self._scans.stop()
        self._keys.stop()
        self._retelling.cancel()
        self._asking.cancel()
        self._ahead.cancel()
        if self.screen:
            self._views[self.screen].left()
        self.conductor.stop()

    # What the conductor may show

    def show(self, screen: str) -> None:
        """Bring a screen to the front. Screens are made when they are first wanted, once, and kept."""
        if screen == self.screen:
            return
        if screen == "people":
            self._ahead()
        before = self._views.get(self.screen)
        if before is not None:
            before.left()
        self.screen = screen
        view = self.view(screen)
        if screen in AT_THE_COUNTER and self.conductor.person is not None:
            view.person = initials_in(self.conductor.person.name)
            view.mode = screen
        self._page.clear_widgets()
        self._page.add_widget(view)
        view.entered()
        self._place_strip()

    def view(self, screen: str) -> Any:
        """Return a screen's widget, whether or not it is in front."""
        if screen not in self._views:
            if screen in AT_THE_COUNTER:
                self._views |= dict.fromkeys(AT_THE_COUNTER, self._make_desk())
            else:
                kind, loop = self._forms[screen]
                view = self._views[screen] = kind(emit=loop.send)
                loop.shown_by(view.show)
        return self._views[screen]

    def show_line(self, status: LineStatus) -> None:
        """Say on the strip how sync stands."""
        self._strip.show(strip_of(status, int(time.time() * 1000)))
        self._waiting = status.waiting + status.for_a_person
        if (desk := self._views.get("today")) is not None:
            desk.waiting = self._waiting

    def apply_preferences(self, preferences: Preferences) -> None:
        """Take the person's taste at once."""
        theme.dark = preferences.dark
        theme.font_scale = preferences.text_scale
        theme.left_handed = preferences.left_handed
        theme.still = not preferences.animations
        Window.clearcolor = theme.surface  # soft edges at the window's border blend into it
        i18n.use(preferences.language)
        theme.right_to_left = i18n.right_to_left()
        self._retell()

    def _name_views(self) -> None:
        """Say which view shows which screen; none is made before somebody wants to see it."""
        conductor = self.conductor
        self._forms: dict[str, tuple[Any, Loop[Any, Any, Any]]] = {
            "enrol": (EnrolView, conductor.enrol),
            "people": (PeopleView, conductor.sign_in),
            "sign_in": (SignInView, conductor.sign_in),
            "pin": (PinView, conductor.pin),
            "customer_side": (CustomerSideView, conductor.customer_side),
            "outbox": (OutboxView, conductor.outbox),
            "leaving": (ShiftEndView, conductor.leaving),
            "settings": (SettingsView, conductor.settings),
            "team": (TeamView, conductor.team),
        }
        conductor.sign_in.shown_by(lambda model: self._choose_people_or_form(model.form))

    def _make_desk(self) -> Desk:
        conductor = self.conductor
        desk = Desk(
            find_emit=conductor.find.send,
            card_emit=conductor.card.send,
            today_emit=conductor.today.send,
            follow_ups_emit=conductor.follow_ups.send,
            catalogue_emit=conductor.catalogue.send,
            go=self._go,
            today=date.today,
        )
        desk.find.reader = card_reader()
        desk.waiting = self._waiting
        conductor.today.shown_by(desk.show_today)
        conductor.follow_ups.shown_by(desk.show_follow_ups)
        conductor.catalogue.shown_by(desk.show_catalogue)
        conductor.find.shown_by(desk.show_find)
        conductor.card.shown_by(desk.show_card)
        return desk

    def _make_ahead(self, _: float) -> None:
        for screen in ("pin", "today"):
            self.view(screen)

    def _go(self, where: str) -> None:
        self.conductor.perform(Lock() if where == "lock" else GoTo(screen=where))

    def _choose_people_or_form(self, form: bool) -> None:
        if self.screen in ("people", "sign_in"):
            self.show("sign_in" if form else "people")

    def _retell(self) -> None:
        """Say everything again, in the language chosen now."""
        for loop in self.conductor.loops:
            loop.show_again()
        self.show_line(self.conductor.line)

    def _place_strip(self) -> None:
        wanted = self.screen not in ("enrol", "people", "sign_in", "pin", "customer_side")
        if wanted and self._strip.parent is None:
            self._body.add_widget(self._strip, index=len(self._body.children))
        elif not wanted and self._strip.parent is not None:
            self._body.remove_widget(self._strip)

    def _wants_scans(self) -> bool:
        return self.conductor.person is not None and self.screen in SCANS_ON

    def _scanned(self, code: str) -> None:
        """Open the card of who holds a scanned loyalty card."""
        if self.screen != "find":
            self._go("find")
        self.conductor.find.send(Scanned(text=code))

    def _open_outbox(self) -> None:
        self.conductor.perform(GoTo(screen="outbox"))

    def _try_now(self) -> None:
        if strip_of(self.conductor.line, 0).saying is Saying.SIGN_IN_EXPIRED and self.conductor.person:
            self.conductor.perform(AskPassword(code=self.conductor.person.code))
        else:
            self.conductor.perform(SyncNow())


def _deliver(hear: Callable[[], None]) -> None:
    Clock.schedule_once(lambda _: hear())
