"""Every screen of the tablet with made data, to be looked at by people and by tests. No server, no store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from mobile_app.gallery_agenda import agenda, work
from mobile_app.gallery_data import (
    DIRECTORY,
    ME,
    PAUL,
    PRESSURE,
    TEMPLATES,
    TODAY,
    card,
    customer_lines,
    edits,
    faces,
    held,
    hits,
    note_hits,
    past,
    rows,
)
from mobile_app.gallery_shelf import pictures, shelf
from mobile_app.screens.agenda import Agenda
from mobile_app.strip import LineStatus, strip_of
from schemas.ids import id_from

SHELF = shelf()
REFUSED = "Ne prend plus de gluten depuis son cancer, préfère le soir."  # the guard lets no such note stand
NOW_MS = 1_795_190_400_000
Scene = Callable[[], None]


def make_app(drawn: Path | None = None) -> tuple[Any, "Stage"]:
    """Return an app over made data, and the stage on which its screens are set.

    Args:
        drawn: a folder with pictures of the made brand's articles, by SKU.
    """
    from kivy.app import App

    from mobile_app.widgets.layouts import Box

    page = Box(orientation="vertical")
    stage = Stage(page, pictures(drawn))

    class Gallery(App):
        def build(self) -> Any:
            return self.page

    gallery = Gallery()
    gallery.page = page  # not by a closure: Kivy holds every class for ever, and with it what it encloses
    return gallery, stage


class Stage:
    """Shows one scene at a time: ``stage.set("outbox", language="fr", dark=True, scale=1.35)``."""

    def __init__(self, page: Any, drawn: dict[str, str]) -> None:
        from mobile_app.loop import Loop
        from mobile_app.screens.card import model as card_model
        from mobile_app.screens.card import shown as card_shown
        from mobile_app.screens.catalogue import model as shelf_model
        from mobile_app.screens.desk import Desk
        from mobile_app.screens.find import model as find_model
        from mobile_app.screens.follow_ups import model as ups_model
        from mobile_app.screens.today import model as today_model
        from mobile_app.strip_view import StripView
        from mobile_app.theme import theme

        theme.still = True
        self._page = page
        self._pictures = drawn
        self._strip = StripView()
        self._find: Any = Loop(find_model.FindModel(), find_model.update, lambda effect: None)
        self._card: Any = Loop(card_shown.CardModel(), card_model.update, lambda effect: None)
        self._today: Any = Loop(today_model.TodayModel(), today_model.update, lambda effect: None)
        self._shelves: Any = Loop(shelf_model.CatalogueModel(), shelf_model.update, lambda effect: None)
        self._ups: Any = Loop(ups_model.FollowUpsModel(), ups_model.update, lambda effect: None)
        self._desk = Desk(
            find_emit=self._find.send,
            card_emit=self._card.send,
            today_emit=self._today.send,
            follow_ups_emit=self._ups.send,
            catalogue_emit=self._shelves.send,
            today=lambda: TODAY,
            person="IM",
            waiting=2,
        )
        self._find.shown_by(self._desk.show_find)
        self._card.shown_by(self._desk.show_card)
        self._today.shown_by(self._desk.show_today)
        self._ups.shown_by(self._desk.show_follow_ups)
        self._shelves.shown_by(self._desk.show_catalogue)
        self.scenes: dict[str, Scene] = {
            **self._ahead(),
            **self._on_the_shelf(),
            **self._at_the_counter(),
            **self._around_it(),
        }

    def set(
        self,
        name: str,
        *,
        language: str = "en",
        dark: bool = False,
        scale: float = 1.0,
        left: bool = False,
        mirrored: bool = False,
    ) -> None:
        """Show a scene in this look."""
        from mobile_app import i18n
        from mobile_app.theme import theme

        theme.dark, theme.font_scale, theme.left_handed = dark, scale, left
        theme.right_to_left = mirrored
        i18n.use(language)
        self.scenes[name]()

    def _ahead(self) -> dict[str, Scene]:
        from mobile_app.screens.follow_ups import model as ups_model
        from mobile_app.screens.today import model as today_model

        def day(made: Agenda) -> Scene:
            def show() -> None:
                self._today.send(today_model.Emptied())
                self._today.send(today_model.AgendaRead(agenda=made))
                self._at("today")

            return show

        def follow_ups(*events: Any, whole: bool = False) -> Scene:
            def show() -> None:
                self._ups.send(ups_model.Emptied())
                self._ups.send(ups_model.WholePressed(whole=whole))
                self._ups.send(ups_model.AgendaRead(agenda=agenda(whole=whole)))
                for event in events:
                    self._ups.send(event)
                self._at("follow_ups")

            return show

        key = agenda().to_do[1].what.key
        quiet = Agenda(me=ME, today=TODAY, now_ms=NOW_MS, directory=DIRECTORY)
        return {
            "today": day(agenda()),
            "quiet-day": day(quiet),
            "follow-ups": follow_ups(),
            "follow-up": follow_ups(ups_model.ItemPressed(key=key), whole=True),
            "later": follow_ups(ups_model.LaterPressed(key=key)),
        }

    def _on_the_shelf(self) -> dict[str, Scene]:
        from mobile_app.screens.catalogue import model as shelf_model
        from mobile_app.screens.follow_ups import model as ups_model

        def shown(*events: Any) -> Scene:
            def show() -> None:
                self._ups.send(ups_model.Emptied())  # a sheet of theirs would lie over the shelf
                self._shelves.send(shelf_model.Emptied())
                self._shelves.send(shelf_model.Entered(wisher=card().record_id, name="Agnieszka Al-Fassi"))
                self._shelves.send(shelf_model.ShelfRead(shelf=SHELF, now_ms=NOW_MS))
                for sku, file in self._pictures.items():
                    self._shelves.send(shelf_model.PictureKnown(sku=sku, file=file))
                for event in events:
                    self._shelves.send(event)
                self._at("catalogue")

            return show

        return {
            "catalogue": shown(),
            "article": shown(shelf_model.Typed(text="mocassin"), shelf_model.ArticlePressed(sku="SO03-NOIR")),
        }

    def _at(self, mode: str) -> None:
        from mobile_app.screens.card.events import Emptied as card_gone

        self._card.send(card_gone())
        self._desk.mode = mode
        for loop in (self._today, self._ups, self._shelves):
            loop.show_again()
        self._front(self._desk, LineStatus(waiting=2, online=True, in_step_ms=NOW_MS))

    def _at_the_counter(self) -> dict[str, Scene]:
        from mobile_app.screens.card import events as card_events
        from mobile_app.screens.find import further, newcomer
        from mobile_app.screens.find import model as find_model

        def scene(*events: Any, tab: str = "timeline", query: str = "", opened: bool = True) -> Scene:
            return lambda: self._counter(*events, tab=tab, query=query, opened=opened)

        def finding(query: str, *events: Any) -> Scene:
            def show() -> None:
                self._counter(tab="timeline", query=query, opened=True)
                for event in events:
                    self._find.send(event)

            return show

        def value(path: str) -> Any:
            return card_events.ValueHeld(path=path)

        return {
            "card": scene(),
            "find": scene(opened=False),
            "search": scene(tab="taste", query="lefevre"),
            "beyond": finding(
                "lefevre", further.BeyondPressed(), further.BeyondFound(query="lefevre", hits=hits())
            ),
            "in-notes": finding(
                "camel", further.NotesPressed(), further.NotesFound(query="camel", hits=note_hits())
            ),
            "filters": finding(
                "", find_model.FiltersPressed(), find_model.FiltersChosen(choice="size:shoes")
            ),
            "new-customer": finding(
                "",
                newcomer.NewPressed(),
                newcomer.NewTyped(field="family_name", text="Lefevre"),
                newcomer.Twins(texts={"family_name": "Lefevre"}, found=rows("lefevre")[:2]),
            ),
            "nobody-found": scene(query="zzz", opened=False),
            "advice": scene(tab="advice"),
            "wardrobe": scene(tab="wardrobe"),
            "loyalty": scene(tab="loyalty"),
            "loyalty-without-a-line": scene(card_events.LineKnown(online=False), tab="loyalty"),
            "redeem": scene(card_events.RedeemPressed(points=500), tab="loyalty"),
            "note-guard": scene(
                card_events.NoteTyped(text="Ne prend plus de gluten depuis son cancer, préfère le soir."),
                tab="notes",
            ),
            "past": scene(value("sizes/shoes"), card_events.PastKnown(past=past()), tab="taste"),
            "purchases": scene(tab="purchases"),
            "spending": scene(
                card_events.PartPressed(part="channel:store"),
                card_events.SumsPressed(shown=True),
                tab="purchases",
            ),
            "taste": scene(tab="taste"),
            "notes": scene(tab="notes"),
            "details": scene(tab="details"),
            "value": scene(value("sizes/shoes"), tab="taste"),
            "size": scene(card_events.SizeAddPressed(), tab="taste"),
            "family": scene(card_events.EntryAddPressed(field="family"), tab="details"),
            "address": scene(card_events.ValuePressed(path="address"), tab="details"),
            "consent": scene(card_events.ConsentPressed(channel="email")),
            "promise": scene(card_events.PromisePressed()),
            "appointment": scene(
                card_events.PromisePressed(), card_events.SheetChosen(choice="kind:appointment")
            ),
            "case": scene(card_events.CasePressed()),
            "write": scene(card_events.WritePressed()),
            "write-refused": scene(card_events.WritePressed(), card_events.SheetChosen(choice="channel:sms")),
            "promised": scene(card_events.ThingPressed(path=f"tasks/{id_from('gallery', 'call')}")),
        }

    def _counter(self, *events: Any, tab: str, query: str, opened: bool) -> None:
        from mobile_app.screens.card import events as card_events
        from mobile_app.screens.card import shown as card_shown
        from mobile_app.screens.catalogue.model import Emptied as catalogue_gone
        from mobile_app.screens.find import model as find_model
        from mobile_app.screens.follow_ups.model import Emptied as follow_ups_gone

        self._shelves.send(catalogue_gone())
        self._ups.send(follow_ups_gone())
        self._desk.mode = "find"
        here = rows(query)
        self._find.model = find_model.FindModel(query=query, today=TODAY)
        recent = here[3:5] if not query else ()
        asked = self._find.model.search
        found = find_model.Found(asked=asked, rows=here, recent=recent, held=20_318, links_of="maison")
        self._find.send(found)
        self._desk.find.ids.search.ids.ti.text = query
        self._card.model = card_shown.CardModel()
        if opened:
            self._find.send(find_model.CardShown(record_id=card().record_id))
            self._card.send(
                card_events.CardRead(
                    card=card(),
                    directory=DIRECTORY,
                    today=TODAY,
                    now_ms=NOW_MS,
                    shelf=SHELF,
                    templates=TEMPLATES,
                    pressure=PRESSURE,
                )
            )
            for sku, file in self._pictures.items():
                self._card.send(card_events.PictureKnown(sku=sku, file=file))
            self._card.send(card_events.TabPressed(tab=tab))
            for event in events:
                self._card.send(event)
        else:
            self._card.show_again()
        self._front(self._desk, LineStatus(waiting=2, online=True, in_step_ms=NOW_MS))

    def _around_it(self) -> dict[str, Scene]:
        from mobile_app.screens.customer_side.details import begun_with
        from mobile_app.screens.customer_side.model import CustomerSideModel
        from mobile_app.screens.customer_side.view import CustomerSideView
        from mobile_app.screens.enrol.model import EnrolModel
        from mobile_app.screens.enrol.view import EnrolView
        from mobile_app.screens.leaving.model import ShiftEndModel
        from mobile_app.screens.leaving.view import ShiftEndView
        from mobile_app.screens.outbox.model import OutboxModel
        from mobile_app.screens.outbox.view import OutboxView
        from mobile_app.screens.pin.model import PinModel
        from mobile_app.screens.pin.view import PinView
        from mobile_app.screens.settings.model import SettingsModel
        from mobile_app.screens.settings.view import SettingsView
        from mobile_app.screens.sign_in.model import SignInModel
        from mobile_app.screens.sign_in.view import PeopleView, SignInView
        from mobile_app.screens.team.model import Asking, TeamModel
        from mobile_app.screens.team.view import TeamView

        ines = UUID(int=5)
        offline = LineStatus(online=False, waiting=3, oldest_ms=NOW_MS - 720_000, for_a_person=2)

        def scene(view: Any, model: Any, line: LineStatus | None = None) -> Scene:
            def show() -> None:
                view.show(model)
                self._front(view, line)

            return show

        def ignore(event: object) -> None: ...

        lines = customer_lines()
        said = CustomerSideModel(
            name="Agnès Lefèvre",
            lines=lines,
            ticked=frozenset({lines[0].key, lines[2].key}),
            withdrawn=frozenset({lines[1].key}),
            details=begun_with({"family_name": "Lefèvre"}, lambda _: True),
        )
        return {
            "customer-side": scene(
                CustomerSideView(emit=ignore),
                CustomerSideModel(
                    name="Agnès Lefèvre",
                    lines=lines,
                    details=begun_with({"family_name": "Lefèvre"}, lambda _: True),
                ),
            ),
            "customer-writes": scene(
                CustomerSideView(emit=ignore),
                CustomerSideModel(
                    lines=lines,
                    is_new=True,
                    page="details",
                    details=begun_with({"given_name": "Hélène", "phone": "06 12 34 56"}, lambda _: True),
                    problem="value_invalid",
                ),
            ),
            "customer-signs": scene(CustomerSideView(emit=ignore), said),
            "customer-thanks": scene(CustomerSideView(emit=ignore), CustomerSideModel(over=True, kept=True)),
            "enrol": scene(
                EnrolView(emit=ignore),
                EnrolModel(server="https://comptoir.example", code="4812-7730", name="Comptoir 1"),
            ),
            "people": scene(
                PeopleView(emit=ignore), SignInModel(faces=faces(), store="Lyon, rue de la République")
            ),
            "sign-in": scene(
                SignInView(emit=ignore), SignInModel(form=True, code="ines", problem="wrong_credentials")
            ),
            "pin": scene(PinView(emit=ignore), PinModel(associate_id=ines, name="Inès C.", digits="25")),
            "outbox": scene(
                OutboxView(emit=ignore),
                OutboxModel(
                    edits=edits(),
                    directory=DIRECTORY,
                    in_step_ms=NOW_MS - 5_400_000,
                    reviews=True,
                    held=held(),
                ),
                offline,
            ),
            "shift-end": scene(
                ShiftEndView(emit=ignore),
                ShiftEndModel(edits=edits(), agenda=agenda(), online=False, known=True),
                offline,
            ),
            "shift-over": scene(
                ShiftEndView(emit=ignore), ShiftEndModel(known=True), LineStatus(in_step_ms=NOW_MS)
            ),
            "team": scene(
                TeamView(emit=ignore),
                TeamModel(work=work(), manages=True, read=True, held=2),
                LineStatus(in_step_ms=NOW_MS),
            ),
            "away": scene(
                TeamView(emit=ignore),
                TeamModel(work=work(), manages=True, read=True, asking=Asking(associate_id=PAUL)),
                LineStatus(in_step_ms=NOW_MS),
            ),
            "settings": scene(
                SettingsView(emit=ignore),
                SettingsModel(person="Inès C.", role="seller", store="Lyon"),
                LineStatus(in_step_ms=NOW_MS),
            ),
        }

    def _front(self, view: Any, line: LineStatus | None) -> None:
        shown = [view] if line is None else [self._strip, view]
        if line is not None:
            self._strip.show(strip_of(line, NOW_MS))
        if self._page.children[::-1] != shown:
            self._page.clear_widgets()
            for widget in shown:
                self._page.add_widget(widget)
