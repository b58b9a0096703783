"""The customer's side, decided without a window: what she ticks, what of it is kept, and no way out."""

from typing import Any
from uuid import UUID

from mobile_app.effects import HandBack, Submit
from mobile_app.screens.customer_side.model import (
    ConfirmPressed,
    CustomerSideModel,
    LeavePressed,
    LinePressed,
    SignatureErased,
    Signed,
    TimeOver,
    Turned,
    lines_of,
    update,
)
from schemas.consent import ContactChannel, Purpose
from schemas.mutations import RecordConsent
from schemas.wording import Wording, wording_hash

ANNE = UUID(int=1)
WITHDRAWAL = UUID(int=9)
NOW = 1_795_000_000_000
STROKES = ((0, 0, 10, 10, 20, 0, 30, 10, 40, 0, 50, 10, 60, 0, 70, 10),)
EMAIL, SMS = "maison/email/marketing", "maison/sms/marketing"
VALUES: dict[str, Any] = {
    "consents": {
        EMAIL: {"state": "withdrawn", "at": 5, "standing": [str(WITHDRAWAL)]},
        SMS: {"state": "granted", "at": 5},
    }
}
WORDINGS = tuple(
    Wording(
        version="2026-11",
        brand="maison",
        channel=channel,
        purpose=Purpose.MARKETING,
        texts={"fr": f"Vous pouvez m'écrire par {channel}.", "it": f"Potete scrivermi: {channel}."},
    )
    for channel in (ContactChannel.EMAIL, ContactChannel.SMS)
)


def turned(language: str = "it-IT") -> CustomerSideModel:
    lines = lines_of(VALUES, WORDINGS, brand="maison", language=language, now=NOW)
    return update(CustomerSideModel(), Turned(record_id=ANNE, name="Anne", lines=lines, values=VALUES))[0]


def after(model: CustomerSideModel, *events: Any) -> tuple[CustomerSideModel, list[Any]]:
    effects: list[Any] = []
    for event in events:
        model, more = update(model, event)
        effects += more
    return model, effects


def said(effects: list[Any]) -> list[RecordConsent]:
    return [each.mutation for each in effects if isinstance(each, Submit)]


class TestCustomerSide:
    def test_asks_in_her_language_and_ticks_nothing_for_her(self) -> None:
        model = turned()

        assert [line.text[:7] for line in model.lines] == ["Potete ", "Potete "]
        assert [line.allowed for line in model.lines] == [False, True]
        assert not model.ticked and not model.says

    def test_asks_nothing_without_words_in_force(self) -> None:
        assert lines_of(VALUES, (), brand="maison", language="fr", now=NOW) == ()
        assert lines_of(VALUES, WORDINGS, brand="autre", language="fr", now=NOW) == ()

    def test_keeps_a_yes_with_all_that_proves_it(self) -> None:
        model, effects = after(turned(), LinePressed(key=EMAIL), Signed(strokes=STROKES), ConfirmPressed())

        (yes,) = said(effects)
        text = "Potete scrivermi: email."
        assert (yes.state, yes.wording, yes.language, yes.how) == ("granted", "2026-11", "it", "signature")
        assert yes.wording_hash == wording_hash("2026-11", "it", text)
        assert yes.signature == STROKES
        assert yes.knows == (WITHDRAWAL,)
        assert model.over and model.kept

    def test_takes_no_yes_without_a_signature(self) -> None:
        for strokes in ((), ((1, 1),)):
            model, effects = after(
                turned(), LinePressed(key=EMAIL), Signed(strokes=strokes), ConfirmPressed()
            )
            assert (model.problem, effects, model.over) == ("unsigned", [], False)

        erased, effects = after(
            turned(), LinePressed(key=EMAIL), Signed(strokes=STROKES), SignatureErased(), ConfirmPressed()
        )
        assert (erased.problem, effects) == ("unsigned", [])

    def test_lets_her_take_back_without_signing(self) -> None:
        _, effects = after(turned(), LinePressed(key=SMS), ConfirmPressed())

        (no,) = said(effects)
        assert (no.channel, no.state, no.how, no.signature) == ("sms", "withdrawn", "screen", ())

    def test_keeps_nothing_of_a_second_thought(self) -> None:
        twice = (LinePressed(key=EMAIL), LinePressed(key=EMAIL), LinePressed(key=SMS), LinePressed(key=SMS))
        for last in (ConfirmPressed(), LeavePressed(), TimeOver()):
            model, effects = after(turned(), *twice, last)
            assert (said(effects), effects, model) == ([], [HandBack()], CustomerSideModel(over=True))

    def test_keeps_nothing_that_she_did_not_confirm(self) -> None:
        for last in (LeavePressed(), TimeOver()):
            _, effects = after(turned(), LinePressed(key=EMAIL), Signed(strokes=STROKES), last)
            assert effects == [HandBack()]

    def test_locks_once_and_leads_to_the_pin_alone(self) -> None:
        model, effects = after(
            turned(), LinePressed(key=EMAIL), Signed(strokes=STROKES), ConfirmPressed(), ConfirmPressed()
        )
        assert effects.count(HandBack()) == 1
        assert (model.name, model.lines, model.values, model.strokes) == ("", (), {}, ())

        again, effects = after(model, LinePressed(key=EMAIL), TimeOver(), Signed(strokes=STROKES))
        assert (again, effects) == (model, [])
        assert after(model, LeavePressed())[1] == [HandBack()]

    def test_takes_no_line_that_is_not_hers(self) -> None:
        model, _ = after(turned(), LinePressed(key="autre/email/marketing"))
        assert not model.says
