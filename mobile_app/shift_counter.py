"""One tablet of a scripted shift, worked by taps and keys alone: getting in, about and out again."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from mobile_app.shift_report import Budget, Report, ShiftFailed

FIRST_SYNC_S = 120.0
SIZE = (1280, 800)


class Counter:
    """One tablet of the store, in the window while it is worked with."""

    hands: Any = None

    def __init__(self, name: str, folder: Path, server: str, report: Report, **tablet: Any) -> None:
        """Prepare it. ``tablet`` are further arguments of ``mobile_app.tablet.Tablet``."""
        self.name = name
        self._folder, self._server, self._report, self._tablet = folder, server, report, tablet

    def __enter__(self) -> Self:
        from mobile_app.app import ComptoirApp
        from mobile_app.hands import Hands

        with self._step("the tablet starts", Budget(taps=0, seconds=3)):
            self.app = ComptoirApp(folder=self._folder, server=self._server, **self._tablet)
            self.hands = Hands(self.app, SIZE, unseen=True)
            self.hands.until(lambda: self.app.screen, "a first screen")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.shot("did-not-happen")
        self.hands.close()

    def shot(self, name: str) -> None:
        """Keep a picture of what the window shows."""
        self._report.shot(self.hands, name)

    def _step(self, said: str, budget: Budget | None = None) -> AbstractContextManager[list[str]]:
        return self._report.step(self.name, said, budget, hands=self.hands)

    def speak(self, language: str) -> None:
        """Choose the language on the first screen of a new tablet, if it speaks another one."""
        from mobile_app import i18n

        if i18n.language() == language:
            return
        with self._step(f"speaks {i18n.NAMES[language]}", Budget(taps=1, keys=0, seconds=3)):
            view = self._on("enrol")
            self.hands.tap(view.ids.language)
            self.hands.until(lambda: i18n.language() == language, i18n.NAMES[language])
            self.hands.pump(3)

    def enrol(self, code: str) -> None:
        """Type a manager's code on the first screen."""
        with self._step("enrolled with a manager's code"):
            view = self._on("enrol")
            self._fill(view.ids.code, code)
            self._fill(view.ids.name, self.name)
            self.hands.tap(view.ids.send)
            self._reach("sign_in")

    def sign_in(self, code: str, password: str, pin: str) -> None:
        """Sign in for the first time and choose a PIN."""
        with self._step(f"{code} signed in with password and chose a PIN"):
            view = self._on("sign_in")
            self._fill(view.ids.code, code)
            self._fill(view.ids.password, password)
            self.hands.tap(view.ids.send)
            self._reach("pin")
            self._press(pin)
            self.hands.until(lambda: not self.app.conductor.pin.model.digits, "the repeat")
            self._press(pin)
            self._reach("today")

    def unlock(self, pin: str) -> None:
        """Tap a face and type its PIN."""
        with self._step("opened with a face and a PIN", Budget(taps=1 + len(pin), keys=0, seconds=3)):
            self._on("people")
            self.hands.tap(self.hands.wait_for("FaceTile"))
            self._reach("pin")
            self._press(pin)
            self._reach("today")

    def see_today(self) -> None:
        """Read whom to think of: no tap at all."""
        with self._step("Today shows", Budget(taps=0, keys=0, seconds=3)) as said:
            today = self.app.conductor.today
            self.hands.until(lambda: today.model.read, "what is ahead")
            self.hands.pump(3)
            shown = len(self.hands.find_all("PersonRow"))
            if shown > 5 or shown != len(today.model.people):
                raise ShiftFailed(f"{shown} people on the screen")
            said.append(f"{shown} people, each with a reason, and {len(today.model.comes)} appointments")

    def go_to(self, item: str, screen: str) -> None:
        """Tap an item of the rail."""
        self.hands.tap(self.hands.find("RailItem", text=item))
        self._reach(screen)

    def first_sync(self) -> int:
        """Wait until every customer of the store has come."""
        with self._step("first sync:", Budget(taps=0, keys=0)) as said:
            self.hands.until(
                lambda: self.app.conductor.line.in_step_ms, "the first sync", patience_s=FIRST_SYNC_S
            )
            held = self.app.conductor.ask_and_wait(lambda tablet: tablet.count())
            self.hands.until(lambda: self.app.conductor.find.model.held == held, "the list")
            said.append(f"{held} customers on this tablet")
        return int(held)

    def show_outbox(self, waiting: int) -> None:
        """Tap the strip and read the list behind it."""
        said = f"the list behind the strip shows {waiting} waiting changes"
        with self._step(said, Budget(taps=1, keys=0, seconds=3)):
            self.hands.tap(self.hands.find("StripView").ids.said)
            self._reach("outbox")
            outbox = self.app.conductor.outbox
            self.hands.until(lambda: len(outbox.model.shown) == waiting, "the edits")
            self.hands.wait_for("EditRow")

    def back_to_the_card(self) -> None:
        """Leave the list behind the strip."""
        self.hands.tap(self.app.view("outbox").ids.back)
        self._reach("find")

    def cut_line(self, cut: bool) -> None:
        """Use the switch in the settings, as somebody showing the app would, and come back."""
        from mobile_app.i18n import tr

        said = "the network is cut" if cut else "the network is back"
        with self._step(said):
            self.go_to(tr("Settings"), "settings")
            answer = tr("Cut") if cut else tr("As it is")
            chip = next(
                chip for chip in self.app.view("settings").ids.line.ids.chips.children if chip.text == answer
            )
            self.hands.bring(chip)
            self.hands.tap(chip)
            self.hands.until(lambda: self.app.conductor.line.cut == cut, said)
            self.hands.tap(self.app.view("settings").ids.back)
            self._reach("find")

    def wait_until_sent(self) -> None:
        """Wait until nothing waits: a line that is back is used without being asked."""
        with self._step("everything sent and in step", Budget(taps=0, keys=0)):
            line = self.app.conductor
            self.hands.until(lambda: line.line.waiting == 0 and line.line.online, "an empty outbox")
            if line.line.for_a_person:
                raise ShiftFailed("the server did not take an edit")

    def end_shift(self) -> None:
        """See that nothing is pending or why, and hand over the tablet."""
        from mobile_app.i18n import tr

        with self._step("ended the shift:", Budget(taps=3, keys=0, seconds=10)) as said:
            self.go_to(tr("Settings"), "settings")
            button = self.app.view("settings").ids.leaving
            self.hands.bring(button)
            self.hands.tap(button)
            self._reach("leaving")
            leaving = self.app.conductor.leaving
            self.hands.until(lambda: leaving.model.known, "what is pending")
            self.hands.pump(3)
            pending = sum(len(each) for _, each in leaving.model.sections)
            said.append("nothing pending" if leaving.model.is_clear else f"{pending} pending, with reasons")
            self.hands.tap(self.app.view("leaving").ids.hand_over)
            self._reach("people")

    def _on(self, screen: str) -> Any:
        self._reach(screen)
        return self.app.view(screen)

    def _reach(self, screen: str) -> None:
        conductor = self.app.conductor

        def reached() -> bool:
            for said in (conductor.enrol.model.problem, conductor.sign_in.model.problem):
                if said not in (None, "full_sign_in"):
                    raise ShiftFailed(f"{screen} not reached: {said}")
            return bool(self.app.screen == screen)

        self.hands.until(reached, f"the screen {screen}")
        self.hands.pump(3)

    def _fill(self, field: Any, text: str) -> None:
        field.ids.input.text = ""
        self.hands.tap(field.ids.input)
        self.hands.type(text)

    def _press(self, pin: str) -> None:
        for digit in pin:
            self.hands.tap(self.hands.find("PinKey", text=digit))
