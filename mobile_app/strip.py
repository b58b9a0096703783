"""What the strip on top says: whether there is a line, what waits, since when, when all was last in step."""

from enum import Enum

from schemas.record import Struct


class LineStatus(Struct, frozen=True):
    """The facts of sync, as the background tells them."""

    online: bool = True  # the last exchange was answered
    cut: bool = False  # cut by the demo's switch
    syncing: bool = False
    waiting: int = 0  # edits that await an answer
    oldest_ms: int | None = None  # when the oldest of them was made, wall milliseconds
    in_step_ms: int | None = None  # when the last full exchange ended, wall milliseconds
    for_a_person: int = 0  # edits the server did not take
    sign_in_expired: bool = False
    rejected: str = ""  # why the server will not speak with this app: a stable code
    no_room: bool = False  # the tablet could not keep something
    saved_edits: int | None = None  # of a damaged copy, until everything else has been fetched again
    edits_lost: bool = False  # perhaps not all of them could be saved


class Saying(Enum):
    """What the strip is about, the most pressing first."""

    NO_ROOM = "no_room"
    REPAIRED_IN_PART = "repaired_in_part"
    REPAIRED = "repaired"
    APP_TOO_OLD = "app_too_old"
    SERVER_TOO_OLD = "schema_too_new"  # the app speaks a later language than the server
    SIGN_IN_EXPIRED = "sign_in_expired"
    FOR_A_PERSON = "for_a_person"
    OFFLINE_WAITING = "offline_waiting"
    OFFLINE = "offline"
    SENDING = "sending"
    FIRST_SYNC = "first_sync"
    IN_STEP = "in_step"


class Strip(Struct, frozen=True):
    """What is said, with its figures; the view has the words."""

    saying: Saying
    count: int = 0
    minutes: int = 0  # age of the oldest waiting edit
    in_step_ms: int | None = None

    @property
    def warns(self) -> bool:
        """Whether it takes the warning colour. Work that goes on by itself does not."""
        return self.saying in (
            Saying.NO_ROOM,
            Saying.REPAIRED_IN_PART,
            Saying.REPAIRED,
            Saying.APP_TOO_OLD,
            Saying.SERVER_TOO_OLD,
            Saying.SIGN_IN_EXPIRED,
            Saying.FOR_A_PERSON,
            Saying.OFFLINE_WAITING,
            Saying.OFFLINE,
        )


def strip_of(status: LineStatus, now_ms: int) -> Strip:
    """Return what the strip says of these facts at this instant."""
    minutes = 0 if status.oldest_ms is None else max(0, (now_ms - status.oldest_ms) // 60_000)

    def say(saying: Saying, count: int) -> Strip:
        return Strip(saying=saying, count=count, minutes=minutes, in_step_ms=status.in_step_ms)

    if status.no_room:
        return say(Saying.NO_ROOM, status.waiting)
    if status.saved_edits is not None:
        saying = Saying.REPAIRED_IN_PART if status.edits_lost else Saying.REPAIRED
        return say(saying, status.saved_edits)
    for saying in (Saying.APP_TOO_OLD, Saying.SERVER_TOO_OLD):
        if status.rejected == saying.value:
            return say(saying, status.waiting)
    if status.sign_in_expired:
        return say(Saying.SIGN_IN_EXPIRED, status.waiting)
    if status.cut or not status.online:
        saying = Saying.OFFLINE_WAITING if status.waiting else Saying.OFFLINE
        return say(saying, status.waiting)
    if status.for_a_person:
        return say(Saying.FOR_A_PERSON, status.for_a_person)
    if status.waiting:
        return say(Saying.SENDING, status.waiting)
    if status.in_step_ms is None:
        return Strip(saying=Saying.FIRST_SYNC)
    return Strip(saying=Saying.IN_STEP, in_step_ms=status.in_step_ms)
