"""Things that go from state to state: which may follow which, who said so, and how far one has come.

A thing lives in rounds: taking one up again after it ended begins the next. Within a round states have ranks
and a thing only climbs; what follows from that when two copies move it apart is in ``sync.state_machine``.
"""

from collections.abc import Mapping
from uuid import UUID

from schemas.record import Struct


class Turn(Struct, omit_defaults=True):
    """Who said one part of a thing, and when; of two the larger stands."""

    hlc: int
    mid: UUID
    by: str  # associate id, or a source system
    round: int = 0


class Thing(Struct, omit_defaults=True):
    """What everything that goes from state to state has in common. Its parts stand one by one."""

    at: int  # wall milliseconds UTC when it was made
    by: str  # who made it: associate id, or a source system
    store: str | None = None
    owner: str | None = None  # whose it is to do; None for whoever of the store is there
    round: int = 0
    why: str = ""  # said with the state: how it ended
    turns: dict[str, Turn] = {}  # "state" and each part that may be said anew


class Machine(Struct):
    """Which state may follow which, for somebody who knows where a thing stands."""

    field: str  # of the customer
    begins: str
    after: Mapping[str, tuple[str, ...]]
    rank: Mapping[str, int]
    parts: tuple[str, ...]  # what may be said anew besides the state

    def ended(self, state: str) -> bool:
        """Whether nothing is left to do: all that may follow is to take it up again."""
        return self.after.get(state, ()) in ((), (self.begins,))

    def allows(self, state: str, wanted: str) -> bool:
        """Whether a state may follow another. From a state this build does not know none does."""
        return wanted in self.after.get(state, ())


TASKS = Machine(
    field="tasks",
    begins="open",
    after={"open": ("done", "cancelled"), "done": ("open",), "cancelled": ("open",)},
    rank={"open": 0, "cancelled": 1, "done": 2},  # what was done was done, whoever called it off
    parts=("due", "owner"),
)
APPOINTMENTS = Machine(
    field="appointments",
    begins="booked",
    after={
        "booked": ("kept", "missed", "cancelled"),
        "kept": ("booked",),
        "missed": ("booked",),
        "cancelled": ("booked",),
    },
    rank={"booked": 0, "cancelled": 1, "missed": 2, "kept": 3},
    parts=("starts", "minutes", "owner"),
)
CASES = Machine(
    field="cases",
    begins="open",
    after={
        "open": ("in_progress", "waiting", "solved", "cancelled"),
        "in_progress": ("waiting", "solved", "cancelled"),
        "waiting": ("in_progress", "solved", "cancelled"),
        "solved": ("open",),
        "cancelled": ("open",),
    },
    rank={"open": 0, "in_progress": 1, "waiting": 1, "cancelled": 2, "solved": 3},
    parts=("due", "owner"),
)

MESSAGES = Machine(
    field="messages",
    begins="queued",
    after={
        "queued": ("sent", "unsure", "refused", "cancelled", "answered"),  # answered: before we noted it sent
        "unsure": ("sent", "bounced", "answered"),
        "refused": ("sent",),  # somebody of the house had it tried again
        "cancelled": ("sent",),  # it had left when the word came
        "sent": ("bounced", "answered"),
        "bounced": (),
        "answered": (),
    },
    rank={"queued": 0, "cancelled": 1, "refused": 2, "unsure": 3, "sent": 4, "bounced": 5, "answered": 6},
    parts=(),
)

PROMISED: Mapping[str, Machine] = {each.field: each for each in (TASKS, APPOINTMENTS, CASES)}
MACHINES: Mapping[str, Machine] = {**PROMISED, MESSAGES.field: MESSAGES}
