"""The customer's side, decided without a window: what she ticks, what of it is kept, and no way out."""

from typing import Any
from uuid import UUID

from mobile_app.effects import HandBack, Submit
from mobile_app.screens.customer_side.details import Detail, begun_with, details_of
from mobile_app.screens.customer_side.model import (
    CONSENTS,
    DETAILS,
    ConfirmPressed,
    CustomerSideModel,
    DetailsPressed,
    DetailTyped,
    LeavePressed,
    LinePressed,
    NotKept,
    SignatureErased,
    Signed,
    TimeOver,
    Turned,
    lines_of,
    update,
)
from schemas.consent import ContactChannel, Purpose
from schemas.mutations import CreateCustomer, RecordConsent, SetField
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

    def test_thanks_her_for_nothing_that_the_tablet_could_not_keep(self) -> None:
        model, _ = after(turned(), LinePressed(key=SMS), ConfirmPressed())
        assert (model.kept, model.lost) == (True, False)
        model, effects = after(model, NotKept())
        assert (model.over, model.kept, model.lost, effects) == (True, False, True, [])
        left, _ = after(turned(), LeavePressed())
        assert after(left, NotKept()) == (left, [])

    def test_takes_no_line_that_is_not_hers(self) -> None:
        model, _ = after(turned(), LinePressed(key="autre/email/marketing"))
        assert not model.says


def corrected(*details: Detail) -> CustomerSideModel:
    event = Turned(record_id=ANNE, name="Anne", lines=turned().lines, values=VALUES, details=details)
    return update(CustomerSideModel(), event)[0]


def somebody_new(**begun: str) -> CustomerSideModel:
    details = begun_with(begun, lambda field: field != "phone")
    event = Turned(record_id=ANNE, name="", lines=turned().lines, values={}, details=details, is_new=True)
    return update(CustomerSideModel(), event)[0]


class TestHerDetails:
    def test_are_those_that_the_seller_could_write_for_her(self) -> None:
        values = {"family_name": "Moreau", "email": "a@b.fr", "tags": ["vip"], "associate_id": "x"}
        assert details_of(values, lambda field: field in ("family_name", "tags", "associate_id")) == (
            Detail(field="family_name", text="Moreau", known="Moreau"),
        )

    def test_wait_behind_a_button_for_whom_we_know(self) -> None:
        model = corrected(Detail(field="email", text="old@b.fr", known="old@b.fr"))
        assert model.page == CONSENTS and not model.says

        model, effects = after(model, DetailsPressed())
        assert (model.page, effects) == (DETAILS, [])

    def test_become_one_edit_for_each_that_she_changed(self) -> None:
        model, effects = after(
            corrected(
                Detail(field="given_name", text="Anne", known="Anne"),
                Detail(field="phone", text="0611", known="0611"),
                Detail(field="email", text="old@b.fr", known="old@b.fr"),
            ),
            DetailsPressed(),
            DetailTyped(field="email", text=" new@b.fr "),
            DetailTyped(field="phone", text=""),
            ConfirmPressed(),
            ConfirmPressed(),
        )
        assert effects == [
            Submit(record_id=ANNE, mutation=SetField(field="phone", value=None)),
            Submit(record_id=ANNE, mutation=SetField(field="email", value="new@b.fr")),
            HandBack(),
        ]
        assert model == CustomerSideModel(over=True, kept=True)

    def test_are_not_kept_when_she_gives_the_tablet_back(self) -> None:
        model = corrected(Detail(field="email", text="old@b.fr", known="old@b.fr"))
        for last in (LeavePressed(), TimeOver()):
            _, effects = after(model, DetailsPressed(), DetailTyped(field="email", text="n@b.fr"), last)
            assert effects == [HandBack()]

    def test_stay_in_front_of_her_while_one_cannot_stand(self) -> None:
        model = corrected(Detail(field="email", text="old@b.fr", known="old@b.fr"))
        model, effects = after(
            model, DetailsPressed(), DetailTyped(field="email", text="x" * 400), ConfirmPressed()
        )
        assert (model.page, model.problem, effects) == (DETAILS, "value_invalid", [])

    def test_cannot_be_left_without_any_name(self) -> None:
        model, effects = after(
            corrected(Detail(field="family_name", text="Moreau", known="Moreau")),
            DetailsPressed(),
            DetailTyped(field="family_name", text=" "),
            ConfirmPressed(),
        )
        assert (model.problem, effects) == ("name_missing", [])


class TestSomebodyNew:
    def test_writes_herself_down_and_says_what_she_allows(self) -> None:
        model = somebody_new(given_name="Anne")
        assert model.page == DETAILS
        assert [each.field for each in model.details] == ["given_name", "family_name", "email"]

        _, effects = after(
            model,
            DetailTyped(field="email", text="anne@b.fr"),
            ConfirmPressed(),
            LinePressed(key=EMAIL),
            Signed(strokes=STROKES),
            ConfirmPressed(),
        )
        made, yes, back = effects
        values = {"given_name": "Anne", "email": "anne@b.fr"}
        assert made == Submit(record_id=ANNE, mutation=CreateCustomer(values=values))
        assert (yes.record_id, yes.mutation.state, yes.mutation.how) == (ANNE, "granted", "signature")
        assert back == HandBack()

    def test_allows_nothing_by_writing(self) -> None:
        _, effects = after(somebody_new(given_name="Anne"), ConfirmPressed(), ConfirmPressed())
        assert [type(each) for each in effects] == [Submit, HandBack]

    def test_is_not_made_before_she_confirms(self) -> None:
        for events in ((LeavePressed(),), (ConfirmPressed(), LeavePressed()), (ConfirmPressed(), TimeOver())):
            _, effects = after(somebody_new(given_name="Anne"), *events)
            assert effects == [HandBack()]

    def test_needs_a_name(self) -> None:
        model, effects = after(somebody_new(email="a@b.fr"), ConfirmPressed())
        assert (model.problem, model.page, effects) == ("name_missing", DETAILS, [])
