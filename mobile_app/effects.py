"""What screens ask for. Plain facts, performed in one place (``app.py``); no Kivy, no network, no clock."""

from datetime import date
from typing import Any
from uuid import UUID

from mobile_app.preferences import Preferences
from schemas.mutations import Mutation
from schemas.record import Struct

# Finding and reading.


class Search(Struct, frozen=True):
    """Find customers on this tablet. Answered with ``Found``; only the latest query counts."""

    query: str
    facets: tuple[str, ...] = ()  # "tier:gold", "mine"
    limit: int = 200


class OpenCard(Struct, frozen=True):
    """Read a customer's draft from this tablet and show her card; ``path`` is a value to open on it."""

    record_id: UUID
    path: str = ""


class Submit(Struct, frozen=True):
    """Keep an edit and queue it; the card is read again at once, before any network."""

    record_id: UUID
    mutation: Mutation


class ReadAgenda(Struct, frozen=True):
    """Look up what is ahead; ``whole`` is everybody's. Answered with ``AgendaRead``."""

    whole: bool = False
    week: date | None = None  # first day of the appointments asked for


class ReadTeam(Struct, frozen=True):
    """Read the store's work and who is away from this tablet. Answered with ``TeamRead``."""


class TurnTablet(Struct, frozen=True):
    """Turn the tablet to the customer: her own lines and nothing else, until somebody's PIN.

    ``begun`` is for somebody who is not known yet and writes herself down: what was written for her so far.
    """

    record_id: UUID
    begun: dict[str, str] | None = None


class HandBack(Struct, frozen=True):
    """She is done: lock the tablet, and ask for the PIN of who turned it once somebody wants it back."""


class WantPictures(Struct, frozen=True):
    """Bring pictures of products to this tablet; each is told with ``PictureKnown``."""

    skus: tuple[str, ...]


class ReadShelf(Struct, frozen=True):
    """Read the catalogue and the store's stock from this tablet. Answered with ``ShelfRead``."""


class ReadPast(Struct, frozen=True):
    """Ask the server what a field of a customer held before; needs the network."""

    record_id: UUID
    path: str


class Reveal(Struct, frozen=True):
    """Show a masked value for a minute. Answered with ``RevealShown`` or ``RevealRefused``."""

    record_id: UUID
    field: str
    reason: str
    pin: str


class LookBeyond(Struct, frozen=True):
    """Search among all customers of the house; needs the network. Answered with ``Beyond``."""

    query: str


class SearchNotes(Struct, frozen=True):
    """Search in the notes on this tablet. Answered with ``NotesFound``."""

    query: str


class PinBeyond(Struct, frozen=True):
    """Fetch a customer found beyond the tablet onto it, and show her card; needs the network."""

    record_id: UUID


class SeekTwins(Struct, frozen=True):
    """Find who on this tablet could be the person being written down. Answered with ``Twins``."""

    texts: dict[str, str]


# People and the tablet itself.


class Enrol(Struct, frozen=True):
    """Give this tablet its identity with a manager's one-time code."""

    server: str  # https://..., or http:// for a trial on the own machine
    code: str
    name: str


class SignIn(Struct, frozen=True):
    """Sign a person in with code and password; needs the network."""

    code: str
    password: str


class Unlock(Struct, frozen=True):
    """Open the tablet for a person by PIN; needs nothing."""

    associate_id: UUID
    pin: str


class ChoosePin(Struct, frozen=True):
    """Let this PIN open the tablet for the person signed in."""

    pin: str


class Lock(Struct, frozen=True):
    """Hand the tablet over: back to the faces."""


class SignOut(Struct, frozen=True):
    """End the person's sign-in on this tablet."""


# Going somewhere.


class GoTo(Struct, frozen=True):
    """Show another screen by its name: ``people``, ``today``, ``find``, ``follow_ups``, ``outbox``, ..."""

    screen: str


class AskPin(Struct, frozen=True):
    """Show the PIN pad for a person; ``choosing`` when he has none yet."""

    associate_id: UUID
    name: str
    choosing: bool = False


class AskPassword(Struct, frozen=True):
    """Show the form for a full sign-in, with the code of a known person or empty."""

    code: str = ""


# Sync and what waits.


class SyncNow(Struct, frozen=True):
    """Try the line at once instead of at the next turn."""


class CutLine(Struct, frozen=True):
    """Behave as without network; the switch of the demo."""

    cut: bool


class ReadOutbox(Struct, frozen=True):
    """Read the edits that wait or were not accepted."""


class ReadShiftEnd(Struct, frozen=True):
    """Read what is pending for the person. Answered with ``ShiftEndRead``."""


class Discard(Struct, frozen=True):
    """Give up an edit that was not accepted; the record shows what the server says."""

    mutation_id: UUID


class Resend(Struct, frozen=True):
    """Send an edit that was not accepted once more, judged anew."""

    mutation_id: UUID


class ResolveConflict(Struct, frozen=True):
    """Keep one of two words on a value: the decision is an edit like any other, and works without a line."""

    record_id: UUID
    conflict_id: UUID
    keep: str  # "mine", "theirs"
    field: str
    value: Any  # one's own word


class SaveUnsent(Struct, frozen=True):
    """Seal what is not sent into a file for the server: the tablet must be replaced."""


class ReadHeld(Struct, frozen=True):
    """Ask the server for the edits of colleagues that did not pass; needs the network."""


class ReviewHeld(Struct, frozen=True):
    """Let a colleague's edit stand, or let it go; needs the network."""

    mutation_id: UUID
    apply: bool


# Taste of the person.


class Speak(Struct, frozen=True):
    """Speak this language from now on, as the settings would make it."""

    language: str


class Prefer(Struct, frozen=True):
    """Keep and apply these preferences."""

    preferences: Preferences
