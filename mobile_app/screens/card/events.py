"""What may happen to a card: what the tablet told, and what the person did."""

from datetime import date
from uuid import UUID

from mobile_app.screens.card import revealing
from mobile_app.screens.card.past import Past
from mobile_app.screens.directory import Directory
from mobile_app.screens.shelf import Shelf
from schemas.advice import Answer
from schemas.engagement import NoteLevel
from schemas.messages import PressureRules, Template
from schemas.record import Struct
from schemas.wording import Wording
from sync.replica.draft import Card


class CardRead(Struct, frozen=True):
    """The tablet's word on a customer, edits applied; None when she is not here (any more)."""

    card: Card | None
    directory: Directory
    today: date
    now_ms: int  # wall milliseconds UTC
    wordings: dict[str, Wording] = {}  # every one published, by key
    shelf: Shelf = Shelf()
    templates: tuple[Template, ...] = ()
    pressure: PressureRules | None = None


class PictureKnown(Struct, frozen=True):
    """A picture is on this tablet."""

    sku: str
    file: str


class PastKnown(Struct, frozen=True):
    """The server told what a value was before, or why not."""

    past: Past


class PutBackPressed(Struct, frozen=True):
    """Let a former value stand again."""

    entry_id: int


class TabPressed(Struct, frozen=True):
    tab: str


class ChannelPressed(Struct, frozen=True):
    channel: str


class PartPressed(Struct, frozen=True):
    """A channel or a category of what she spent: see it apart, or all again."""

    part: str


class SumsPressed(Struct, frozen=True):
    """See what she spent instead of each purchase, or the other way round."""

    shown: bool


class ValuePressed(Struct, frozen=True):
    """A value was tapped: change it where the reader may, else tell about it."""

    path: str


class ValueHeld(Struct, frozen=True):
    """A value was pressed for long: tell where it came from."""

    path: str


class ConsentPressed(Struct, frozen=True):
    channel: str


class TurnPressed(Struct, frozen=True):
    """Hand her the tablet: she says herself what she allows."""


class SizeAddPressed(Struct, frozen=True):
    pass


class WordAddPressed(Struct, frozen=True):
    field: str  # likes or dislikes


class AdviceAnswered(Struct, frozen=True):
    """She said yes or no to an article that was suggested."""

    sku: str
    answer: Answer


class CataloguePressed(Struct, frozen=True):
    """See all there is."""


class RedeemPressed(Struct, frozen=True):
    """She spends points: so many, or as many as she says."""

    points: int = 0


class HoldPressed(Struct, frozen=True):
    """Set points aside on this tablet, to be spent without a line; or give them back."""

    points: int


class LineKnown(Struct, frozen=True):
    """Whether the server is reached."""

    online: bool


class PromisePressed(Struct, frozen=True):
    """Promise her something."""


class WritePressed(Struct, frozen=True):
    """Write to her."""


class CasePressed(Struct, frozen=True):
    """Something is not right."""


class ThingPressed(Struct, frozen=True):
    """Something promised was tapped."""

    path: str


class EntryAddPressed(Struct, frozen=True):
    """Another address, date, handle, somebody of the family."""

    field: str


class SheetTyped(Struct, frozen=True):
    key: str
    text: str


class SheetChosen(Struct, frozen=True):
    choice: str


class SheetKept(Struct, frozen=True):
    """Keep what the sheet says; the view brings the id made for a new entry."""

    fresh: UUID


class SheetClosed(Struct, frozen=True):
    pass


class AboutPressed(Struct, frozen=True):
    """Tell where the value on the sheet came from."""


class EditPressed(Struct, frozen=True):
    """Change the value the sheet tells about."""


class RemovePressed(Struct, frozen=True):
    """Take away the value the sheet tells about."""


class Answered(Struct, frozen=True):
    """She said yes or no to one brand, channel and purpose."""

    key: str
    granted: bool


class NoteTyped(Struct, frozen=True):
    text: str


class NoteLevelPressed(Struct, frozen=True):
    level: NoteLevel


class NoteOfferTaken(Struct, frozen=True):
    """What is being written belongs in a field of its own: open it."""


class NoteWritten(Struct, frozen=True):
    """Keep the note; the view brings the id made for it. Once more, where it was warned of."""

    note_id: UUID


class UndoPressed(Struct, frozen=True):
    pass


class UndoOver(Struct, frozen=True):
    """The seconds in which this edit might be taken back have passed."""

    makes: int


class Emptied(Struct, frozen=True):
    """The person left: nothing of the customer stays on the screen."""


CardEvent = (
    CardRead
    | PictureKnown
    | PastKnown
    | PutBackPressed
    | revealing.RevealEvent
    | TabPressed
    | ChannelPressed
    | PartPressed
    | SumsPressed
    | ValuePressed
    | ValueHeld
    | ConsentPressed
    | TurnPressed
    | SizeAddPressed
    | WordAddPressed
    | AdviceAnswered
    | CataloguePressed
    | RedeemPressed
    | HoldPressed
    | LineKnown
    | PromisePressed
    | CasePressed
    | WritePressed
    | ThingPressed
    | EntryAddPressed
    | SheetTyped
    | SheetChosen
    | SheetKept
    | SheetClosed
    | AboutPressed
    | EditPressed
    | RemovePressed
    | Answered
    | NoteTyped
    | NoteLevelPressed
    | NoteOfferTaken
    | NoteWritten
    | UndoPressed
    | UndoOver
    | Emptied
)
