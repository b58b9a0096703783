"""The first screen of a new tablet: a manager's code gives it its identity."""

from urllib.parse import urlsplit

import msgspec

from mobile_app.effects import Enrol, GoTo, Speak
from schemas.record import Struct

CODE_LENGTH = range(4, 41)
NAME_LENGTH = 60


class EnrolModel(Struct, frozen=True):
    """What the form holds."""

    server: str = ""
    code: str = ""
    name: str = ""
    busy: bool = False
    problem: str | None = None  # a stable code; the view has the words

    @property
    def may_send(self) -> bool:
        """Whether there is enough to try."""
        if self.busy or urlsplit(self.server).scheme not in ("http", "https"):
            return False
        return len(self.code) in CODE_LENGTH and bool(self.name.strip())


class ServerTyped(Struct, frozen=True):
    text: str


class CodeTyped(Struct, frozen=True):
    text: str


class NameTyped(Struct, frozen=True):
    text: str


class LanguageChosen(Struct, frozen=True):
    """Somebody who reads another language holds the new tablet."""

    language: str


class SendPressed(Struct, frozen=True):
    pass


class Enrolled(Struct, frozen=True):
    pass


class EnrolmentFailed(Struct, frozen=True):
    code: str


EnrolEvent = ServerTyped | CodeTyped | NameTyped | LanguageChosen | SendPressed | Enrolled | EnrolmentFailed


def update(model: EnrolModel, event: EnrolEvent) -> tuple[EnrolModel, list[Enrol | GoTo | Speak]]:
    """Decide what the form shows and asks for next."""
    match event:
        case ServerTyped(text=text):
            return msgspec.structs.replace(model, server=text.strip(), problem=None), []
        case CodeTyped(text=text):
            return msgspec.structs.replace(model, code="".join(text.split()), problem=None), []
        case NameTyped(text=text):
            return msgspec.structs.replace(model, name=text[:NAME_LENGTH], problem=None), []
        case LanguageChosen(language=language):
            return model, [Speak(language=language)]
        case SendPressed() if model.may_send:
            busy = msgspec.structs.replace(model, busy=True, problem=None)
            return busy, [Enrol(server=model.server, code=model.code, name=model.name.strip())]
        case SendPressed():
            return model, []
        case Enrolled():
            return EnrolModel(server=model.server), [GoTo(screen="people")]
        case EnrolmentFailed(code=code):
            return msgspec.structs.replace(model, busy=False, problem=code), []
