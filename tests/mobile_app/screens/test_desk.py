"""The counter in a window: taps, keys, turning the tablet, large text, targets that a thumb hits."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from mobile_app.effects import OpenCard, Search, Submit
from mobile_app.i18n import tr, use
from mobile_app.loop import Loop
from mobile_app.screens.card import events, shown
from mobile_app.screens.card import model as cards
from mobile_app.screens.find import model as find
from mobile_app.screens.find import newcomer
from schemas.customer import FIELDS
from schemas.ids import id_from
from schemas.mutations import MakeTask, OpenCase, RedeemPoints
from schemas.record import Channel, Said
from schemas.staff import Role
from schemas.visibility import Lens, Level
from sync.reducer import reduce
from sync.replica.draft import Card
from tests.mobile_app.driver import Driver, open_window
from tests.mobile_app.screens import made
from tests.mobile_app.screens.made import CLAIRE, DIRECTORY, INES, NOW_MS, TODAY, ago, card, summary

TARGET_DP = 48
DRAWN_DP = 36  # a chip may be drawn lower where its row keeps the fingers apart
SIZES = [(1280, 800), (800, 1280), (480, 900)]
ROWS = (
    summary(),
    *(
        summary(
            record_id=id_from("row", name), given_name=name, family_name="Martin", town="Lille", tier=tier
        )
        for name, tier in (("Alice", "silver"), ("Bruno", None), ("Chloé", "black"))
    ),
)


class Counter:
    """The desk over made customers, with the reducer that both ends share in place of a store."""

    def __init__(self, role: Role) -> None:
        self.held = {row.record_id: card(role) for row in ROWS}
        self.held[ROWS[1].record_id] = _another(card(role, purchases=[], notes=[]), ROWS[1].record_id)
        self.submitted: list[Any] = []
        self.gone: list[str] = []
        self.find: Any = Loop(find.FindModel(), find.update, self.perform)
        self.card: Any = Loop(shown.CardModel(), cards.update, self.perform)

    def desk(self) -> Any:
        from mobile_app.screens.desk import Desk

        desk = Desk(
            find_emit=self.find.send,
            card_emit=self.card.send,
            go=self.gone.append,
            today=lambda: TODAY,
            person="IC",
            waiting=2,
        )
        self.find.shown_by(desk.show_find)
        self.card.shown_by(desk.show_card)
        desk.entered()
        return desk

    def perform(self, effect: Any) -> None:
        match effect:
            case Search(query=query):
                rows = tuple(
                    row for row in ROWS if query.lower() in f"{row.given_name} {row.family_name}".lower()
                )
                self.find.send(find.Found(asked=effect, rows=rows, held=len(ROWS)))
            case OpenCard(record_id=record_id):
                self._read(record_id)
            case Submit(record_id=record_id, mutation=mutation):
                self.submitted.append(mutation)
                self._apply(record_id, mutation)

    def _read(self, record_id: UUID) -> None:
        held = self.held.get(record_id)
        self.card.send(events.CardRead(card=held, directory=DIRECTORY, today=TODAY, now_ms=NOW_MS))

    def _apply(self, record_id: UUID, mutation: Any) -> None:
        said = Said(
            mid=id_from("mid", str(len(self.submitted))), hlc=ago(0) << 16, channel=Channel.STORE, author=INES
        )
        before = self.held[record_id]
        change = reduce(before.values, mutation, said)
        paths = before.pending_paths | set(change.stamped)
        self.held[record_id] = msgspec.structs.replace(
            before,
            values={**before.values, **change.values},
            pending_paths=paths,
            pending_fields=frozenset(path.partition("/")[0] for path in paths),
        )
        self._read(record_id)


def _another(held: Card, record_id: UUID) -> Card:
    values = {**held.values, "given_name": "Alice", "family_name": "Martin"}
    return msgspec.structs.replace(held, record_id=record_id, values=values)


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    open_window()
    from mobile_app.theme import theme

    use("en")
    theme.still = True
    yield
    theme.still = theme.dark = theme.left_handed = False
    theme.font_scale = 1.0
    use("en")


@pytest.fixture
def stand(drive_widget: Callable[[Callable[[], Any]], Driver]) -> Callable[..., tuple[Driver, Counter]]:
    """Return a function that puts a counter into the window."""

    def start(role: Role = Role.SELLER, size: tuple[int, int] = SIZES[0]) -> tuple[Driver, Counter]:
        counter = Counter(role)
        driver = drive_widget(counter.desk)
        if tuple(driver.window.system_size) != size:
            driver.resize(*size)
        driver.pump(8)
        return driver, counter

    return start


Stand = Callable[..., tuple[Driver, Counter]]


def open_claire(driver: Driver) -> None:
    driver.tap(driver.wait_for("CustomerRow", name="Claire Lefèvre"))
    driver.wait_for("CardView", name="Claire Lefèvre")
    driver.settle()


def go_to_tab(driver: Driver, key: str) -> None:
    items = driver.find_all("TabItem", key=key)
    if items:
        driver.tap(items[0])
    else:  # scrolled out on a small screen
        driver.find("CardView").emit(events.TabPressed(tab=key))
    driver.settle()
    driver.pump(6)


class Taps:
    """A finger that counts."""

    def __init__(self, driver: Driver) -> None:
        self.driver, self.made = driver, 0

    def tap(self, kind: str, **having: Any) -> None:
        """Tap what is shown; looking for it costs nothing."""
        self.driver.tap(self.driver.wait_for(kind, **having))
        self.made += 1
        self.driver.settle()

    def spent(self) -> int:
        """Return the taps since the last question."""
        made, self.made = self.made, 0
        return made


class TestTheBudgetOfTaps:
    """What a step may cost at the counter, in either language: counted, and never timed."""

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_is_kept_by_every_step_with_a_customer(self, stand: Stand, language: str) -> None:
        use(language)
        driver, counter = stand()
        driver.draw_nothing()
        finger = Taps(driver)
        finger.tap("CustomerRow", name="Claire Lefèvre")
        assert finger.spent() <= 1 and counter.card.model.card is not None

        finger.tap("TabItem", key="taste")
        finger.spent()
        finger.tap("Btn", text=tr("Add a size"))
        finger.tap("FilterChip", text=tr("Shoes"))
        finger.tap("FilterChip", text="39")
        assert finger.spent() <= 3 and counter.submitted[-1].value == {"value": "39"}

        finger.tap("Btn", text=tr("Add"))
        finger.tap("FilterChip", text=tr("silk"))
        assert finger.spent() <= 3 and counter.submitted[-1].element == tr("silk")

        finger.tap("Btn", text=tr("Promise"))
        finger.tap("FilterChip", text=tr("Saturday"))
        finger.tap("Btn", key="keep")
        assert finger.spent() <= 3 and isinstance(counter.submitted[-1], MakeTask)

        finger.tap("Btn", text=tr("Case"))
        finger.tap("FilterChip", text=tr("Complaint"))
        finger.tap("Btn", key="keep")
        assert finger.spent() <= 4 and isinstance(counter.submitted[-1], OpenCase)

        finger.tap("TabItem", key="loyalty")
        finger.spent()
        finger.tap("RewardTile")
        finger.tap("Btn", key="keep")
        assert finger.spent() <= 2 and isinstance(counter.submitted[-1], RedeemPoints)


class TestANoteThatMayNotStand:
    def test_is_refused_in_words_and_goes_nowhere(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        go_to_tab(driver, "notes")
        pane = driver.find("NotesPane")
        pane.ids.note.text = "Diabetic, wears a pump"
        driver.pump(6)
        assert driver.shows("A note may not speak of this: health. It cannot be kept")
        driver.tap_text("Keep")
        driver.pump(6)
        assert counter.submitted == []
        pane.ids.note.text = "Allergic to nickel"
        driver.pump(6)
        assert driver.shows("A material she does not bear is best kept with her tastes")
        driver.tap_text("To her tastes")
        driver.pump(20)
        assert counter.card.model.sheet is not None

    def test_is_kept_when_it_was_only_warned_of(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        go_to_tab(driver, "notes")
        driver.find("NotesPane").ids.note.text = "Had the card declined twice"
        driver.pump(6)
        driver.tap_text("Keep")
        driver.pump(6)
        assert counter.submitted == []
        driver.tap_text("Keep anyway")
        driver.pump(6)
        assert len(counter.submitted) == 1


class TestFinding:
    def test_shows_rows_as_one_types(self, stand: Stand) -> None:
        driver, counter = stand()
        driver.tap(driver.find("SearchBar").ids.ti)
        driver.type("mart")
        driver.until(lambda: counter.find.model.query == "mart", "the pause in typing")
        driver.pump(4)
        assert {row.name for row in driver.find_all("CustomerRow")} == {
            "Alice Martin", "Bruno Martin", "Chloé Martin",
        }  # fmt: skip

    def test_says_what_to_do_when_nobody_answers(self, stand: Stand) -> None:
        driver, counter = stand()
        driver.tap(driver.find("SearchBar").ids.ti)
        driver.type("xyz")
        driver.until(lambda: counter.find.model.query == "xyz", "the pause in typing")
        driver.pump(4)
        assert driver.shows("Nobody found")
        driver.tap_text("New customer")
        driver.pump(20)
        assert driver.shows("One name is enough")


class TestSomebodyNew:
    def test_is_begun_four_ways_that_stand_in_one_row(self, stand: Stand) -> None:
        driver, counter = stand()
        counter.find.model = msgspec.structs.replace(counter.find.model, may_create=True, links_of="valmere")
        counter.find.send(newcomer.NewPressed())
        driver.settle()
        ways = ("Cancel", "Send a link", "She types", "Note down")
        assert len({round(driver.wait_for("Btn", text=way).y) for way in ways}) == 1


class TestTheCard:
    def test_opens_with_name_tier_facts_and_consents(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        for text in ("Claire Lefèvre", "Gold", "1,240 points", "Last 12 months", "€7,803", "E-mail", "SMS"):
            assert driver.shows(text), text

    def test_fills_a_tab_when_it_is_looked_at_and_keeps_its_widgets(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        for tab, text in (
            ("purchases", "Silk scarf 1"),
            ("taste", "Cashmere"),
            ("notes", "Likes to be received in the salon."),
            ("details", "•• •• •• 78"),
        ):
            go_to_tab(driver, tab)
            assert driver.shows(text), tab
        pane = driver.find("DetailsPane")
        driver.tap(driver.find("CustomerRow", name="Alice Martin"))
        driver.settle()
        assert driver.find("DetailsPane") is pane
        assert counter.card.model.tab == "details"

    def test_draws_a_part_of_what_she_spent_beside_her_purchases(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        go_to_tab(driver, "purchases")
        chart = driver.find("PurchasesPane").ids.chart
        assert max(chart.values) == 120_000 and not chart.parts
        row = driver.find("PartRow", label="In store")
        driver.tap(row)
        driver.pump(4)
        assert row.on and chart.parts[-1] == 89_000
        assert driver.shows("In store: €890 of €2,090")

    def test_shows_either_purchases_or_spending_on_a_phone(self, stand: Stand) -> None:
        driver, _ = stand(size=SIZES[-1])
        open_claire(driver)
        go_to_tab(driver, "purchases")
        assert driver.find_all("PurchaseRow") and not driver.find_all("SpendChart")
        driver.tap(driver.find("FilterChip", text="Spending"))
        driver.pump(6)
        assert driver.find_all("SpendChart") and not driver.find_all("PurchaseRow")

    def test_never_shows_what_the_role_does_not_hold(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        go_to_tab(driver, "details")
        shown = " ".join(driver.texts())
        assert "612345678" not in "".join(shown.split()) and "claire.lefevre" not in shown
        assert "Auguste-Comte" not in shown and "1984" not in shown

    def test_is_drawn_of_whom_a_policy_masks_everything(
        self, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clear = dict.fromkeys(("given_name", "family_name"), Level.READ)
        levels = dict.fromkeys(FIELDS, Level.MASKED) | clear
        masking = Lens(role=Role.SELLER, policy_version=2, levels=levels, groups=())
        monkeypatch.setattr(made, "_lens", lambda role: masking)
        driver, _ = stand()
        open_claire(driver)
        assert driver.find("CardView").about == "Birthday 3\N{NO-BREAK SPACE}Dec."
        for tab in shown.TABS:
            go_to_tab(driver, tab)

    def test_tells_at_a_long_press_where_a_value_came_from(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        go_to_tab(driver, "taste")
        driver.hold(driver.wait_for("SizeTile", category="Shoes"))
        driver.settle()
        assert driver.shows("You") and driver.shows("Lyon Bellecour") and driver.shows("In store")

    def test_hears_a_long_press_on_a_machine_that_stalls(
        self, stand: Stand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        driver, _ = stand()
        open_claire(driver)
        go_to_tab(driver, "taste")
        pump, stalls = driver.pump, [0.6, 0.6]

        def stalling(frames: int = 3) -> None:
            pump(frames)
            time.sleep(stalls.pop() if stalls else 0)

        tile = driver.find("SizeTile", category="Shoes")
        with monkeypatch.context() as starved:
            starved.setattr(driver, "pump", stalling)
            driver.hold(tile)
        driver.settle()
        assert driver.shows("Lyon Bellecour") and not driver.find_all("Field")

    def test_changes_a_value_at_a_tap_and_leads_to_where_it_came_from(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        go_to_tab(driver, "taste")
        driver.tap(driver.find("SizeTile", category="Shoes"))
        driver.settle()
        assert driver.find("Field").ids.input.text == "39"
        driver.tap(driver.find("Btn", text="Where from?"))
        driver.settle()
        assert driver.shows("Lyon Bellecour")

    def test_of_somebody_new_says_what_to_do(self, stand: Stand) -> None:
        driver, _ = stand()
        driver.tap(driver.find("CustomerRow", name="Alice Martin"))
        driver.settle()
        go_to_tab(driver, "purchases")
        assert driver.shows("No purchase yet.")


class TestEnriching:
    def test_adds_a_size_in_three_taps_and_marks_it(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        go_to_tab(driver, "taste")
        driver.tap(driver.find("Btn", text="Add a size"))
        driver.pump(20)
        driver.tap(driver.find("FilterChip", text="40"))
        driver.settle()
        assert counter.submitted[-1].key == "top" and counter.submitted[-1].value == {"value": "40"}
        assert driver.find("SizeTile", category="Top").value == "40"
        assert driver.shows("not sent yet")

    @pytest.mark.usefixtures("unhurried")
    def test_adds_a_like_and_takes_it_back(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        go_to_tab(driver, "taste")
        driver.tap(driver.find_all("Btn", text="Add")[0])
        driver.pump(20)
        driver.type("velvet")
        driver.key("enter")
        driver.settle()
        assert driver.shows("Velvet")
        driver.tap(driver.find("Btn", text="Undo"))
        driver.settle()
        assert "velvet" not in counter.held[CLAIRE].values["likes"]
        assert not driver.find_all("WordChip", text="Velvet")

    def test_keeps_a_note_without_leaving_the_card(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        go_to_tab(driver, "notes")
        driver.tap(driver.find("NotesPane").ids.note)
        driver.type("Water without lemon")
        driver.tap(driver.find("Btn", text="Keep"))
        driver.settle()
        assert counter.submitted[-1].text == "Water without lemon"
        assert driver.shows("Water without lemon") and driver.shows("not sent yet")
        assert driver.find("NotesPane").ids.note.text == ""

    def test_records_a_no(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        driver.tap(driver.find("ConsentChip", channel="email"))
        driver.pump(20)
        driver.tap(driver.find_all("AnswerButton", answer="yes", text="No")[-1])
        driver.settle()
        assert counter.submitted[-1].state == "withdrawn"


class TestTurning:
    def test_a_narrow_tablet_shows_one_pane_and_a_bar(self, stand: Stand) -> None:
        driver, _ = stand(size=(800, 1280))
        assert not driver.find_all("CardView")
        open_claire(driver)
        assert not driver.find_all("FindView")
        driver.tap(driver.find("IconBtn", a11y="Back to the list"))
        driver.pump(6)
        assert driver.find_all("FindView") and not driver.find_all("CardView")

    def test_a_phone_scrolls_the_tabs_to_the_one_in_front(self, stand: Stand) -> None:
        driver, _ = stand(size=(480, 900))
        open_claire(driver)
        assert not driver.find_all("TabItem", key="details")
        go_to_tab(driver, "details")
        assert driver.find_all("TabItem", key="details")

    def test_there_and_back_leaves_everything_in_its_place(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        before = boxes(driver, "FindView", "CardView", "ChartBox", "MomentRow")
        driver.resize(800, 1280)
        driver.pump(8)
        driver.resize(1280, 800)
        driver.pump(8)
        assert boxes(driver, "FindView", "CardView", "ChartBox", "MomentRow") == before

    def test_left_handed_swaps_rail_and_panes(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        from mobile_app.theme import theme

        assert driver.find("FindView").x < driver.find("CardView").x
        theme.left_handed = True
        driver.pump(6)
        assert driver.find("CardView").x < driver.find("FindView").x
        assert driver.find("RailItem").x > driver.find("FindView").x


class TestTargets:
    @pytest.mark.parametrize("size", SIZES)
    def test_are_large_and_say_what_they_are(self, stand: Stand, size: tuple[int, int]) -> None:
        driver, _ = stand(size=size)
        check_targets(driver)
        open_claire(driver)
        for tab in shown.TABS:
            go_to_tab(driver, tab)
            check_targets(driver)

    @pytest.mark.parametrize("size", SIZES)
    def test_stay_on_the_screen_at_double_text(self, stand: Stand, size: tuple[int, int]) -> None:
        from mobile_app.theme import theme

        use("fr")
        theme.font_scale = 2.0
        driver, _ = stand(role=Role.STORE_MANAGER, size=size)
        open_claire(driver)
        for tab in shown.TABS:
            go_to_tab(driver, tab)
            for button in [*driver.find_all("Btn"), *driver.find_all("DetailRow")]:
                x, _ = button.to_window(button.x, button.y)
                assert x >= -1 and x + button.width <= size[0] + 1, (tab, button.x, button.width)
            pane = driver.find("Pane")
            assert pane.height >= TARGET_DP * 3, (tab, pane.height)


class TestAKeyboard:
    def test_reaches_a_row_and_opens_it(self, stand: Stand) -> None:
        driver, counter = stand()
        row = driver.find("CustomerRow", name="Claire Lefèvre")
        row.focus = True
        driver.pump(2)
        driver.key("enter")
        driver.settle()
        assert counter.find.model.selected == CLAIRE

    def test_alone_draws_a_ring_around_what_it_is_on(self, stand: Stand) -> None:
        driver, _ = stand()
        open_claire(driver)
        go_to_tab(driver, "taste")
        chip = driver.find("FilterChip", text="My customers")
        driver.tap(chip)
        assert chip.focus and not chip.ring
        tile = driver.find("SizeTile", category="Shoes")
        tile.focus = True
        assert tile.ring
        driver.key("enter", "shift")
        assert driver.shows("Lyon Bellecour")

    def test_goes_back_with_escape_a_step_at_a_time(self, stand: Stand) -> None:
        driver, counter = stand(size=(800, 1280))
        open_claire(driver)
        driver.tap(driver.find("ConsentChip", channel="sms"))
        driver.pump(20)
        driver.key("escape")
        assert counter.card.model.sheet is None and counter.find.model.open
        driver.key("escape")
        assert not counter.find.model.open

    def test_a_touch_beside_a_sheet_closes_it(self, stand: Stand) -> None:
        driver, counter = stand()
        open_claire(driver)
        driver.tap(driver.find("ConsentChip", channel="sms"))
        driver.pump(20)
        assert counter.card.model.sheet is not None
        driver.tap(at=(20, 20))
        assert counter.card.model.sheet is None


def boxes(driver: Driver, *kinds: str) -> dict[str, list[int]]:
    """Return where the first visible widget of each kind stands."""
    return {
        kind: [round(each) for each in (*driver.find(kind).pos, *driver.find(kind).size)] for kind in kinds
    }


def check_targets(driver: Driver) -> None:
    """Every target is 48 dp one way and never under 36 the other, and has words or a label."""
    for target in driver.find_all("Pressable"):
        if target.disabled:
            continue
        said = getattr(target, "a11y", "") or _words(target)
        where = (type(target).__name__, said, tuple(target.size))
        assert min(target.size) >= DRAWN_DP and max(target.size) >= TARGET_DP, where
        assert said, where


def _words(target: Any) -> str:
    return " ".join(
        str(widget.text)
        for widget in target.walk()
        if type(widget).__name__ != "Ico" and bool(getattr(widget, "text", ""))
    )


def test_the_made_day_is_a_day() -> None:
    assert date(2026, 11, 22) == TODAY
