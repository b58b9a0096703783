"""A tablet's double: the least that applies replies as the protocol says, and the doors it knocks on."""

from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import msgspec

from schemas.mutations import Envelope
from schemas.protocol import (
    CONTENT_TYPE,
    PROTOCOL,
    Caller,
    Entitlement,
    LookReply,
    LookRequest,
    MemberRow,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    encode,
)
from schemas.record import Struct
from tests.server.people import Tablet, bearer, sign_in

Reply = TypeVar("Reply", bound=Struct)


class Double:
    """One person's replica on one tablet. ``bytes_received`` is every byte the server ever sent him."""

    def __init__(self, client: httpx.AsyncClient, tablet: Tablet, tokens: dict[str, Any]) -> None:
        self.client = client
        self.tablet = tablet
        self.tokens = tokens
        self.incarnation = uuid4()
        self.fence = 0
        self.token: bytes | None = None
        self.looked: UUID | None = None  # said with the next pull
        self.reconciled: list[str | None] = []  # why, of each page
        self.members: dict[tuple[str, UUID], tuple[int, int, UUID | None]] = {}
        self.fragments: dict[tuple[UUID, str], tuple[int, bytes]] = {}
        self.entitlement: Entitlement | None = None
        self.bytes_received = b""
        self.rows_received = 0
        self.pages = 0
        self.verdicts: dict[UUID, tuple[str, str | None]] = {}  # told after the first answer

    @classmethod
    async def of(cls, client: httpx.AsyncClient, code: str, tablet: Tablet) -> "Double":
        """Sign somebody in on a tablet."""
        return cls(client, tablet, await sign_in(client, code, tablet))

    async def pull(self, max_bytes: int = 1 << 20) -> None:
        """Pull until there is nothing more."""
        while True:
            asked = PullRequest(
                caller=self._caller(), token=self.token, max_bytes=max_bytes, looked=self.looked
            )
            reply = await self._exchange("pull", asked, PullReply)
            self._apply(reply.rows, reply.entitlement)
            self.verdicts |= {each.mutation_id: (str(each.status), each.code) for each in reply.verdicts}
            self.token, self.looked = reply.token, None
            self.reconciled.append(reply.reconcile)
            self.rows_received += len(reply.rows)
            self.pages += 1
            if not reply.more:
                return

    async def push(self, *edits: Envelope) -> PushReply:
        """Push edits and take the rows that come back."""
        reply = await self._exchange("push", PushRequest(caller=self._caller(), edits=edits), PushReply)
        if reply.resend is None:
            self.fence = reply.fence
            for outcome in reply.outcomes:
                self._apply(outcome.rows, reply.entitlement)
        return reply

    async def look(self, query: str = "", *record_ids: UUID) -> LookReply:
        """Search beyond the tablet, and pin."""
        asked = LookRequest(caller=self._caller(), query=query, record_ids=record_ids)
        reply = await self._exchange("look", asked, LookReply)
        self._apply(reply.rows, reply.entitlement)
        return reply

    def holds(self) -> tuple[Any, Any]:
        """Return what the replica shows: records it may hold, and the values of their groups."""
        inside = {key for key, (state, _, _) in self.members.items() if state == 1}
        shown = {
            key: msgspec.json.decode(body)
            for key, (_, body) in self.fragments.items()
            if msgspec.json.decode(body)["values"]
        }
        return inside, shown

    def customers(self) -> set[UUID]:
        """Return the customers the replica may hold: what no public scope holds."""
        public = ("catalog", "directory")
        return {record_id for scope, record_id in self.holds()[0] if scope not in public}

    def _caller(self) -> Caller:
        return Caller(
            protocol=PROTOCOL,
            app_version="1.0",
            device_id=self.tablet.device_id,
            incarnation=self.incarnation,
            fence=self.fence,
            sent_at=0,
        )

    async def _exchange(self, door: str, message: Struct, kind: type[Reply]) -> Reply:
        reply = await self.client.post(
            f"/v1/sync/{door}",
            content=encode(message),
            headers=bearer(self.tokens) | {"content-type": CONTENT_TYPE, "accept-encoding": "gzip"},
        )
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"] == CONTENT_TYPE
        self.bytes_received += reply.content
        return msgspec.msgpack.decode(reply.content, type=kind)

    def _apply(self, rows: tuple[MemberRow, ...], entitlement: Entitlement) -> None:
        for row in rows:
            held = self.members.get((row.scope, row.record_id))
            if held is None or row.rev >= held[1]:
                self.members[row.scope, row.record_id] = (row.state, row.rev, row.into)
            for fragment in row.fragments:
                known = self.fragments.get((row.record_id, fragment.group))
                if known is None or fragment.rev > known[0]:
                    self.fragments[row.record_id, fragment.group] = (fragment.rev, fragment.body)
        self.entitlement = entitlement
        scopes, groups = set(entitlement.scopes), set(entitlement.groups)
        self.members = {key: held for key, held in self.members.items() if key[0] in scopes}
        live = {key[1] for key, (state, _, _) in self.members.items() if state == 1}
        self.fragments = {
            key: held for key, held in self.fragments.items() if key[0] in live and key[1] in groups
        }
