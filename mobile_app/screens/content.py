"""What a sheet over a screen says: told, asked, offered. No Kivy."""

from typing import NamedTuple

SECRET = "pin"  # noqa: S105 (the name of the field whose text is not shown while it is typed)


class Told(NamedTuple):
    """A line that tells something."""

    icon_name: str
    text: str
    note: str = ""


class Question(NamedTuple):
    """Something she answers with yes or no; ``answer`` is what she said last."""

    key: str
    label: str
    note: str
    answer: bool | None
    yes: str
    no: str


class Act(NamedTuple):
    """A button."""

    key: str
    text: str
    kind: str = "text"
    icon_name: str = ""


class Group(NamedTuple):
    """Choices under a word of their own."""

    label: str
    choices: tuple[tuple[str, str, bool], ...]  # key, text, whether it is the one


class Content(NamedTuple):
    """All a sheet says."""

    title: str
    lead: str = ""
    told: tuple[Told, ...] = ()
    questions: tuple[Question, ...] = ()
    choices: tuple[tuple[str, str, bool], ...] = ()  # key, text, whether it is the one
    groups: tuple[Group, ...] = ()
    fields: tuple[tuple[str, str, str, str], ...] = ()  # key, label, text, hint
    suggestions: tuple[str, ...] = ()  # each fills the first field
    at_once: bool = False  # and is kept by the same tap; it can be taken back
    problem: str = ""
    acts: tuple[Act, ...] = ()
