"""Who is there: the faces of this tablet's people, and the form for a full sign-in."""

from uuid import UUID

import msgspec

from mobile_app.effects import AskPin, GoTo, SignIn
from schemas.record import Struct


class Face(Struct, frozen=True):
    """Somebody who signed in here before."""

    associate_id: UUID
    code: str
    name: str
    role: str
    takes_pin: bool  # False after three wrong ones: the form instead

    @property
    def initials(self) -> str:
        """Two letters for the disc."""
        return initials_of(self.name)


def initials_of(name: str) -> str:
    """Return the letters that stand for a colleague: ``Inès M.`` gives ``IM``."""
    words = name.replace(".", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class SignInModel(Struct, frozen=True):
    """The faces, or the form over them."""

    faces: tuple[Face, ...] = ()
    store: str = ""
    form: bool = False
    code: str = ""
    password: str = ""
    busy: bool = False
    problem: str | None = None  # a stable code; the view has the words

    @property
    def may_send(self) -> bool:
        """Whether there is enough to try."""
        return bool(self.code.strip()) and bool(self.password) and not self.busy


class FacesRead(Struct, frozen=True):
    faces: tuple[Face, ...]
    store: str


class FaceTapped(Struct, frozen=True):
    associate_id: UUID


class SomebodyElse(Struct, frozen=True):
    code: str = ""
    problem: str | None = None  # why the form is needed, when the PIN pad sent her here


class BackPressed(Struct, frozen=True):
    pass


class CodeTyped(Struct, frozen=True):
    text: str


class PasswordTyped(Struct, frozen=True):
    text: str


class SendPressed(Struct, frozen=True):
    pass


class SignedIn(Struct, frozen=True):
    associate_id: UUID
    name: str
    takes_pin: bool


class SignInFailed(Struct, frozen=True):
    code: str


SignInEvent = (
    FacesRead
    | FaceTapped
    | SomebodyElse
    | BackPressed
    | CodeTyped
    | PasswordTyped
    | SendPressed
    | SignedIn
    | SignInFailed
)
SignInEffect = AskPin | SignIn | GoTo


def update(model: SignInModel, event: SignInEvent) -> tuple[SignInModel, list[SignInEffect]]:
    """Decide what is shown and asked for next. The password leaves the model with the attempt."""
    change = msgspec.structs.replace
    match event:
        case FacesRead(faces=faces, store=store):
            return change(model, faces=faces, store=store, form=model.form or not faces), []
        case FaceTapped(associate_id=associate_id):
            face = next((one for one in model.faces if one.associate_id == associate_id), None)
            if face is None:
                return model, []
            if face.takes_pin:
                return model, [AskPin(associate_id=face.associate_id, name=face.name)]
            return change(model, form=True, code=face.code, password="", problem="full_sign_in"), []
        case SomebodyElse(code=code, problem=problem):
            return change(model, form=True, code=code, password="", problem=problem), []
        case BackPressed():
            return change(model, form=not model.faces, code="", password="", problem=None), []
        case CodeTyped(text=text):
            return change(model, code=text, problem=None), []
        case PasswordTyped(text=text):
            return change(model, password=text, problem=None), []
        case SendPressed() if model.may_send:
            asked = SignIn(code=model.code.strip(), password=model.password)
            return change(model, busy=True, problem=None), [asked]
        case SendPressed():
            return model, []
        case SignedIn(associate_id=associate_id, name=name, takes_pin=takes_pin):
            done = change(model, form=False, code="", password="", busy=False, problem=None)
            if takes_pin:
                return done, [GoTo(screen="today")]
            return done, [AskPin(associate_id=associate_id, name=name, choosing=True)]
        case SignInFailed(code=code):
            return change(model, busy=False, password="", problem=code), []
