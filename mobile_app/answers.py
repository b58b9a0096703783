"""What the screens ask of the tablet, and the answers brought back to them."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from mobile_app import effects
from mobile_app.account import AccountRefused
from mobile_app.background import Background
from mobile_app.loops import Loops
from mobile_app.revealing import NotTakenAlong
from mobile_app.screens.agenda import Agenda
from mobile_app.screens.card import events as card_events
from mobile_app.screens.card import revealing
from mobile_app.screens.card.past import Past, PastValue
from mobile_app.screens.catalogue import model as catalogue
from mobile_app.screens.find import further
from mobile_app.screens.find import model as find
from mobile_app.screens.follow_ups import model as follow_ups
from mobile_app.screens.leaving import model as leaving
from mobile_app.screens.outbox import model as outbox
from mobile_app.screens.team import model as team
from mobile_app.screens.team.work import Work
from mobile_app.screens.today import model as today
from mobile_app.session import DeviceRevoked, NobodySignedIn
from mobile_app.tablet import Tablet
from mobile_app.vault import FullSignInNeeded, WrongPin
from schemas.protocol import LookHit
from sync.replica.transport import RequestRejected, ServerUnreachable

UNREACHABLE = "unreachable"
REVIEWERS = ("store_manager", "zone_manager")  # decide about edits of colleagues

T = TypeVar("T")


class Answers:
    """Reads for the screens, in the tablet's thread; who has gone meanwhile gets no answer."""

    def __init__(
        self, loops: Loops, tablet: Tablet, background: Background, perform: Callable[[Any], None]
    ) -> None:
        self._loops = loops
        self._tablet = tablet
        self._ask = background.ask
        self._perform = perform

    def search(self, asked: effects.Search) -> None:
        def look() -> find.Found:
            tablet = self._tablet
            return find.Found(
                asked=asked,
                rows=tuple(tablet.search(asked.query, asked.facets, asked.limit)),
                recent=tuple(tablet.recent()),
                held=tablet.count(),
                may_create=tablet.may_create(),
                links_of=tablet.links_of(),
            )

        self._ask(at_once(look), self._loops.find.send, self.left_meanwhile)

    def read_card(self, record_id: UUID, path: str = "") -> None:
        def read() -> card_events.CardRead:
            return card_events.CardRead(
                card=self._tablet.card(record_id),
                directory=self._tablet.directory(),
                today=date.today(),
                now_ms=self._tablet.now_ms(),
                wordings=self._tablet.wordings(),
                shelf=self._tablet.shelf(),
                templates=self._tablet.templates(),
                pressure=self._tablet.pressure(),
            )

        def shown(answer: card_events.CardRead) -> None:
            self._loops.card.send(answer)
            self._loops.find.send(find.CardShown(record_id=answer.card.record_id if answer.card else None))
            if path and answer.card is not None:
                self._loops.card.send(card_events.ValuePressed(path=path))

        self._ask(at_once(read), shown, self.left_meanwhile)

    def read_agenda(self, whole: bool, week: date | None) -> None:
        screen = self._loops.screen

        def read(agenda: Agenda) -> None:
            if self._loops.person is None:
                return
            if screen == "today":
                self._loops.today.send(today.AgendaRead(agenda=agenda))
            else:
                self._loops.follow_ups.send(follow_ups.AgendaRead(agenda=agenda))

        self._ask(at_once(lambda: self._tablet.agenda(whole=whole, week=week)), read, self.left_meanwhile)

    def agenda_changed(self) -> None:
        """Read what is ahead again where it is looked at."""
        if self._loops.screen == "today":
            self._loops.today.send(today.Changed())
        elif self._loops.screen == "follow_ups":
            self._loops.follow_ups.send(follow_ups.Changed())
        elif self._loops.screen == "team":
            self._loops.team.send(team.Changed())
        elif self._loops.screen == "leaving":
            self._loops.leaving.send(leaving.Changed())

    def read_team(self) -> None:
        manages = self._loops.person is not None and self._loops.person.role in REVIEWERS

        def read(work: Work) -> None:
            if self._loops.person is not None:
                self._loops.team.send(team.TeamRead(work=work, manages=manages))

        self._ask(at_once(self._tablet.team), read, self.left_meanwhile)

    def wisher(self) -> catalogue.Entered:
        """Whose card is open goes along to the catalogue, if she may be given a wish."""
        shown = self._loops.card.model.card
        if shown is None or not self._loops.card.model.writes("wish_list"):
            return catalogue.Entered()
        name = " ".join(
            shown.values[part] for part in ("given_name", "family_name") if shown.values.get(part)
        )
        return catalogue.Entered(wisher=shown.record_id, name=name)

    def read_shelf(self) -> None:
        def read() -> catalogue.ShelfRead:
            return catalogue.ShelfRead(shelf=self._tablet.shelf(), now_ms=self._tablet.now_ms())

        self._ask(at_once(read), self._loops.catalogue.send, self.left_meanwhile)

    def want_pictures(self, skus: tuple[str, ...]) -> None:
        def known(sku: str, file: Path | None) -> None:
            if file is not None and self._loops.person is not None:
                self._loops.card.send(card_events.PictureKnown(sku=sku, file=str(file)))
                self._loops.catalogue.send(catalogue.PictureKnown(sku=sku, file=str(file)))

        for sku in skus:
            self._ask(self._tablet.picture(sku), partial(known, sku), self.left_meanwhile)

    def read_past(self, record_id: UUID, path: str) -> None:
        field = path.partition("/")[0]

        def known(values: tuple[PastValue, ...]) -> None:
            held = tuple(each for each in values if each.path == path)
            self._loops.card.send(card_events.PastKnown(past=Past(path=path, values=held)))

        def failed(failure: Exception) -> None:
            if isinstance(failure, NobodySignedIn):
                return
            self._loops.card.send(card_events.PastKnown(past=Past(path=path, problem=code_of(failure))))

        self._ask(self._tablet.past(record_id, field), known, failed)

    def reveal(self, wanted: effects.Reveal) -> None:
        def refused(failure: Exception) -> None:
            match failure:
                case NobodySignedIn():
                    return
                case WrongPin():
                    self._loops.card.send(revealing.RevealRefused(path=wanted.field, problem="wrong_pin"))
                case FullSignInNeeded():  # three wrong ones: somebody else is at the tablet
                    self._perform(effects.Lock())
                case NotTakenAlong():
                    self._loops.card.send(revealing.RevealRefused(path=wanted.field, problem=UNREACHABLE))
                case _:
                    self._loops.card.send(
                        revealing.RevealRefused(path=wanted.field, problem=code_of(failure))
                    )

        self._ask(
            self._tablet.reveal(wanted.record_id, wanted.field, wanted.reason, wanted.pin),
            lambda shown: self._loops.card.send(
                revealing.RevealShown(path=wanted.field, value=shown.value, as_of=shown.as_of)
            ),
            refused,
        )

    def look_beyond(self, query: str) -> None:
        def found(hits: tuple[LookHit, ...]) -> None:
            shown = tuple(further.Hit(record_id=hit.record_id, values=hit.values) for hit in hits)
            self._loops.find.send(further.BeyondFound(query=query, hits=shown))

        def failed(failure: Exception) -> None:
            self._loops.find.send(further.BeyondFound(query=query, problem=_code_of_look(failure)))

        self._ask(self._tablet.look_beyond(query), found, failed)

    def pin_failed(self, failure: Exception) -> None:
        asked = self._loops.find.model.query.strip()
        self._loops.find.send(further.BeyondFound(query=asked, problem=_code_of_look(failure)))

    def read_outbox(self) -> None:
        if self._loops.person is None:
            return
        reviews = self._loops.person.role in REVIEWERS

        def read() -> outbox.OutboxRead:
            tablet = self._tablet
            return outbox.OutboxRead(
                edits=tablet.outbox(),
                directory=tablet.directory(),
                in_step_ms=tablet.line().in_step_ms,
                reviews=reviews,
            )

        self._ask(at_once(read), self._loops.outbox.send, self.left_meanwhile)

    def read_what_is_pending(self) -> None:
        def read() -> leaving.ShiftEndRead:
            line = self._tablet.line()
            return leaving.ShiftEndRead(
                edits=self._tablet.outbox(),
                agenda=self._tablet.agenda(),
                online=line.online and not line.cut,
            )

        def known(answer: leaving.ShiftEndRead) -> None:
            if self._loops.person is not None:
                self._loops.leaving.send(answer)

        self._ask(at_once(read), known, self.left_meanwhile)

    def read_held(self) -> None:
        if self._loops.person is not None:
            self._ask(
                self._tablet.online.held_edits(),
                self._held_known,
                self.held_unknown,
            )

    def _held_known(self, held: tuple[outbox.HeldEdit, ...]) -> None:
        self._loops.outbox.send(outbox.HeldRead(held=held))
        self._loops.team.send(team.HeldKnown(count=len(held)))

    def held_unknown(self, failure: Exception) -> None:
        self._loops.outbox.send(outbox.HeldRead(problem=code_of(failure)))
        self._loops.team.send(team.HeldKnown(count=None))

    def left_meanwhile(self, failure: Exception) -> None:
        """A question of somebody who has handed the tablet over needs no answer."""
        if not isinstance(failure, NobodySignedIn):
            raise failure


async def at_once(work: Callable[[], T]) -> T:
    """Do plain work in the tablet's thread."""
    return work()


def _code_of_look(failure: Exception) -> str:
    """Return why a question to the server has no answer."""
    return str(failure.code) if isinstance(failure, RequestRejected) else code_of(failure)


def code_of(failure: Exception) -> str:
    """Return what a failure the trade expects is called on screen; any other is raised."""
    match failure:
        case AccountRefused(code=code):
            return code
        case ServerUnreachable():
            return UNREACHABLE
        case DeviceRevoked():
            return "device_revoked"
        case _:
            raise failure
