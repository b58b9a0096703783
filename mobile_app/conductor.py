"""Where effects are performed: the screens' models on one side, the tablet in its thread on the other.

No Kivy here: ``deliver`` brings answers to the thread that shows, ``stage`` shows a screen. So a whole
shift can be played without a window.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

import msgspec

from mobile_app import effects
from mobile_app.account import Device
from mobile_app.answers import REVIEWERS, Answers, at_once, code_of
from mobile_app.background import Background, Deliver
from mobile_app.faces import Person
from mobile_app.facts import Fact, LeaseOver, RecordsChanged, Revoked
from mobile_app.lease import LeaseEnded
from mobile_app.loops import Loops
from mobile_app.preferences import Preferences, keep_preferences, read_preferences
from mobile_app.screens.card import events as card_events
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
from mobile_app.screens.today import model as today
from mobile_app.session import DeviceRevoked
from mobile_app.strip import LineStatus
from mobile_app.tablet import NothingToSealWith, Tablet
from mobile_app.turned import turned_to_her, turned_to_somebody_new
from mobile_app.vault import FullSignInNeeded, PinTooSimple, SealBroken, WrongPin

logger = logging.getLogger(__name__)

CUSTOMER_SIDE = "customer_side"
PREFERENCES = "preferences.json"

T = TypeVar("T")


class Stage(Protocol):
    """What can be shown."""

    def show(self, screen: str) -> None:
        """Bring a screen to the front."""

    def show_line(self, status: LineStatus) -> None:
        """Say on the strip how sync stands."""

    def apply_preferences(self, preferences: Preferences) -> None:
        """Take the person's taste at once, without a restart."""


class Conductor(Loops):
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
        super().__init__(self.perform, server=self._tablet.server, preferences=kept)
        self._answers = Answers(self, self._tablet, self._background, self.perform)
        self._turned_by: Person | None = None  # who gets the tablet back, by his PIN
        self._turned_to: UUID | None = None
        self._locked_behind_her = False
        self.line = LineStatus()

    def start(self) -> None:
        """Show the first screen: usable at once, with or without network."""
        self._stage.apply_preferences(self.settings.model.preferences)
        if self._background.call(self._device()) is None:
            self._show("enrol")
        else:
            self._show_people()
            self.ask_if_trusted()

    def ask_if_trusted(self) -> None:
        """A tablet on which nobody works makes no request: let it ask whether it was taken out of service."""
        if self.person is None:
            self._ask(self._tablet.ask_if_trusted())

    def stop(self) -> None:
        """Close the tablet; what was kept stays kept."""
        self._background.call(self._tablet.close())
        self._background.stop()

    def ask_and_wait(self, question: Callable[[Tablet], T]) -> T:
        """Ask the tablet in its thread and wait for the answer: for scripts and tests, never for a screen."""
        return self._background.call(at_once(lambda: question(self._tablet)))

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
                self._answers.search(effect)
            case effects.ReadAgenda(whole=whole, week=week):
                self._answers.read_agenda(whole, week)
            case effects.ReadTeam():
                self._answers.read_team()
            case effects.TurnTablet(record_id=record_id, begun=begun):
                self._turn(record_id, begun)
            case effects.HandBack():
                self._hand_back()
            case effects.ReadShelf():
                self._answers.read_shelf()
            case effects.WantPictures(skus=skus):
                self._answers.want_pictures(skus)
            case effects.ReadPast(record_id=record_id, path=path):
                self._answers.read_past(record_id, path)
            case effects.Reveal():
                self._answers.reveal(effect)
            case effects.SearchNotes(query=query):
                self._ask(
                    self._tablet.search_notes(query),
                    lambda hits: self.find.send(further.NotesFound(query=query, hits=tuple(hits))),
                    self._answers.left_meanwhile,
                )
            case effects.LookBeyond(query=query):
                self._answers.look_beyond(query)
            case effects.PinBeyond(record_id=record_id):
                self._ask(
                    self._tablet.pin(record_id),
                    lambda _: self._answers.read_card(record_id),
                    self._answers.pin_failed,
                )
            case effects.SeekTwins(texts=texts):
                self._ask(
                    at_once(lambda: newcomer.Twins(texts=texts, found=tuple(self._tablet.twins(texts)))),
                    self.find.send,
                    self._answers.left_meanwhile,
                )
            case effects.OpenCard(record_id=record_id, path=path):
                self._answers.read_card(record_id, path)
            case effects.Submit(record_id=record_id, mutation=mutation):
                failed = self._hers_not_kept if self.screen == CUSTOMER_SIDE else None
                self._ask(at_once(lambda: self._tablet.submit(record_id, mutation)), failed=failed)
            case effects.SyncNow():
                self._ask(self._tablet.sync_now())
            case effects.CutLine(cut=cut):
                self._ask(at_once(lambda: self._tablet.cut_line(cut)))
            case effects.ReadOutbox():
                self._answers.read_outbox()
            case effects.ReadShiftEnd():
                self._answers.read_what_is_pending()
            case effects.Discard(mutation_id=mutation_id):
                self._ask(at_once(lambda: self._tablet.discard(mutation_id)), self._outbox_changed)
            case effects.Resend(mutation_id=mutation_id):
                self._ask(at_once(lambda: self._tablet.resend(mutation_id)), self._outbox_changed)
            case effects.ResolveConflict():
                self._ask(
                    at_once(
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
                self._ask(at_once(self._tablet.save_unsent), self._unsent_saved, self._unsent_not_saved)
            case effects.ReadHeld():
                self._answers.read_held()
            case effects.ReviewHeld(mutation_id=mutation_id, apply=apply):
                self._ask(
                    self._tablet.online.review(mutation_id, apply=apply),
                    lambda _: self._answers.read_held(),
                    self._answers.held_unknown,
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
                if self.screen == "outbox":
                    self._answers.read_outbox()
                elif self.screen == "leaving" and self.person is not None:
                    self.leaving.send(leaving.Changed())
            case RecordsChanged() if self.screen == CUSTOMER_SIDE:
                pass  # nothing of others is read while she holds the tablet
            case RecordsChanged(record_ids=record_ids) if self.person is not None:
                self.find.send(find.Changed())
                self._answers.agenda_changed()
                if self.screen == "catalogue":
                    self.catalogue.send(catalogue.Changed())
                shown = self.card.model.card
                if shown is not None and shown.record_id in record_ids:
                    self._answers.read_card(shown.record_id)
            case RecordsChanged():
                pass  # told before the person left
            case Revoked():
                self._take_back()
                self.empty()
                self._ask(self._tablet.lock())
                self.enrol.send(enrol.EnrolmentFailed(code="device_revoked"))
                self._show("enrol")
            case LeaseOver():
                self._take_back()
                self.empty()
                self._show_people()

    def _show(self, screen: str) -> None:
        self.screen = screen
        match screen:
            case "today":
                self.today.send(today.Entered())
            case "follow_ups":
                self.follow_ups.send(follow_ups.Entered())
            case "team":
                self.team.send(team.Entered())
            case "catalogue":
                self.catalogue.send(self._answers.wisher())
            case "leaving":
                self.leaving.send(leaving.Entered())
            case "outbox":
                self._answers.read_outbox()
                if self.person is not None and self.person.role in REVIEWERS:
                    self._answers.read_held()
            case "settings" if self.person is not None:
                known = settings.Shown(
                    person=self.person.name, role=self.person.role, store=", ".join(self.person.stores)
                )
                self.settings.send(known)
        self._stage.show(screen)

    def lock_customer_side(self) -> None:
        """The screen went dark while she held the tablet: what she did not confirm is gone."""
        if self.screen == CUSTOMER_SIDE:
            self.customer_side.send(customer_side.TimeOver())

    def _show_people(self, then: sign_in.SignInEvent | None = None) -> None:
        def faces_read(read: tuple[tuple[sign_in.Face, ...], Device | None]) -> None:
            faces, device = read
            self.sign_in.send(sign_in.FacesRead(faces=faces, store=device.store if device else ""))
            if then is not None:
                self.sign_in.send(then)
            self._show("sign_in" if self.sign_in.model.form else "people")

        self._ask(at_once(lambda: (self._tablet.faces(), self._tablet.session.device)), faces_read)

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
            self.empty()
            self._stage.apply_preferences(
                msgspec.structs.replace(
                    self.settings.model.preferences,
                    language=turned[1].partition("-")[0],
                    text_scale=max(1.15, self.settings.model.preferences.text_scale),
                )
            )
            self.customer_side.send(turned[0])
            self._show(CUSTOMER_SIDE)

        self._ask(at_once(read), show, self._answers.left_meanwhile)

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

    def _hers_not_kept(self, failure: Exception) -> None:
        logger.error("customer_side.not_kept kind=%s", type(failure).__name__)
        self.customer_side.send(customer_side.NotKept())

    def _take_back(self) -> None:
        """The tablet is shut under a customer's hands: nothing of hers stays, and it is the shop's again."""
        if self.screen == CUSTOMER_SIDE:
            self.customer_side.send(customer_side.TimeOver())
            self._turned_by = self._turned_to = None
            self._stage.apply_preferences(self.settings.model.preferences)

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

    def _outbox_changed(self, _: Any) -> None:
        self.outbox.send(outbox.OutboxChanged())

    def _left(self) -> None:
        self.empty()
        self._show_people()

    # What came of it

    def _enrolled(self, _: Device) -> None:
        self.enrol.send(enrol.Enrolled())

    def _enrolment_failed(self, failure: Exception) -> None:
        self.enrol.send(enrol.EnrolmentFailed(code=code_of(failure)))

    def _signed_in(self, person: Person) -> None:
        self.person = person
        self._take_taste(person)

        def known(takes_pin: bool) -> None:
            self.sign_in.send(
                sign_in.SignedIn(associate_id=person.associate_id, name=person.name, takes_pin=takes_pin)
            )

        self._ask(at_once(lambda: self._tablet.session.takes_pin(person.associate_id)), known)

    def _sign_in_failed(self, failure: Exception) -> None:
        if isinstance(failure, DeviceRevoked):
            self._hear(Revoked())
        self.sign_in.send(sign_in.SignInFailed(code=code_of(failure)))

    def _unlocked(self, person: Person) -> None:
        self.person = person
        self._take_taste(person)
        self.pin.send(pin.Opened())
        turned_by, turned_to = self._turned_by, self._turned_to
        self._turned_by = self._turned_to = None
        if turned_by is not None and turned_to is not None and turned_by.associate_id == person.associate_id:
            self._answers.read_card(turned_to)

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
