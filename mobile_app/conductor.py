"""Where effects are performed: the screens' models on one side, the tablet in its thread on the other.

No Kivy here: ``deliver`` brings answers to the thread that shows, ``stage`` shows a screen. So a whole
shift can be played without a window.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from mobile_app import effects
from mobile_app.account import AccountRefused, Device
from mobile_app.background import Background, Deliver
from mobile_app.faces import Person
from mobile_app.facts import Fact, LeaseOver, RecordsChanged, Revoked
from mobile_app.lease import LeaseEnded
from mobile_app.loop import Loop
from mobile_app.preferences import Preferences, keep_preferences, read_preferences
from mobile_app.revealing import NotTakenAlong
from mobile_app.screens.agenda import Agenda
from mobile_app.screens.card import events as card_events
from mobile_app.screens.card import model as card
from mobile_app.screens.card import revealing
from mobile_app.screens.card import shown as card_shown
from mobile_app.screens.card.past import Past, PastValue
from mobile_app.screens.catalogue import model as catalogue
from mobile_app.screens.customer_side import model as customer_side
from mobile_app.screens.enrol import model as enrol
from mobile_app.screens.find import further, newcomer
from mobile_app.screens.find import model as find
from mobile_app.screens.follow_ups import model as follow_ups
from mobile_app.screens.leaving import model as leaving
from mobile_app.screens.outbox import model as outbox
from mobile_app.screens.pin import model as pin
from mobile_app.screens.settings import model as settings
from mobile_app.screens.sign_in import model as sign_in
from mobile_app.screens.team import model as team
from mobile_app.screens.team.work import Work
from mobile_app.screens.today import model as today
from mobile_app.session import DeviceRevoked, NobodySignedIn
from mobile_app.strip import LineStatus
from mobile_app.tablet import NothingToSealWith, Tablet
from mobile_app.turned import turned_to_her, turned_to_somebody_new
from mobile_app.vault import FullSignInNeeded, PinTooSimple, SealBroken, WrongPin
from schemas.protocol import LookHit
from sync.replica.transport import RequestRejected, ServerUnreachable

UNREACHABLE = "unreachable"
CUSTOMER_SIDE = "customer_side"
PREFERENCES = "preferences.json"
REVIEWERS = ("store_manager", "zone_manager")  # decide about edits of colleagues

T = TypeVar("T")


class Stage(Protocol):
    """What can be shown."""

    def show(self, screen: str) -> None:
        """Bring a screen to the front."""

    def show_line(self, status: LineStatus) -> None:
        """Say on the strip how sync stands."""

    def apply_preferences(self, preferences: Preferences) -> None:
        """Take the person's taste at once, without a restart."""


class Conductor:
    """The models of all screens, and the one place where their effects are performed."""

    def __init__(
        self, folder: Path, *, server: str | None, stage: Stage, deliver: Deliver, **tablet: Any
    ) -> None:
        """Open the tablet in its thread. ``tablet`` are further arguments of ``Tablet``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stage = stage
        self._background = Background(deliver)
        self._background.start()
        self._tablet = self._background.call(self._make_tablet(folder, server, tablet))
        kept = read_preferences(folder / PREFERENCES) or Preferences()
        self.enrol = Loop(enrol.EnrolModel(server=self._tablet.server), enrol.update, self.perform)
        self.sign_in = Loop(sign_in.SignInModel(), sign_in.update, self.perform)
        self.pin = Loop(pin.PinModel(), pin.update, self.perform)
        self.find = Loop(find.FindModel(), find.update, self.perform)
        self.card = Loop(card_shown.CardModel(), card.update, self.perform)
        self.today = Loop(today.TodayModel(), today.update, self.perform)
        self.catalogue = Loop(catalogue.CatalogueModel(), catalogue.update, self.perform)
        self.follow_ups = Loop(follow_ups.FollowUpsModel(), follow_ups.update, self.perform)
        self.team = Loop(team.TeamModel(), team.update, self.perform)
        self.customer_side = Loop(customer_side.CustomerSideModel(), customer_side.update, self.perform)
        self.outbox = Loop(outbox.OutboxModel(), outbox.update, self.perform)
        self.leaving = Loop(leaving.ShiftEndModel(), leaving.update, self.perform)
        self.settings = Loop(settings.SettingsModel(preferences=kept), settings.update, self.perform)
        self._turned_by: Person | None = None  # who gets the tablet back, by his PIN
        self._turned_to: UUID | None = None
        self._locked_behind_her = False
        self.line = LineStatus()
        self.person: Person | None = None
        self._screen = ""

    @property
    def loops(self) -> tuple[Loop[Any, Any, Any], ...]:
        """The circles of all screens."""
        return (
            self.enrol,
            self.sign_in,
            self.pin,
            self.today,
            self.find,
            self.card,
            self.catalogue,
            self.follow_ups,
            self.team,
            self.customer_side,
            self.outbox,
            self.leaving,
            self.settings,
        )

    def start(self) -> None:
        """Show the first screen: usable at once, with or without network."""
        self._stage.apply_preferences(self.settings.model.preferences)
        if self._background.call(self._device()) is None:
            self._show("enrol")
        else:
            self._show_people()

    def stop(self) -> None:
        """Close the tablet; what was kept stays kept."""
        self._background.call(self._tablet.close())
        self._background.stop()

    def ask_and_wait(self, question: Callable[[Tablet], T]) -> T:
        """Ask the tablet in its thread and wait for the answer: for scripts and tests, never for a screen."""
        return self._background.call(self._now(lambda: question(self._tablet)))

    def perform(self, effect: Any) -> None:
        """Do what a screen asks for; answers come back as events."""
        match effect:
            case effects.Enrol(server=server, code=code, name=name):
                self._ask(self._tablet.enrol(server, code, name), self._enrolled, self._enrolment_failed)
            case effects.SignIn(code=code, password=password):
                self._ask(self._tablet.sign_in(code, password), self._signed_in, self._sign_in_failed)
            case effects.Unlock(associate_id=associate_id, pin=digits):
                self._ask(self._tablet.unlock(associate_id, digits), self._unlocked, self._unlock_failed)
            case effects.ChoosePin(pin=digits):
                self._ask(self._tablet.choose_pin(digits), self._pin_kept, self._pin_refused)
            case effects.Lock():
                self._ask(self._tablet.lock(), lambda _: self._left())
            case effects.SignOut():
                self._ask(self._tablet.sign_out(), lambda _: self._left())
            case effects.AskPin(associate_id=associate_id, name=name, choosing=choosing):
                code = next(
                    (face.code for face in self.sign_in.model.faces if face.associate_id == associate_id), ""
                )
                asked = pin.Asked(associate_id=associate_id, name=name, code=code, choosing=choosing)
                self.pin.send(asked)
                self._show("pin")
            case effects.AskPassword(code=code):
                self._show_people(sign_in.SomebodyElse(code=code, problem="full_sign_in"))
            case effects.GoTo(screen="people" | "sign_in"):
                self._show_people()
            case effects.GoTo(screen="find"):
                self._show_counter()
            case effects.GoTo(screen=screen):
                self._show(screen)
            case effects.Search():
                self._search(effect)
            case effects.ReadAgenda(whole=whole, week=week):
                self._read_agenda(whole, week)
            case effects.ReadTeam():
                self._read_team()
            case effects.TurnTablet(record_id=record_id, begun=begun):
                self._turn(record_id, begun)
            case effects.HandBack():
                self._hand_back()
            case effects.ReadShelf():
                self._read_shelf()
            case effects.WantPictures(skus=skus):
                self._want_pictures(skus)
            case effects.ReadPast(record_id=record_id, path=path):
                self._read_past(record_id, path)
            case effects.Reveal():
                self._reveal(effect)
            case effects.SearchNotes(query=query):
                self._ask(
                    self._tablet.search_notes(query),
                    lambda hits: self.find.send(further.NotesFound(query=query, hits=tuple(hits))),
                    self._left_meanwhile,
                )
            case effects.LookBeyond(query=query):
                self._look_beyond(query)
            case effects.PinBeyond(record_id=record_id):
                self._ask(
                    self._tablet.pin(record_id),
                    lambda _: self._read_card(record_id),
                    self._pin_failed,
                )
            case effects.SeekTwins(texts=texts):
                self._ask(
                    self._now(lambda: newcomer.Twins(texts=texts, found=tuple(self._tablet.twins(texts)))),
                    self.find.send,
                    self._left_meanwhile,
                )
            case effects.OpenCard(record_id=record_id, path=path):
                self._read_card(record_id, path)
            case effects.Submit(record_id=record_id, mutation=mutation):
                self._ask(self._now(lambda: self._tablet.submit(record_id, mutation)))
            case effects.SyncNow():
                self._ask(self._tablet.sync_now())
            case effects.CutLine(cut=cut):
                self._ask(self._now(lambda: self._tablet.cut_line(cut)))
            case effects.ReadOutbox():
                self._read_outbox()
            case effects.ReadShiftEnd():
                self._read_what_is_pending()
            case effects.Discard(mutation_id=mutation_id):
                self._ask(self._now(lambda: self._tablet.discard(mutation_id)), self._outbox_changed)
            case effects.Resend(mutation_id=mutation_id):
                self._ask(self._now(lambda: self._tablet.resend(mutation_id)), self._outbox_changed)
            case effects.ResolveConflict():
                self._ask(
                    self._now(
                        lambda: self._tablet.resolve(
                            effect.record_id,
                            effect.conflict_id,
                            keep=effect.keep,
                            field=effect.field,
                            value=effect.value,
                        )
                    ),
                    self._outbox_changed,
                )
            case effects.SaveUnsent():
                self._ask(self._now(self._tablet.save_unsent), self._unsent_saved, self._unsent_not_saved)
            case effects.ReadHeld():
                self._read_held()
            case effects.ReviewHeld(mutation_id=mutation_id, apply=apply):
                self._ask(
                    self._tablet.online.review(mutation_id, apply=apply),
                    lambda _: self._read_held(),
                    self._held_unknown,
                )
            case effects.Speak(language=language):
                self.settings.send(settings.LanguageChosen(language=language))
            case effects.Prefer(preferences=preferences):
                self._keep_taste(preferences)
                self._stage.apply_preferences(preferences)
            case _:
                raise NotImplementedError(type(effect).__name__)

    def _ask(self, work: Any, then: Any = None, failed: Any = None) -> None:
        self._background.ask(work, then, failed)

    async def _now(self, work: Callable[[], T]) -> T:
        """Run plain work in the tablet's thread."""
        return work()

    async def _make_tablet(self, folder: Path, server: str | None, further: dict[str, Any]) -> Tablet:
        def hear(fact: Fact) -> None:
            self._background.tell(self._hear, fact)

        return Tablet(folder, hear=hear, server=server, **further)

    async def _device(self) -> Device | None:
        return self._tablet.session.device

    def _hear(self, fact: Fact) -> None:
        match fact:
            case LineStatus():
                self.line = fact
                self._stage.show_line(fact)
                self.settings.send(settings.LineKnown(cut=fact.cut, pending=fact.waiting + fact.for_a_person))
                self.card.send(card_events.LineKnown(online=fact.online and not fact.cut))
                if self._screen == "outbox":
                    self._read_outbox()
                elif self._screen == "leaving" and self.person is not None:
                    self.leaving.send(leaving.Changed())
            case RecordsChanged() if self._screen == CUSTOMER_SIDE:
                pass  # nothing of others is read while she holds the tablet
            case RecordsChanged(record_ids=record_ids) if self.person is not None:
                self.find.send(find.Changed())
                self._agenda_changed()
                if self._screen == "catalogue":
                    self.catalogue.send(catalogue.Changed())
                shown = self.card.model.card
                if shown is not None and shown.record_id in record_ids:
                    self._read_card(shown.record_id)
            case RecordsChanged():
                pass  # told before the person left
            case Revoked():
                self._empty()
                self._ask(self._tablet.lock())
                self.enrol.send(enrol.EnrolmentFailed(code="device_revoked"))
                self._show("enrol")
            case LeaseOver():
                self._empty()
                self._show_people()

    def _show(self, screen: str) -> None:
        self._screen = screen
        match screen:
            case "today":
                self.today.send(today.Entered())
            case "follow_ups":
                self.follow_ups.send(follow_ups.Entered())
            case "team":
                self.team.send(team.Entered())
            case "catalogue":
                self.catalogue.send(self._wisher())
            case "leaving":
                self.leaving.send(leaving.Entered())
            case "outbox":
                self._read_outbox()
                if self.person is not None and self.person.role in REVIEWERS:
                    self._read_held()
            case "settings" if self.person is not None:
                known = settings.Shown(
                    person=self.person.name, role=self.person.role, store=", ".join(self.person.stores)
                )
                self.settings.send(known)
        self._stage.show(screen)

    def lock_customer_side(self) -> None:
        """The screen went dark while she held the tablet: what she did not confirm is gone."""
        if self._screen == CUSTOMER_SIDE:
            self.customer_side.send(customer_side.TimeOver())

    def _show_people(self, then: sign_in.SignInEvent | None = None) -> None:
        def faces_read(read: tuple[tuple[sign_in.Face, ...], Device | None]) -> None:
            faces, device = read
            self.sign_in.send(sign_in.FacesRead(faces=faces, store=device.store if device else ""))
            if then is not None:
                self.sign_in.send(then)
            self._show("sign_in" if self.sign_in.model.form else "people")

        self._ask(self._now(lambda: (self._tablet.faces(), self._tablet.session.device)), faces_read)

    def _taste_of(self, person: Person) -> Path:
        return self._folder / "people" / str(person.associate_id) / PREFERENCES

    def _keep_taste(self, preferences: Preferences) -> None:
        """Keep a person's taste as his own, and as the one in which the tablet greets the next."""
        if self.person is not None:
            keep_preferences(self._taste_of(self.person), preferences)
        keep_preferences(self._folder / PREFERENCES, preferences)

    def _take_taste(self, person: Person) -> None:
        """Speak and look as this person likes it; somebody new takes the tablet as it is."""
        kept = read_preferences(self._taste_of(person)) or self.settings.model.preferences
        keep_preferences(self._folder / PREFERENCES, kept)
        self.settings.send(settings.TasteKnown(preferences=kept))
        self._stage.apply_preferences(kept)

    def _show_counter(self) -> None:
        self._show("find")

    def _search(self, asked: effects.Search) -> None:
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

        self._ask(self._now(look), self.find.send, self._left_meanwhile)

    def _read_agenda(self, whole: bool, week: date | None) -> None:
        screen = self._screen

        def read(agenda: Agenda) -> None:
            if self.person is None:
                return
            if screen == "today":
                self.today.send(today.AgendaRead(agenda=agenda))
            else:
                self.follow_ups.send(follow_ups.AgendaRead(agenda=agenda))

        self._ask(self._now(lambda: self._tablet.agenda(whole=whole, week=week)), read, self._left_meanwhile)

    def _read_team(self) -> None:
        manages = self.person is not None and self.person.role in REVIEWERS

        def read(work: Work) -> None:
            if self.person is not None:
                self.team.send(team.TeamRead(work=work, manages=manages))

        self._ask(self._now(self._tablet.team), read, self._left_meanwhile)

    def _agenda_changed(self) -> None:
        """Read what is ahead again where it is looked at."""
        if self._screen == "today":
            self.today.send(today.Changed())
        elif self._screen == "follow_ups":
            self.follow_ups.send(follow_ups.Changed())
        elif self._screen == "team":
            self.team.send(team.Changed())
        elif self._screen == "leaving":
            self.leaving.send(leaving.Changed())

    def _wisher(self) -> catalogue.Entered:
        """Whose card is open goes along to the catalogue, if she may be given a wish."""
        shown = self.card.model.card
        if shown is None or not self.card.model.writes("wish_list"):
            return catalogue.Entered()
        name = " ".join(
            shown.values[part] for part in ("given_name", "family_name") if shown.values.get(part)
        )
        return catalogue.Entered(wisher=shown.record_id, name=name)

    def _read_shelf(self) -> None:
        def read() -> catalogue.ShelfRead:
            return catalogue.ShelfRead(shelf=self._tablet.shelf(), now_ms=self._tablet.now_ms())

        self._ask(self._now(read), self.catalogue.send, self._left_meanwhile)

    def _want_pictures(self, skus: tuple[str, ...]) -> None:
        def known(sku: str, file: Path | None) -> None:
            if file is not None and self.person is not None:
                self.card.send(card_events.PictureKnown(sku=sku, file=str(file)))
                self.catalogue.send(catalogue.PictureKnown(sku=sku, file=str(file)))

        for sku in skus:
            self._ask(self._tablet.picture(sku), partial(known, sku), self._left_meanwhile)

    def _read_past(self, record_id: UUID, path: str) -> None:
        field = path.partition("/")[0]

        def known(values: tuple[PastValue, ...]) -> None:
            held = tuple(each for each in values if each.path == path)
            self.card.send(card_events.PastKnown(past=Past(path=path, values=held)))

        def failed(failure: Exception) -> None:
            if isinstance(failure, NobodySignedIn):
                return
            self.card.send(card_events.PastKnown(past=Past(path=path, problem=_code_of(failure))))

        self._ask(self._tablet.past(record_id, field), known, failed)

    def _reveal(self, wanted: effects.Reveal) -> None:
        def refused(failure: Exception) -> None:
            match failure:
                case NobodySignedIn():
                    return
                case WrongPin():
                    self.card.send(revealing.RevealRefused(path=wanted.field, problem="wrong_pin"))
                case FullSignInNeeded():  # three wrong ones: somebody else is at the tablet
                    self.perform(effects.Lock())
                case NotTakenAlong():
                    self.card.send(revealing.RevealRefused(path=wanted.field, problem=UNREACHABLE))
                case _:
                    self.card.send(revealing.RevealRefused(path=wanted.field, problem=_code_of(failure)))

        self._ask(
            self._tablet.reveal(wanted.record_id, wanted.field, wanted.reason, wanted.pin),
            lambda shown: self.card.send(
                revealing.RevealShown(path=wanted.field, value=shown.value, as_of=shown.as_of)
            ),
            refused,
        )

    def _look_beyond(self, query: str) -> None:
        def found(hits: tuple[LookHit, ...]) -> None:
            shown = tuple(further.Hit(record_id=hit.record_id, values=hit.values) for hit in hits)
            self.find.send(further.BeyondFound(query=query, hits=shown))

        def failed(failure: Exception) -> None:
            self.find.send(further.BeyondFound(query=query, problem=_code_of_look(failure)))

        self._ask(self._tablet.look_beyond(query), found, failed)

    def _pin_failed(self, failure: Exception) -> None:
        asked = self.find.model.query.strip()
        self.find.send(further.BeyondFound(query=asked, problem=_code_of_look(failure)))

    def _read_card(self, record_id: UUID, path: str = "") -> None:
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
            self.card.send(answer)
            self.find.send(find.CardShown(record_id=answer.card.record_id if answer.card else None))
            if path and answer.card is not None:
                self.card.send(card_events.ValuePressed(path=path))

        self._ask(self._now(read), shown, self._left_meanwhile)

    def _turn(self, record_id: UUID, begun: dict[str, str] | None) -> None:
        """Show a customer her own lines, in her language, and empty every screen of the seller's."""
        person = self.person

        def read() -> tuple[customer_side.Turned, str] | None:
            language = self.settings.model.preferences.language
            if begun is None:
                return turned_to_her(self._tablet, record_id, language=language)
            return turned_to_somebody_new(self._tablet, record_id, begun, language=language)

        def show(turned: tuple[customer_side.Turned, str] | None) -> None:
            if turned is None or self.person is None:
                return
            self._turned_by, self._turned_to, self._locked_behind_her = person, record_id, False
            self._empty()
            self._stage.apply_preferences(
                msgspec.structs.replace(
                    self.settings.model.preferences,
                    language=turned[1].partition("-")[0],
                    text_scale=max(1.15, self.settings.model.preferences.text_scale),
                )
            )
            self.customer_side.send(turned[0])
            self._show(CUSTOMER_SIDE)

        self._ask(self._now(read), show, self._left_meanwhile)

    def _hand_back(self) -> None:
        """Lock behind what she said; a second time, when the thanks are read, ask for the PIN."""
        if not self._locked_behind_her:
            self._locked_behind_her = True
            self._ask(self._tablet.lock())
            return
        self._stage.apply_preferences(self.settings.model.preferences)
        self.customer_side.model = customer_side.CustomerSideModel(over=True)
        person = self._turned_by
        if person is None:
            self._show_people()
        else:
            self.perform(effects.AskPin(associate_id=person.associate_id, name=person.name))

    def _left_meanwhile(self, failure: Exception) -> None:
        """A question of somebody who has handed the tablet over needs no answer."""
        if not isinstance(failure, NobodySignedIn):
            raise failure

    def _read_outbox(self) -> None:
        if self.person is None:
            return
        reviews = self.person.role in REVIEWERS

        def read() -> outbox.OutboxRead:
            tablet = self._tablet
            return outbox.OutboxRead(
                edits=tablet.outbox(),
                directory=tablet.directory(),
                in_step_ms=tablet.line().in_step_ms,
                reviews=reviews,
            )

        self._ask(self._now(read), self.outbox.send, self._left_meanwhile)

    def _read_what_is_pending(self) -> None:
        def read() -> leaving.ShiftEndRead:
            line = self._tablet.line()
            return leaving.ShiftEndRead(
                edits=self._tablet.outbox(),
                agenda=self._tablet.agenda(),
                online=line.online and not line.cut,
            )

        def known(answer: leaving.ShiftEndRead) -> None:
            if self.person is not None:
                self.leaving.send(answer)

        self._ask(self._now(read), known, self._left_meanwhile)

    def _read_held(self) -> None:
        if self.person is not None:
            self._ask(
                self._tablet.online.held_edits(),
                self._held_known,
                self._held_unknown,
            )

    def _held_known(self, held: tuple[outbox.HeldEdit, ...]) -> None:
        self.outbox.send(outbox.HeldRead(held=held))
        self.team.send(team.HeldKnown(count=len(held)))

    def _unsent_saved(self, file: Path | None) -> None:
        saved = settings.Saved(file=str(file)) if file else settings.Saved(problem="nothing_unsent")
        self.settings.send(saved)

    def _unsent_not_saved(self, failure: Exception) -> None:
        match failure:
            case NothingToSealWith():
                self.settings.send(settings.Saved(problem="no_key"))
            case OSError():
                self.settings.send(settings.Saved(problem="no_room"))
            case _:
                raise failure

    def _held_unknown(self, failure: Exception) -> None:
        self.outbox.send(outbox.HeldRead(problem=_code_of(failure)))
        self.team.send(team.HeldKnown(count=None))

    def _outbox_changed(self, _: Any) -> None:
        self.outbox.send(outbox.OutboxChanged())

    def _left(self) -> None:
        self._empty()
        self._show_people()

    def _empty(self) -> None:
        """Leave nothing of the person and the customers in the models."""
        self.person = None
        self.outbox.send(outbox.HeldRead())
        self.outbox.send(outbox.OutboxRead(edits=()))
        self.leaving.send(leaving.Emptied())
        self.settings.send(settings.LineKnown(cut=self.settings.model.line_cut, pending=0))
        self.team.send(team.Emptied())
        self.today.send(today.Emptied())
        self.catalogue.send(catalogue.Emptied())
        self.follow_ups.send(follow_ups.Emptied())
        self.find.send(find.Emptied())
        self.card.send(card_events.Emptied())

    # What came of it

    def _enrolled(self, _: Device) -> None:
        self.enrol.send(enrol.Enrolled())

    def _enrolment_failed(self, failure: Exception) -> None:
        self.enrol.send(enrol.EnrolmentFailed(code=_code_of(failure)))

    def _signed_in(self, person: Person) -> None:
        self.person = person
        self._take_taste(person)

        def known(takes_pin: bool) -> None:
            self.sign_in.send(
                sign_in.SignedIn(associate_id=person.associate_id, name=person.name, takes_pin=takes_pin)
            )

        self._ask(self._now(lambda: self._tablet.session.takes_pin(person.associate_id)), known)

    def _sign_in_failed(self, failure: Exception) -> None:
        if isinstance(failure, DeviceRevoked):
            self._hear(Revoked())
        self.sign_in.send(sign_in.SignInFailed(code=_code_of(failure)))

    def _unlocked(self, person: Person) -> None:
        self.person = person
        self._take_taste(person)
        self.pin.send(pin.Opened())
        turned_by, turned_to = self._turned_by, self._turned_to
        self._turned_by = self._turned_to = None
        if turned_by is not None and turned_to is not None and turned_by.associate_id == person.associate_id:
            self._read_card(turned_to)

    def _unlock_failed(self, failure: Exception) -> None:
        match failure:
            case WrongPin():
                self.pin.send(pin.Wrong(left=failure.left))
            case LeaseEnded():
                self.pin.send(pin.LeaseOver())
            case FullSignInNeeded() | SealBroken():
                self.pin.send(pin.NoTriesLeft())
            case DeviceRevoked():
                self._hear(Revoked())
            case _:
                raise failure

    def _pin_kept(self, _: None) -> None:
        self.pin.send(pin.PinKept())

    def _pin_refused(self, failure: Exception) -> None:
        if not isinstance(failure, PinTooSimple):
            raise failure
        self.pin.send(pin.PinRefused())


def _code_of_look(failure: Exception) -> str:
    """Return why a question to the server has no answer."""
    return str(failure.code) if isinstance(failure, RequestRejected) else _code_of(failure)


def _code_of(failure: Exception) -> str:
    match failure:
        case AccountRefused(code=code):
            return code
        case ServerUnreachable():
            return UNREACHABLE
        case DeviceRevoked():
            return "device_revoked"
        case _:
            raise failure
