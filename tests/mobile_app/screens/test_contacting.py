"""What the card says may be done is what ``may_contact`` says, with its reason in words."""

from typing import Any

import pytest

from mobile_app.i18n import use
from mobile_app.screens.card import events
from mobile_app.screens.card.contacting import Means, answer_for, means
from mobile_app.screens.card.model import update
from mobile_app.screens.card.sheet_words import sheet_content
from mobile_app.screens.card.shown import CardModel
from schemas.consent import ContactChannel, Limit, Purpose
from schemas.contact import PHONE_NEEDS_CONSENT_FROM
from schemas.ids import id_from
from schemas.wording import Wording
from tests.mobile_app.screens.made import DIRECTORY, NOW_MS, TODAY, ago, card, purchase

EMAIL = Wording(
    version="2026-01",
    brand="valmere",
    channel=ContactChannel.EMAIL,
    purpose=Purpose.MARKETING,
    texts={"en": "The house may write to me by e-mail."},
)
PROVED = {"state": "granted", "at": ago(20), "wording": "2026-01", "under": {"2026-01": {"at": ago(20)}}}
UNPROVED = {"state": "granted", "at": ago(20)}


def opened(*, now_ms: int = NOW_MS, known: bool = True, **said: Any) -> CardModel:
    """Return a card of hers who bought nothing, unless it is said."""
    held = card(**{"consents": {}, "purchases": [], **said})
    wordings = {EMAIL.key: EMAIL} if known else {}
    event = events.CardRead(card=held, directory=DIRECTORY, today=TODAY, now_ms=now_ms, wordings=wordings)
    return update(CardModel(), event)[0]


def chip(model: CardModel, channel: str) -> Means:
    return next(each for each in means(model) if each.channel == channel)


def note(model: CardModel, channel: str, purpose: str = "marketing") -> str:
    """Return what the sheet of a channel says of a purpose."""
    asked = update(model, events.ConsentPressed(channel=channel))[0]
    content = sheet_content(asked)
    assert content is not None
    return next(each.note for each in content.questions if each.key == f"valmere/{channel}/{purpose}")


class TestAChannel:
    def test_is_allowed_by_a_yes_that_is_proved(self) -> None:
        model = opened(consents={"valmere/email/marketing": PROVED})
        assert chip(model, "email") == Means(channel="email", allowed=True, refused=False)
        assert note(model, "email").startswith("Allowed: she said yes")

    @pytest.mark.parametrize(
        ("standing", "known"), [(UNPROVED, True), (PROVED, False)], ids=["without wording", "wording unknown"]
    )
    def test_is_refused_by_a_yes_that_nothing_proves(self, standing: dict[str, Any], known: bool) -> None:
        model = opened(consents={"valmere/email/marketing": standing}, known=known)
        assert chip(model, "email") == Means(channel="email", allowed=False, refused=True)
        assert note(model, "email").startswith("Not allowed: nothing proves her yes")

    def test_is_neither_where_nobody_asked(self) -> None:
        model = opened()
        assert chip(model, "post") == Means(channel="post", allowed=False, refused=False)
        assert note(model, "post") == "Not allowed: never asked"

    def test_is_refused_by_a_no_whatever_she_bought(self) -> None:
        no = {"state": "withdrawn", "at": ago(2), "standing": [str(id_from("event", "no"))]}
        model = opened(consents={"valmere/sms/marketing": no}, purchases=[purchase(1, 4, 89000)])
        assert chip(model, "sms").refused
        assert note(model, "sms").startswith("Not allowed: she said no")

    def test_is_allowed_for_who_bought_lately_and_reads_of_it_alone(self) -> None:
        bought = [purchase(1, 4, 89000)]
        assert note(opened(purchases=bought), "email").startswith("Allowed by what she bought")
        hidden = opened(purchases=bought)
        assert hidden.card is not None
        del hidden.card.levels["purchases"]
        assert answer_for(hidden, "valmere/email/marketing").reason == "never_asked"

    def test_of_service_needs_no_wording(self) -> None:
        model = opened(consents={"valmere/phone/service": UNPROVED})
        assert chip(model, "phone").allowed

    @pytest.mark.parametrize("limit", [Limit.RESTRICTION.value, "a_limit_of_a_later_build"])
    def test_is_refused_by_a_restriction_above_every_yes(self, limit: str) -> None:
        model = opened(consents={"valmere/email/marketing": PROVED}, limits={limit: ago(1)})
        assert all(each.refused for each in means(model))
        assert "used for nothing" in note(model, "email")

    def test_says_who_objected_to_being_evaluated(self) -> None:
        key = "valmere/email/profiling"
        model = opened(consents={key: PROVED}, limits={Limit.PROFILING.value: ago(1)})
        assert note(model, "email", "profiling").startswith("Not allowed: she objected")

    def test_is_never_said_to_be_open_to_who_may_not_read_what_limits_it(self) -> None:
        model = opened(consents={"valmere/email/marketing": PROVED})
        assert model.card is not None
        del model.card.levels["limits"]
        assert chip(model, "email").refused
        assert "your role may not read" in note(model, "email")


class TestACall:
    def test_to_who_bought_lately_needs_her_yes_since_the_law(self) -> None:
        bought = [{**purchase(1, 4, 89000), "at": PHONE_NEEDS_CONSENT_FROM - 1000}]
        before = opened(purchases=bought, now_ms=PHONE_NEEDS_CONSENT_FROM - 1)
        since = opened(purchases=bought, now_ms=PHONE_NEEDS_CONSENT_FROM)
        assert chip(before, "phone").allowed
        assert chip(since, "phone").refused
        assert note(since, "phone") == "Not allowed: since 11 August 2026 calls need her yes"


class TestInFrench:
    def test_every_reason_is_said(self) -> None:
        use("fr")
        try:
            assert note(opened(), "post") == "Non autorisé : jamais demandé"
            assert "11 août 2026" in note(opened(), "phone")
        finally:
            use("en")
