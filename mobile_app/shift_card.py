"""What a scripted shift does with customers: finds, advises, notes down, promises, and spends points."""

from typing import Any

from mobile_app.shift_counter import Counter
from mobile_app.shift_report import Budget, ShiftFailed

LIKE, NOTE = "velours", "Reçue au salon, eau pétillante sans citron."
SHOE_SIZE = "39"
NEWCOMER = "Zéphyrine"
LETTERS = 5  # typed until she is on the screen


class Seller(Counter):
    """A tablet with somebody at work on it."""

    def search(self, query: str, wanted: str, budget: Budget | None = None) -> None:
        """Type into the search bar until a name is on the screen."""
        with self._step(f"found {wanted} by typing “{query}”", budget):
            bar = self.hands.find("SearchBar")
            bar.ids.ti.text = ""
            self.hands.tap(bar.ids.ti)
            self.hands.type(query)
            find = self.app.conductor.find
            before = find.model.rows
            self.hands.until(lambda: find.model.query == query and find.model.rows is not before, "an answer")
            self.hands.settle()  # until then the list draws the answer before
            self.hands.wait_for("CustomerRow", where=lambda row: row.name == wanted)

    def open_card(self, wanted: str) -> None:
        """Tap a row and wait for the card."""
        with self._step(f"opened the card of {wanted}", Budget(taps=1, keys=0, seconds=4)):
            row = self.hands.wait_for("CustomerRow", where=lambda row: row.name == wanted)
            record_id = row.record_id
            self.hands.tap(row)
            self.hands.until(lambda: self._card_id() == record_id, "the card")
            self.hands.settle()

    def advise(self) -> None:
        """Show her what suits her and keep her answer: two taps, and something else stands there."""
        with self._step("showed", Budget(taps=2, keys=0, seconds=10)) as said:
            self._tab("advice")
            model = self.app.conductor.card
            if not model.model.advised:
                raise ShiftFailed("nothing to show her")
            first = model.model.advised[0].sku
            said.append(f"{len(model.model.advised)} suggestions with a reason, kept her answer")
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

        word = self.app.conductor.ask_and_wait(_first_letters)
        said = f"found “{word}” in the catalogue:"
        with self._step(said, Budget(taps=2, keys=LETTERS, seconds=10)) as told:
            self.go_to(tr("Catalogue"), "catalogue")
            shelves = self.app.conductor.catalogue
            self.hands.until(lambda: shelves.model.articles, "the articles")
            bar = self.hands.wait_for("CatalogueView").ids.search
            self.hands.tap(bar.ids.ti)
            self.hands.type(word)
            self.hands.until(lambda: shelves.model.query == word, "an answer")
            self.hands.wait_for("ArticleTile")
            told.append(f"{len(shelves.model.articles)} articles")

    def set_points_aside(self) -> None:
        """Reserve points of hers on this tablet, so that she can spend them without a line: one tap."""
        self._tab("loyalty")
        with self._step("set points of hers aside for this tablet", Budget(taps=1, keys=0, seconds=30)):
            self.hands.tap(self.hands.wait_for("LoyaltyPane").ids.hold)
            self.hands.until(lambda: self._aside() > 0, "the server's word that they are set aside")
            self.hands.settle()

    def redeem_points(self) -> int:
        """Let her spend the points of the first reward: two taps. Returns what is left."""
        self._tab("loyalty")
        before = int(self.card["loyalty"]["points"])
        with self._step("redeemed", Budget(taps=2, keys=0, seconds=10)) as said:
            tile = self.hands.wait_for("RewardTile", reached=True)
            self.hands.bring(tile)
            spent = int(tile.points)
            self.hands.tap(tile)
            self.hands.settle()
            self._keep()
            self.hands.until(lambda: self.card["loyalty"]["points"] == before - spent, "the points to go")
            self.hands.settle()
            said.append(f"{spent} of {before} points")
        return before - spent

    def add_size(self, category: str, size: str) -> None:
        """Tap *add a size*, the kind, the size."""
        from mobile_app.i18n import tr

        self._tab("taste")
        with self._step(f"added the size {category} {size}", Budget(taps=3, keys=0, seconds=10)):
            self.hands.tap(self.hands.find("Btn", text=tr("Add a size")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=tr("Shoes")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=size))  # kept by the same tap
            self.hands.until(
                lambda: self.card.get("sizes", {}).get(category, {}).get("value") == size, "the size"
            )
            self.hands.settle()

    def add_like(self, word: str) -> None:
        """Tap *add* beside what she likes, type a word, Enter."""
        from mobile_app.i18n import tr

        self._tab("taste")
        with self._step(f"added the like “{word}”", Budget(taps=1, keys=len(word) + 1, seconds=10)):
            self.hands.tap(self.hands.find_all("Btn", text=tr("Add"))[0])
            self._type_into_the_sheet(word)
            self.hands.key("enter")
            self.hands.until(lambda: word in self.card.get("likes", {}), "the like")
            self.hands.settle()

    def write_note(self, text: str) -> None:
        """Type a note and keep it."""
        from mobile_app.i18n import tr

        self._tab("notes")
        with self._step("wrote a note", Budget(taps=2, keys=len(text), seconds=20)):
            pane = self.hands.wait_for("NotesPane")
            self.hands.tap(pane.ids.note)
            self.hands.type(text)
            self.hands.tap(self.hands.find("Btn", text=tr("Keep")))
            self.hands.until(
                lambda: text in [note["text"] for note in self.card.get("notes", ())], "the note"
            )
            self.hands.settle()

    def promise(self) -> None:
        """Promise a call for Saturday: three taps."""
        from mobile_app.i18n import tr

        with self._step("promised a call for Saturday", Budget(taps=3, keys=0, seconds=10)):
            before = len(self.card.get("tasks", {}))
            self.hands.tap(self.hands.find("Btn", text=tr("Promise")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", text=tr("Saturday")))
            self._keep()
            self.hands.until(lambda: len(self.card.get("tasks", {})) == before + 1, "the promise")
            self.hands.settle()

    def open_case(self) -> None:
        """Something is not right: four taps."""
        from mobile_app.i18n import tr

        with self._step("opened a complaint", Budget(taps=4, keys=0, seconds=60)):
            before = len(self.card.get("cases", {}))
            self.hands.tap(self.hands.find("Btn", text=tr("Case")))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", where=lambda chip: chip.key == "kind:complaint"))
            self.hands.settle()
            self.hands.tap(self.hands.wait_for("FilterChip", where=lambda chip: chip.key == "day:saturday"))
            self.hands.settle()
            self._keep()
            self.hands.until(lambda: len(self.card.get("cases", {})) == before + 1, "the case")
            self.hands.settle()

    def note_somebody_down(self, name: str) -> None:
        """Write down somebody new: one name is enough."""
        with self._step(f"noted {name} down", Budget(taps=2, keys=len(name), seconds=20)):
            before = self._card_id()
            self.hands.tap(self.app.view("find").ids.new)
            self._type_into_the_sheet(name)
            self._keep()
            self.hands.until(
                lambda: self._card_id() != before and self.card.get("given_name") == name, "her card"
            )
            self.hands.settle()

    def expect_what_was_added(self, points: int) -> None:
        """See on this card what another tablet added; it comes by itself."""
        with self._step("sees size, like, note, promise, case and points of the other tablet"):
            self.hands.until(
                lambda: NOTE in [note["text"] for note in self.card.get("notes", ())], "the note"
            )
            size = self.card.get("sizes", {}).get("shoes", {}).get("value")
            if (size, LIKE in self.card.get("likes", {})) != (SHOE_SIZE, True):
                raise ShiftFailed("the second tablet does not show what the first one added")
            if self.card["loyalty"]["points"] != points:
                raise ShiftFailed(
                    f"{self.card['loyalty']['points']} points here, {points} on the other tablet"
                )
            if len(self.hands.find_all("PromiseChip")) < 2:
                raise ShiftFailed("the promise and the case are not on the card")
            self._tab("notes")
            if not self.hands.shows(NOTE):
                raise ShiftFailed("the note is not on the screen")

    def _type_into_the_sheet(self, text: str) -> None:
        """Type once the sheet's field has the keyboard, which it takes by itself."""
        self.hands.until(
            lambda: any(each.ids.input.focus for each in self.hands.find_all("Field")), "a field"
        )
        self.hands.type(text)

    def _keep(self) -> None:
        """Press the button that keeps what a sheet holds."""
        self.hands.tap(self.hands.find("Btn", where=lambda button: getattr(button, "key", "") == "keep"))

    def _tab(self, key: str) -> None:
        self.hands.tap(self.hands.wait_for("TabItem", key=key))
        self.hands.settle()

    def _aside(self) -> int:
        from mobile_app.screens.card import spending

        return spending.set_aside(self.app.conductor.card.model)

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


def _first_letters(tablet: Any) -> str:
    """Return the beginning of some article's name, in the language spoken."""
    from mobile_app.i18n import language
    from mobile_app.screens.shelf import name_of

    products = tablet.shelf().products.values()
    names = (name_of(product, language()) for product in products)
    words = sorted(name.split()[0].lower()[:LETTERS] for name in names if name)
    return next((word for word in words if word.isascii() and len(word) >= 3), "")
