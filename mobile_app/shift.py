"""A scripted shift through the real app: two tablets of one store, one of them without network for a while.

``python -m mobile_app.shift --help``. It says what happens line by line with the time each step took, leaves
screenshots, and exits 1 when something did not happen. It draws offscreen; with ``--window`` somebody can
watch.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from mobile_app.tablet import Tablet
from mobile_app.window import WindowMode, fitting_mode, prepare
from schemas.record import Struct

PIN = "258036"
SECOND_PIN = "147063"
FIRST_SYNC_S = 120.0
FIRST_SCREEN = 6  # rows that are seen without scrolling
EVERYBODY = 100_000
SIZE = (1280, 800)
LIKE, NOTE = "velours", "Reçue au salon, eau pétillante sans citron."
SHOE_SIZE = "39"


class ShiftFailed(Exception):
    """A step did not happen; the message says which and what the screen showed."""


class Step(Struct, frozen=True):
    """Something that happened."""

    tablet: str
    said: str
    seconds: float
    shot: str = ""


class People(Struct, frozen=True):
    """Who works this shift; all sign in with one password."""

    manager: str
    seller: str
    second: str
    password: str


class Report:
    """Tells each step as it happens and keeps it."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.steps: list[Step] = []
        self._tell = tell

    @contextmanager
    def step(self, tablet: str, said: str) -> Iterator[list[str]]:
        """Time what happens inside; the list may be given words that end the sentence."""
        started = time.perf_counter()
        more: list[str] = []
        yield more
        seconds = time.perf_counter() - started
        said = " ".join([said, *more])
        self.steps.append(Step(tablet=tablet, said=said, seconds=round(seconds, 3)))
        self._tell(f"{tablet:<10} {_duration(seconds):>8}  {said}")

    def shot(self, hands: Any, name: str) -> None:
        """Keep a picture of the window with the step just told."""
        path = self.folder / f"{len(self.steps):02}-{name}.png"
        if hands.shot(path) is not None and self.steps:
            last = self.steps[-1]
            self.steps[-1] = Step(tablet=last.tablet, said=last.said, seconds=last.seconds, shot=path.name)


class Counter:
    """One tablet of the store, in the window while it is worked with."""

    def __init__(self, name: str, folder: Path, server: str, report: Report) -> None:
        self.name = name
        self._folder, self._server, self._report = folder, server, report

    def __enter__(self) -> "Counter":
        from mobile_app.app import ComptoirApp
        from mobile_app.hands import Hands

        with self._report.step(self.name, "the tablet starts"):
            self.app = ComptoirApp(folder=self._folder, server=self._server)
            self.hands = Hands(self.app, SIZE, unseen=True)
            self.hands.until(lambda: self.app.screen, "a first screen")
        return self

    def __exit__(self, *_: object) -> None:
        self.hands.close()

    def shot(self, name: str) -> None:
        self._report.shot(self.hands, name)

    def enrol(self, code: str) -> None:
        """Type a manager's code on the first screen."""
        with self._report.step(self.name, "enrolled with a manager's code"):
            view = self._on("enrol")
            self._fill(view.ids.code, code)
            self._fill(view.ids.name, self.name)
            self.hands.tap(view.ids.send)
            self._reach("sign_in")

    def sign_in(self, code: str, password: str, pin: str) -> None:
        """Sign in for the first time and choose a PIN."""
        with self._report.step(self.name, f"{code} signed in with password and chose a PIN"):
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
        with self._report.step(self.name, "opened with a face and a PIN"):
            self._on("people")
            self.hands.tap(self.hands.wait_for("FaceTile"))
            self._reach("pin")
            self._press(pin)
            self._reach("today")

    def see_today(self) -> None:
        """Read whom to think of: no tap at all."""
        with self._report.step(self.name, "Today shows") as said:
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

    def promise(self) -> None:
        """Promise a call for Saturday: three taps."""
        from mobile_app.i18n import tr

        with self._report.step(self.name, "promised a call for Saturday in three taps"):
            before = len(self.card.get("tasks", {}))
            self.hands.tap(self.hands.find("Btn", text=tr("Promise")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=tr("Saturday")))
            self.hands.tap(self.hands.find("Btn", where=lambda button: getattr(button, "key", "") == "keep"))
            self.hands.until(lambda: len(self.card.get("tasks", {})) == before + 1, "the promise")
            self.hands.settle()

    def first_sync(self) -> int:
        """Wait until every customer of the store has come."""
        with self._report.step(self.name, "first sync:") as said:
            self.hands.until(
                lambda: self.app.conductor.line.in_step_ms, "the first sync", patience_s=FIRST_SYNC_S
            )
            held = self.app.conductor.ask_and_wait(lambda tablet: tablet.count())
            self.hands.until(lambda: self.app.conductor.find.model.held == held, "the list")
            said.append(f"{held} customers on this tablet")
        return int(held)

    def search(self, query: str, wanted: str) -> None:
        """Type into the search bar until a name is on the screen."""
        with self._report.step(self.name, f"found {wanted} by typing “{query}”"):
            bar = self.hands.find("SearchBar")
            bar.ids.ti.text = ""
            self.hands.tap(bar.ids.ti)
            self.hands.type(query)
            find = self.app.conductor.find
            before = find.model.rows
            self.hands.until(lambda: find.model.query == query and find.model.rows is not before, "an answer")
            self.hands.wait_for("CustomerRow", where=lambda row: row.name == wanted)

    def open_card(self, wanted: str) -> None:
        """Tap a row and wait for the card."""
        with self._report.step(self.name, f"opened the card of {wanted}"):
            row = self.hands.wait_for("CustomerRow", where=lambda row: row.name == wanted)
            record_id = row.record_id
            self.hands.tap(row)
            self.hands.until(lambda: self._card_id() == record_id, "the card")
            self.hands.settle()

    def add_size(self, category: str, size: str) -> None:
        """Tap *add a size*, the kind, the size, *keep*."""
        from mobile_app.i18n import tr

        with self._report.step(self.name, f"added the size {category} {size}"):
            self._tab("taste")
            self.hands.tap(self.hands.find("Btn", text=tr("Add a size")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=tr("Shoes")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=size))
            self.hands.tap(self.hands.find("Btn", text=tr("Keep")))
            self.hands.until(
                lambda: self.card.get("sizes", {}).get(category, {}).get("value") == size, "the size"
            )

    def add_like(self, word: str) -> None:
        """Tap *add* beside what she likes, type a word, Enter."""
        from mobile_app.i18n import tr

        with self._report.step(self.name, f"added the like “{word}”"):
            self._tab("taste")
            self.hands.tap(self.hands.find_all("Btn", text=tr("Add"))[0])
            self.hands.settle()
            self.hands.pump(20)
            self.hands.type(word)
            self.hands.key("enter")
            self.hands.until(lambda: word in self.card.get("likes", {}), "the like")
            self.hands.settle()

    def write_note(self, text: str) -> None:
        """Type a note and keep it."""
        from mobile_app.i18n import tr

        with self._report.step(self.name, "wrote a note"):
            self._tab("notes")
            pane = self.hands.wait_for("NotesPane")
            self.hands.tap(pane.ids.note)
            self.hands.type(text)
            self.hands.tap(self.hands.find("Btn", text=tr("Keep")))
            self.hands.until(
                lambda: text in [note["text"] for note in self.card.get("notes", ())], "the note"
            )
            self.hands.settle()

    def show_outbox(self, waiting: int) -> None:
        """Tap the strip and read the list behind it."""
        with self._report.step(self.name, f"the list behind the strip shows {waiting} waiting changes"):
            self.hands.tap(self.hands.find("StripView").ids.said)
            self._reach("outbox")
            outbox = self.app.conductor.outbox
            self.hands.until(lambda: len(outbox.model.shown) == waiting, "the edits")
            self.hands.wait_for("EditRow")

    def back_to_the_card(self) -> None:
        """Leave the list behind the strip."""
        self.hands.tap(self.app.view("outbox").ids.back)
        self._reach("find")

    def expect_what_was_added(self) -> None:
        """See size, like and note of the other tablet on this card."""
        with self._report.step(self.name, "sees size, like, note and promise of the other tablet"):
            size = self.card.get("sizes", {}).get("shoes", {}).get("value")
            notes = [note["text"] for note in self.card.get("notes", ())]
            if (size, LIKE in self.card.get("likes", {}), NOTE in notes) != (SHOE_SIZE, True, True):
                raise ShiftFailed("the second tablet does not show what the first one added")
            if not self.hands.find_all("PromiseChip"):
                raise ShiftFailed("the promise is not on the card")
            self._tab("notes")
            if not self.hands.shows(NOTE):
                raise ShiftFailed("the note is not on the screen")

    def _tab(self, key: str) -> None:
        self.hands.tap(self.hands.wait_for("TabItem", key=key))
        self.hands.settle()

    def cut_line(self, cut: bool) -> None:
        """Use the switch in the settings, as somebody showing the app would."""
        said = "the network is cut" if cut else "the network is back"
        with self._report.step(self.name, said):
            from mobile_app.effects import CutLine

            self.app.conductor.perform(CutLine(cut=cut))
            self.hands.until(lambda: self.app.conductor.line.cut == cut, said)
            self.hands.pump(5)

    def wait_until_sent(self) -> None:
        """Wait until nothing waits."""
        with self._report.step(self.name, "everything sent and in step"):
            from mobile_app.effects import SyncNow

            self.app.conductor.perform(SyncNow())
            self.hands.until(
                lambda: self.app.conductor.line.waiting == 0 and self.app.conductor.line.online,
                "an empty outbox",
            )
            if self.app.conductor.line.for_a_person:
                raise ShiftFailed("the server did not take an edit")

    def wait_for_sync(self) -> None:
        """Ask for a sync and wait until it ended."""
        with self._report.step(self.name, "synced"):
            from mobile_app.effects import SyncNow

            before = self.app.conductor.line.in_step_ms
            self.app.conductor.perform(SyncNow())
            self.hands.until(lambda: self.app.conductor.line.in_step_ms != before, "a sync")
            self.hands.pump(5)

    def _card_id(self) -> object:
        shown = self.app.conductor.card.model.card
        return shown.record_id if shown is not None else None

    @property
    def card(self) -> dict[str, Any]:
        """The values on the card that is open."""
        shown = self.app.conductor.card.model.card
        if shown is None:
            raise ShiftFailed("no card is open")
        return dict(shown.values)

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


def play(server: str, people: People, folder: Path, report: Report) -> None:
    """Work the shift. Everything goes through the app's own screens, save the manager's two codes.

    Raises:
        ShiftFailed: a step did not happen.
    """
    from mobile_app.i18n import tr

    one, two = enrolment_codes(server, people)
    tablets = Path(tempfile.mkdtemp(prefix="tablets-", dir=folder))
    first = ("Comptoir 1", tablets / "one")
    second = ("Comptoir 2", tablets / "two")

    with Counter(*second, server, report) as counter:
        counter.enrol(two)
        counter.sign_in(people.second, people.password, SECOND_PIN)
        counter.first_sync()

    with Counter(*first, server, report) as counter:
        counter.shot("enrol")
        counter.enrol(one)
        counter.shot("sign-in")
        counter.sign_in(people.seller, people.password, PIN)
        counter.first_sync()
        counter.see_today()
        counter.shot("today")
        counter.go_to(tr("Customers"), "find")
        counter.shot("customers")
        wanted, query = somebody_with_a_typo(counter)
        counter.search(query, wanted)
        counter.shot("found")
        counter.open_card(wanted)
        counter.shot("card")
        counter.cut_line(True)
        counter.add_size("shoes", SHOE_SIZE)
        counter.add_like(LIKE)
        counter.write_note(NOTE)
        counter.promise()
        counter.shot("offline")
        counter.show_outbox(4)
        counter.shot("outbox")
        counter.back_to_the_card()
        counter.cut_line(False)
        counter.wait_until_sent()
        counter.shot("sent")

    with Counter(*second, server, report) as counter:
        counter.shot("people")
        counter.unlock(SECOND_PIN)
        counter.wait_for_sync()
        counter.go_to(tr("Customers"), "find")
        counter.search(wanted, wanted)
        counter.open_card(wanted)
        counter.expect_what_was_added()
        counter.shot("arrived")


def enrolment_codes(server: str, people: People) -> tuple[str, str]:
    """Return two codes for new tablets, as a manager makes them."""
    with httpx.Client(base_url=server, timeout=30) as client:
        asked = {"code": people.manager, "password": people.password}
        signed_in = client.post("/v1/auth/sign-in", json=asked)
        signed_in.raise_for_status()
        headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        store = client.get("/v1/me", headers=headers).json()["stores"][0]
        codes = [
            client.post("/v1/devices/enrolment-codes", json={"store": store}, headers=headers)
            for _ in range(2)
        ]
        return codes[0].json()["code"], codes[1].json()["code"]


def somebody_with_a_typo(counter: Counter) -> tuple[str, str]:
    """Return a customer's name as rows show it, and three letters of hers with two of them swapped.

    The most faithful of those whom these letters bring onto the first screen, and who have neither the size
    nor the like yet.
    """
    from mobile_app.screens.find.words import name_of

    def choose(tablet: Tablet) -> tuple[str, str] | None:
        rows = tablet.search("", limit=EVERYBODY)
        names = [name_of(row.given_name, row.family_name) for row in rows]
        faithful = sorted(zip(rows, names, strict=True), key=lambda one: -(one[0].points or 0))
        for row, name in faithful:
            letters = (row.family_name or "")[:3].lower()
            if not (letters.isascii() and letters.isalpha() and len(set(letters)) == 3):
                continue
            if names.count(name) > 1 or LIKE in row.likes or "shoes" in row.sizes:
                continue
            typo = letters[0] + letters[2] + letters[1]
            found = [one.record_id for one in tablet.search(typo, limit=FIRST_SCREEN)]
            if row.record_id in found:
                return name, typo
        return None

    chosen = counter.app.conductor.ask_and_wait(choose)
    if chosen is None:
        raise ShiftFailed("nobody on this tablet to look for")
    return chosen


def main(words: list[str] | None = None) -> int:
    """Play the shift, tell it, and return 0 when everything happened."""
    arguments = _parser().parse_args(words)
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(folder, (lambda line: None) if arguments.json else (lambda line: print(line, flush=True)))
    mode = fitting_mode() if arguments.window else _unseen()
    if mode is not WindowMode.DESK:
        os.environ.pop("DISPLAY", None)
    prepare(mode, SIZE, pinned=mode is not WindowMode.DESK)
    people = People(
        manager=arguments.manager,
        seller=arguments.seller,
        second=arguments.second,
        password=arguments.password,
    )
    problem = ""
    started = time.perf_counter()
    try:
        play(arguments.server, people, folder, report)
    except (ShiftFailed, AssertionError, httpx.HTTPError, KeyError) as failure:
        problem = f"{type(failure).__name__}: {failure}"
    seconds = time.perf_counter() - started
    if arguments.json:
        facts = {
            "happened": not problem,
            "problem": problem,
            "seconds": round(seconds, 1),
            "folder": str(folder),
            "steps": [
                {"tablet": step.tablet, "said": step.said, "seconds": step.seconds, "shot": step.shot}
                for step in report.steps
            ],
        }
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    elif problem:
        print(f"did not happen: {problem}", file=sys.stderr, flush=True)
    else:
        print(f"everything happened in {seconds:.0f} s; pictures in {folder}", flush=True)
    return 1 if problem else 0


def _unseen() -> WindowMode:
    """Return the mode that draws where nobody looks, or lays out only where nothing can be drawn."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    return fitting_mode()


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobile_app.shift", description=__doc__)
    parser.add_argument("--server", required=True, metavar="URL")
    parser.add_argument("--manager", required=True, metavar="CODE", help="makes the codes of two tablets")
    parser.add_argument("--seller", required=True, metavar="CODE", help="works on the first tablet")
    parser.add_argument("--second", required=True, metavar="CODE", help="works on the second tablet")
    parser.add_argument("--password", required=True, metavar="WORD", help="of all three")
    parser.add_argument("--out", type=Path, default=Path("shift"), metavar="FOLDER", help="for pictures")
    parser.add_argument("--window", action="store_true", help="in a window that can be watched")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
