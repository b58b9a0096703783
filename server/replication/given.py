"""What stays the same for every edit of a batch: who asks, in whose name, under which rights, and when."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.engagement import NoteLevel
from schemas.hlc import Hlc, pack
from schemas.mutations import Envelope, WriteNote
from schemas.record import Channel, Said, Struct
from schemas.staff import Role
from schemas.visibility import Lens, Policy, note_group
from server.auth.principal import Principal
from sync.clock import clamp

LARGEST_READING = 1 << 62


class Speaking(Struct):
    """In whose name facts are told when it is not the principal's own: a source system's."""

    channel: Channel
    author: str
    by_right: bool = False  # she asked for it herself: her data is put right also while it is frozen
    elsewhere: bool = False  # said at ``store`` on ``device``, not where the principal is
    store: str | None = None
    device: UUID | None = None


class Given(Struct):
    """What stays the same for every edit of a batch."""

    principal: Principal
    policy: Policy
    lens: Lens
    now: datetime
    speaking: Speaking
    installation: UUID | None  # of the tablet that gets the rows the edits changed; None: nobody does

    @property
    def now_ms(self) -> int:
        """Server time."""
        return int(self.now.timestamp() * 1000)

    def said(self, envelope: Envelope) -> Said:
        """Return who says what an edit says, when and where; a clock that runs ahead is set to ours."""
        principal, speaking = self.principal, self.speaking
        reading = envelope.hlc if 0 < envelope.hlc < LARGEST_READING else pack(self.now_ms, 0)
        return Said(
            mid=envelope.mutation_id,
            hlc=clamp(Hlc(reading), self.now_ms),
            channel=speaking.channel,
            author=speaking.author,
            store=speaking.store if speaking.elsewhere else store_of(principal),
            device=speaking.device if speaking.elsewhere else principal.device_id,
        )


def own_voice(principal: Principal) -> Speaking:
    """Return whose word it is when a principal speaks for himself."""
    if principal.device_id is not None:
        channel = Channel.STORE
    else:
        channel = {
            Role.CALL_CENTRE: Channel.CALL_CENTRE,
            Role.INTEGRATION: Channel.IMPORT,
            Role.SELLER: Channel.STORE,
            Role.STORE_MANAGER: Channel.STORE,
        }.get(principal.role, Channel.HEAD_OFFICE)
    return Speaking(channel=channel, author=str(principal.associate_id))


def placed(note: WriteNote, said: Said, lens: Lens) -> tuple[WriteNote, Said]:
    """Return a note said in the store where its author stood, if he reads that store's notes himself.

    If not, it is for his eyes alone: today's store was never meant, and that one is no longer his.
    """
    if note.store is None or note.store == said.store:
        return note, said
    if note_group(NoteLevel.STORE.value, store=note.store, author=said.author) in lens.groups:
        return note, msgspec.structs.replace(said, store=note.store)
    level = NoteLevel.PRIVATE if note.level is NoteLevel.STORE else note.level
    return msgspec.structs.replace(note, store=None, level=level), said


def store_of(principal: Principal) -> str | None:
    """Return the store an associate speaks from: the tablet's, or his own when he has only one."""
    if principal.device_store is not None:
        return principal.device_store
    if principal.role in (Role.SELLER, Role.STORE_MANAGER) and principal.stores:
        return principal.stores[0]
    return None
