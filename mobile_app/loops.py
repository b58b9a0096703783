"""The models of all screens, and who looks at them."""

from collections.abc import Callable
from typing import Any

from mobile_app.faces import Person
from mobile_app.loop import Loop
from mobile_app.preferences import Preferences
from mobile_app.screens.card import events as card_events
from mobile_app.screens.card import model as card
from mobile_app.screens.card import shown as card_shown
from mobile_app.screens.catalogue import model as catalogue
from mobile_app.screens.customer_side import model as customer_side
from mobile_app.screens.enrol import model as enrol
from mobile_app.screens.find import model as find
from mobile_app.screens.follow_ups import model as follow_ups
from mobile_app.screens.leaving import model as leaving
from mobile_app.screens.outbox import model as outbox
from mobile_app.screens.pin import model as pin
from mobile_app.screens.settings import model as settings
from mobile_app.screens.sign_in import model as sign_in
from mobile_app.screens.team import model as team
from mobile_app.screens.today import model as today


class Loops:
    """The circle of each screen: what is shown, what may happen, what is done about it."""

    def __init__(self, perform: Callable[[Any], None], *, server: str, preferences: Preferences) -> None:
        self.enrol = Loop(enrol.EnrolModel(server=server), enrol.update, perform)
        self.sign_in = Loop(sign_in.SignInModel(), sign_in.update, perform)
        self.pin = Loop(pin.PinModel(), pin.update, perform)
        self.find = Loop(find.FindModel(), find.update, perform)
        self.card = Loop(card_shown.CardModel(), card.update, perform)
        self.today = Loop(today.TodayModel(), today.update, perform)
        self.catalogue = Loop(catalogue.CatalogueModel(), catalogue.update, perform)
        self.follow_ups = Loop(follow_ups.FollowUpsModel(), follow_ups.update, perform)
        self.team = Loop(team.TeamModel(), team.update, perform)
        self.customer_side = Loop(customer_side.CustomerSideModel(), customer_side.update, perform)
        self.outbox = Loop(outbox.OutboxModel(), outbox.update, perform)
        self.leaving = Loop(leaving.ShiftEndModel(), leaving.update, perform)
        self.settings = Loop(settings.SettingsModel(preferences=preferences), settings.update, perform)
        self.person: Person | None = None  # who is signed in
        self.screen = ""  # the one in front

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

    def empty(self) -> None:
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
