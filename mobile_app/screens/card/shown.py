"""What the card shows of a customer, and of what is being said about her."""

from datetime import date

from mobile_app.screens.card.past import Past
from mobile_app.screens.card.sheets import Sheet
from mobile_app.screens.card.undo import Done
from mobile_app.screens.directory import Directory
from mobile_app.screens.shelf import Shelf
from schemas.advice import Suggestion
from schemas.engagement import NoteLevel
from schemas.messages import PressureRules, Template
from schemas.note_guard import NoteJudgement
from schemas.record import Struct
from schemas.visibility import Level
from schemas.wording import Wording
from sync.replica.draft import Card

TABS = ("timeline", "advice", "wardrobe", "purchases", "taste", "notes", "loyalty", "details")


class CardModel(Struct, frozen=True):
    """What the card shows."""

    card: Card | None = None
    directory: Directory = Directory()
    today: date = date(2000, 1, 1)
    tab: str = TABS[0]
    channel: str = ""  # only this channel on the timeline; all for none
    part: str = ""  # only this channel or category in the chart of spending; all for none
    sums: bool = False  # spending instead of purchases, where there is no room for both
    sheet: Sheet | None = None
    note: str = ""  # a note being written; on the screen alone until it is kept
    judged: NoteJudgement = NoteJudgement()  # whether it may stand
    insisted: bool = False  # it was warned of, and Keep was pressed all the same
    note_level: NoteLevel = NoteLevel.STORE
    made: Done | None = None  # the last edit, while it may be taken back
    pictures: dict[str, str] = {}  # SKU -> file of its picture on this tablet
    past: Past | None = None  # what the value on the sheet was before, once the server told
    makes: int = 0  # edits made on this tablet; tells one offer to undo from the next
    wordings: dict[str, Wording] = {}  # what a yes must name to be proved, by key
    now_ms: int = 0  # when the card was read, wall milliseconds UTC
    online: bool = True  # the server was reached last
    shelf: Shelf = Shelf()
    templates: tuple[Template, ...] = ()  # every text to write from
    pressure: PressureRules | None = None  # how much is too much
    advised: tuple[Suggestion, ...] = ()  # what to show her next, while that is looked at

    def writes(self, field: str) -> bool:
        """Whether the reader may change this field of this card."""
        return self.card is not None and self.card.levels.get(field, Level.HIDDEN) >= Level.WRITE

    def reads(self, field: str) -> bool:
        """Whether the reader sees this field in clear."""
        return self.card is not None and self.card.levels.get(field, Level.HIDDEN) >= Level.READ

    def holds(self, field: str) -> bool:
        """Whether the reader holds this field at all."""
        return self.card is not None and self.card.levels.get(field, Level.HIDDEN) > Level.HIDDEN
