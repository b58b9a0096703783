"""The screens before the counter: enrolment, faces, the form, the PIN pad."""

from uuid import UUID

from mobile_app.effects import AskPassword, AskPin, ChoosePin, Enrol, GoTo, SignIn, Unlock
from mobile_app.screens.enrol import model as enrol
from mobile_app.screens.pin import model as pin
from mobile_app.screens.sign_in import model as sign_in

INES = UUID(int=1)
FACE = sign_in.Face(associate_id=INES, code="ines", name="Inès M.", role="seller", takes_pin=True)
TIRED = sign_in.Face(associate_id=UUID(int=2), code="paul", name="Paul R.", role="seller", takes_pin=False)


class TestEnrol:
    def test_asks_once_for_code_and_name(self) -> None:
        model = enrol.EnrolModel(server="http://house", code="4829 13".replace(" ", ""), name=" Comptoir 1 ")
        model, effects = enrol.update(model, enrol.SendPressed())
        assert effects == [Enrol(server="http://house", code="482913", name="Comptoir 1")]
        assert enrol.update(model, enrol.SendPressed())[1] == []

    def test_forgives_spaces_in_the_code(self) -> None:
        assert enrol.update(enrol.EnrolModel(), enrol.CodeTyped(text=" 482 913 "))[0].code == "482913"

    def test_asks_nothing_without_a_name(self) -> None:
        assert (
            enrol.update(enrol.EnrolModel(server="http://house", code="482913"), enrol.SendPressed())[1] == []
        )

    def test_keeps_what_was_typed_when_it_failed(self) -> None:
        model = enrol.EnrolModel(server="http://house", code="482913", name="Comptoir 1", busy=True)
        model, _ = enrol.update(model, enrol.EnrolmentFailed(code="unreachable"))
        assert (model.code, model.problem, model.may_send) == ("482913", "unreachable", True)


class TestFaces:
    def test_lead_to_the_pin(self) -> None:
        model = sign_in.SignInModel(faces=(FACE,))
        _, effects = sign_in.update(model, sign_in.FaceTapped(associate_id=INES))
        assert effects == [AskPin(associate_id=INES, name="Inès M.")]

    def test_lead_to_the_form_when_no_pin_is_left(self) -> None:
        model = sign_in.SignInModel(faces=(TIRED,))
        model, effects = sign_in.update(model, sign_in.FaceTapped(associate_id=TIRED.associate_id))
        assert effects == []
        assert (model.form, model.code, model.problem) == (True, "paul", "full_sign_in")

    def test_make_room_for_the_form_where_there_are_none(self) -> None:
        model, _ = sign_in.update(sign_in.SignInModel(), sign_in.FacesRead(faces=(), store="lyon"))
        assert model.form

    def test_show_two_letters(self) -> None:
        assert FACE.initials == "IM"


class TestForm:
    def test_asks_once(self) -> None:
        model = sign_in.SignInModel(form=True, code="ines", password="secret")
        model, effects = sign_in.update(model, sign_in.SendPressed())
        assert effects == [SignIn(code="ines", password="secret")]
        assert sign_in.update(model, sign_in.SendPressed())[1] == []

    def test_forgets_the_password_after_the_answer(self) -> None:
        busy = sign_in.SignInModel(form=True, code="ines", password="secret", busy=True)
        refused, _ = sign_in.update(busy, sign_in.SignInFailed(code="wrong_credentials"))
        assert (refused.password, refused.problem, refused.code) == ("", "wrong_credentials", "ines")
        done, _ = sign_in.update(busy, sign_in.SignedIn(associate_id=INES, name="Inès M.", takes_pin=True))
        assert done.password == ""

    def test_leads_to_choosing_a_pin_the_first_time(self) -> None:
        event = sign_in.SignedIn(associate_id=INES, name="Inès M.", takes_pin=False)
        _, effects = sign_in.update(sign_in.SignInModel(busy=True), event)
        assert effects == [AskPin(associate_id=INES, name="Inès M.", choosing=True)]


def typed(model: pin.PinModel, digits: str) -> tuple[pin.PinModel, list[pin.PinEffect]]:
    effects: list[pin.PinEffect] = []
    for digit in digits:
        model, effects = pin.update(model, pin.DigitPressed(digit=digit))
    return model, effects


class TestPinPad:
    def pad(self, purpose: pin.Purpose = pin.Purpose.OPEN) -> pin.PinModel:
        return pin.PinModel(associate_id=INES, name="Inès M.", code="ines", purpose=purpose)

    def test_sends_itself_at_the_last_digit(self) -> None:
        model, effects = typed(self.pad(), "258025")
        assert effects == [Unlock(associate_id=INES, pin="258025")]
        assert model.busy

    def test_takes_nothing_while_it_waits(self) -> None:
        model, _ = typed(self.pad(), "258025")
        assert typed(model, "1") == (model, [])

    def test_says_how_many_tries_are_left(self) -> None:
        model, _ = pin.update(typed(self.pad(), "258025")[0], pin.Wrong(left=2))
        assert (model.digits, model.problem, model.left) == ("", "wrong", 2)

    def test_sends_to_the_form_when_none_is_left(self) -> None:
        _, effects = pin.update(self.pad(), pin.NoTriesLeft())
        assert effects == [AskPassword(code="ines")]

    def test_wants_a_new_pin_twice(self) -> None:
        model, effects = typed(self.pad(pin.Purpose.CHOOSE), "258025")
        assert effects == []
        _, effects = typed(model, "258025")
        assert effects == [ChoosePin(pin="258025")]

    def test_starts_over_when_the_two_differ(self) -> None:
        model, effects = typed(self.pad(pin.Purpose.CHOOSE), "258025" + "258026")
        assert effects == []
        assert (model.purpose, model.problem) == (pin.Purpose.CHOOSE, "differs")

    def test_erases(self) -> None:
        model, _ = pin.update(typed(self.pad(), "258")[0], pin.ErasePressed())
        assert model.digits == "25"

    def test_leads_to_the_counter(self) -> None:
        _, effects = pin.update(self.pad(), pin.Opened())
        assert effects == [GoTo(screen="today")]
