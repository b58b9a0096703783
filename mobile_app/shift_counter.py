"""One tablet of a scripted shift, worked by taps and keys alone: what one does at the counter."""

from pathlib import Path
from typing import Any

from mobile_app.shift_report import Report, ShiftFailed

FIRST_SYNC_S = 120.0
SIZE = (1280, 800)
LIKE, NOTE = "velours", "Reçue au salon, eau pétillante sans citron."
SHOE_SIZE = "39"


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
        """Tap *add a size*, the kind, the size."""
        from mobile_app.i18n import tr

        with self._report.step(self.name, f"added the size {category} {size}"):
            self._tab("taste")
            self.hands.tap(self.hands.find("Btn", text=tr("Add a size")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=tr("Shoes")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=size))  # kept by the same tap
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

    def advise(self) -> None:
        """Show her what suits her and keep her answer: two taps, and something else stands there."""
        with self._report.step(self.name, "showed") as said:
            self._tab("advice")
            model = self.app.conductor.card
            if not model.model.advised:
                raise ShiftFailed("nothing to show her")
            first = model.model.advised[0].sku
            said.append(f"{len(model.model.advised)} suggestions with a reason, kept her answer in two taps")
            tile = self.hands.wait_for("SuggestionTile", where=lambda tile: tile.sku == first)
            button = next(each for each in tile.walk() if getattr(each, "kind", "") == "tonal")
            self.hands.tap(button)
            self.hands.until(
                lambda: (
                    first in self.card.get("advice", {})
                    and first not in {each.sku for each in model.model.advised}
                ),
                "her answer",
            )
            self.hands.settle()

    def see_catalogue(self) -> None:
        """Look something up in the catalogue: one tap and four letters."""
        from mobile_app.i18n import tr

        with self._report.step(self.name, "found in the catalogue by four letters:") as said:
            self.go_to(tr("Catalogue"), "catalogue")
            shelves = self.app.conductor.catalogue
            self.hands.until(lambda: shelves.model.articles, "the articles")
            bar = self.hands.wait_for("CatalogueView").ids.search
            self.hands.tap(bar.ids.ti)
            self.hands.type("carr")
            self.hands.until(lambda: shelves.model.query == "carr", "an answer")
            self.hands.wait_for("ArticleTile")
            said.append(f"{len(shelves.model.articles)} articles")

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
