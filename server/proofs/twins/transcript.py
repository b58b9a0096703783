"""What one role asks of a world: every route with every parameter, every sync message, every kind of edit.

The questions are the same in every world, save that cursors, tokens and ETags are those it gave itself.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

import msgspec

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.customer import FIELDS
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.hlc import pack
from schemas.ids import id_from, uuid7
from schemas.messages import MessageState
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    BookAppointment,
    CountStock,
    CreateCustomer,
    DeclareAbsence,
    Envelope,
    HoldPoints,
    LogTouchpoint,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveMessage,
    MoveTask,
    Mutation,
    OpenCase,
    PutEntry,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RedeemPoints,
    RemoveElement,
    RemoveEntry,
    ResolveConflict,
    RevealValue,
    SendMessage,
    SetField,
    WithdrawNote,
    WriteNote,
    encode_args,
    op_of,
)
from schemas.patch import PATCHES
from schemas.product import Money, Product, Stock
from schemas.promise import AppointmentKind, AppointmentState, CaseKind, CaseState, TaskKind, TaskState
from schemas.protocol import (
    CONTENT_TYPE,
    PROTOCOL,
    Caller,
    CheckRequest,
    LookRequest,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    encode,
)
from schemas.purchase import Purchase, PurchaseKind
from schemas.record import Channel
from schemas.snapshot import SnapshotOffer, SnapshotReply, SnapshotRequest
from schemas.staff import Absence
from schemas.visibility import Level
from server.proofs.twins.questions import ALONG, BODIES, HER, LAST, PARAMETERS
from server.proofs.twins.replies import Asker, Reply
from server.proofs.twins.stillness import INSTANT_MS
from server.proofs.twins.things import promise_id
from server.proofs.twins.worlds import CONNECTOR, PASSWORD, World, customer_id, note_id
from sync.snapshot_part import FORMAT

_IDENTIFIER: Final = re.compile(r"\{\w+:uuid\}")
_NUMBER: Final = re.compile(r"\{\w+:\w+\}")

_PATIENCE: Final = 30
_PAUSE_S: Final = 0.5
POKED_AT: Final = 1_000  # moments before it are the feed's

Meanwhile = Callable[[int], Awaitable[None]]
Chapter = Callable[["Reader"], Awaitable[None]]

SEARCHES: Final = (
    *("durand", "du", "dupnot", "anne", "mar", "marseille", "lyo", "durand lyon", "anne durand", "m", "zz"),
    *("+33612345678", "0612345678", "anne.0@example.org", "nobody@example.org", "example.org", "MB000000"),
    *("1 rue", "sister", "never told", "\u202e", "%", "anne' or 1=1"),
)
EXPANSIONS: Final = (
    "purchases",
    "timeline",
    "notes",
    "consents",
    "owned",
    "wish_list",
    "spend",
    "provenance",
)
LISTS: Final = ("purchases", "timeline", "consents", "loyalty")
VALUES: Final[Mapping[str, Any]] = {
    "address": {"line1": "1 rue Neuve", "city": "Lyon"},
    "origin": {"channel": "web"},
    "birth_date": "1990-02-03",
    "phone": "+33698765432",
    "email": "neuve@example.org",
    "language": "en",
    "home_store": "here",  # she stays within reach
}


class Reader:
    """A person of one role in one world, asking chapter by chapter."""

    def __init__(
        self, asker: Asker, world: World, meanwhile: Meanwhile, *, run: int = 0, brief: bool = False
    ) -> None:
        self.asker, self.world, self.meanwhile = asker, world, meanwhile
        self.run = run  # of several transcripts of one world
        self.brief = brief  # about fewer customers and words
        self.token: bytes | None = None
        self.refresh = ""
        self.seq = 0
        self.fence = 0

    async def read(self) -> None:
        """Sign in and read every chapter that is wanted."""
        body = {
            "code": self.world.role.value,
            "password": PASSWORD,
            "device_id": str(self.world.device_id),
            "device_secret": self.world.device_secret,
        }
        tokens = (await self.asker.ask("POST", "/v1/auth/sign-in", body=body)).json()
        self.refresh = tokens["refresh_token"]
        self.asker.signed = {"authorization": f"Bearer {tokens['access_token']}"}
        for name, chapter in CHAPTERS.items():
            if self.asker.wants(name):
                await chapter(self)

    async def get(self, path: str, query: Mapping[str, str] | None = None, **headers: str) -> Reply:
        """Ask for a path below /v1."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.asker.ask("GET", f"/v1{path}", query, headers=named)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send JSON to a path below /v1."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return await self.asker.ask(method, f"/v1{path}", body=body, headers=named)

    async def pages(self, path: str, query: Mapping[str, str], most: int = 3) -> None:
        """Walk a list by its own cursors."""
        cursor: str | None = None
        for _ in range(most):
            asked = {**query, **({"cursor": cursor} if cursor else {})}
            reply = await self.asker.ask("GET", f"/v1{path}", asked)
            cursor = reply.json().get("next_cursor") if reply.status == 200 else None
            if cursor is None:
                return

    async def message(self, door: str, message: Any, *, zipped: bool = False, silent: bool = False) -> Reply:
        """Send a sync message."""
        headers = {"content-type": CONTENT_TYPE, "accept-encoding": "gzip" if zipped else "identity"}
        return await self.asker.ask(
            "POST", f"/v1/sync/{door}", content=encode(message), headers=headers, silent=silent
        )

    def caller(self) -> Caller:
        """Return what the tablet says of itself."""
        return Caller(
            protocol=PROTOCOL,
            app_version="1",
            device_id=self.world.device_id,
            incarnation=UUID(int=7 + self.run),
            fence=self.fence,
            sent_at=INSTANT_MS,
        )

    async def pull(self, *, max_bytes: int = 1 << 20, most: int = 40) -> None:
        """Pull to the end."""
        for _ in range(most):
            asked = PullRequest(caller=self.caller(), token=self.token, max_bytes=max_bytes, patches=PATCHES)
            reply = await self.message("pull", asked)
            if reply.status != 200:
                return
            page = msgspec.msgpack.decode(reply.body, type=PullReply)
            self.token = page.token
            if not page.more:
                return

    async def push(self, *edits: tuple[UUID, Mutation], base: dict[str, int] | None = None) -> Reply:
        """Push edits with the next numbers."""
        envelopes = []
        for record_id, mutation in edits:
            self.seq += 1
            envelopes.append(
                Envelope(
                    seq=self.seq,
                    mutation_id=uuid7(INSTANT_MS, id_from("twin push", f"{self.run} {self.seq}").bytes[:10]),
                    record_id=record_id,
                    op=op_of(mutation),
                    args=encode_args(mutation),
                    base=base or {},
                    hlc=pack(INSTANT_MS, self.seq),
                    policy_version=self.world.policy.version,
                )
            )
        reply = await self.message("push", PushRequest(caller=self.caller(), edits=tuple(envelopes)))
        if reply.status == 200:
            self.fence = msgspec.msgpack.decode(reply.body, type=PushReply).fence
        return reply


async def the_house(reader: Reader) -> None:
    """What is not personal."""
    for _ in range(_PATIENCE):  # of a machine at work: ready within two seconds is not what is asked here
        if (await reader.asker.ask("GET", "/ready", silent=True)).status == HTTPStatus.OK:
            break
    for path in ("/health", "/ready", "/schema", "/schema/openapi.json", "/schema/redoc"):
        await reader.asker.ask("GET", path)
    for path in ("/me", "/policy", "/stores", "/openapi.json", "/products/bag", "/products/none"):
        await reader.get(path)
    await reader.get("/products/bag/picture")
    await reader.pages("/products", {"limit": "1"})
    await reader.get("/products", {"family": "leather"})
    await reader.send("PUT", "/products/bag/stock/here", {"at": "yesterday", "sizes": {}})
    # What others did is what the trail is for; how much of it there is, worlds differ in.
    for path in ("/audit", "/audit/export"):
        await reader.get(path, {"action": "nothing.of.the.kind"})
    for path in ("/customers", "/me", "/sync/pull", "/nowhere"):
        await reader.send("DELETE", path)
        await reader.asker.ask("OPTIONS", f"/v1{path}")


async def lists(reader: Reader) -> None:
    """Lists, their pages, their filters, and the parameters they do not know."""
    for limit in ("1", "7", "100"):
        await reader.pages("/customers", {"limit": limit})
    for store in ("here", "near", "far", "abroad", "none"):
        await reader.pages("/customers", {"store": store, "limit": "5"})
    for query in (
        {"sort": "phone"},
        {"order": "-email"},
        {"filter[phone]": "+33"},
        {"phone": "+33612345678"},
        {"fields": "email"},
        {"count": "true"},
        {"q": "durand", "facets": "town"},
        {"limit": "0"},
        {"cursor": "made-up"},
        {"q": ""},
        {"expand": "notes"},
    ):
        await reader.get("/customers", query)


async def searches(reader: Reader) -> None:
    """Free search, alone, in a store, and by pages."""
    for text in SEARCHES:
        await reader.get("/customers", {"q": text})
    if reader.brief:
        return
    for text in SEARCHES[:4]:
        await reader.get("/customers", {"q": text, "store": "here"})
        await reader.get("/customers", {"q": text, "store": "far"})
        await reader.pages("/customers", {"q": text, "limit": "1"})


async def profiles(reader: Reader) -> None:
    """Customers, with every expansion, by every door, read again under the ETag given."""
    for identifier in _asked_about(reader):
        path = f"/customers/{identifier}"
        reply = await reader.get(path)
        if etag := reply.headers.get("etag"):
            await reader.get(path, if_none_match=etag)
        await reader.get(path, if_none_match='"made up"')
        for expand in (*EXPANSIONS, ",".join(EXPANSIONS), "phone", "history"):
            await reader.get(path, {"expand": expand})
        for end in ("provenance", "notes", "preferences", "tasks", "appointments", "cases", "messages"):
            await reader.get(f"{path}/{end}")
        await reader.get(path, {"fields": "phone"})


async def histories(reader: Reader) -> None:
    """What happened, by pages and by filters."""
    for identifier in _asked_about(reader):
        path = f"/customers/{identifier}"
        for name in LISTS:
            await reader.get(f"{path}/{name}")
            await reader.pages(f"{path}/{name}", {"limit": "1"})
        for channel in ("store", "web", "call_centre", "other"):
            await reader.get(f"{path}/purchases", {"channel": channel})
            await reader.get(f"{path}/timeline", {"channel": channel})
        await reader.get(f"{path}/purchases", {"store": "here"})
        for purpose in ("marketing", "service", "tracking"):
            await reader.get(f"{path}/may-contact", {"channel": "email", "purpose": purpose})
        for number in (0, 1, 9):
            await reader.get(f"{path}/consents/{id_from('twin consent', str(number))}/proof")
    await reader.get("/consent-wordings")
    wording = "/consent-wordings/email/marketing/twin"
    await reader.send("PUT", wording, {"texts": {"fr": "Vous pouvez m'écrire."}})
    await reader.send("POST", f"{wording}/publish")
    await reader.send("POST", f"{wording}/expire")


async def promises(reader: Reader) -> None:
    """What is promised: over all customers by pages, and moved one by one, also beyond reach."""
    for path in ("/follow-ups", "/cases"):
        await reader.pages(path, {"limit": "3"})
        for query in ({"owner": "me"}, {"until": "2026-11-21"}, {"until": "never"}, {"owner": "nobody"}):
            await reader.get(path, query)
    for identifier in (reader.world.detailed[1], reader.world.abroad):
        path = f"/customers/{identifier}"
        await reader.send("POST", f"{path}/tasks", {"kind": "call"}, idempotency_key="twin task")
        await reader.send("POST", f"{path}/cases", {"kind": "repair"}, idempotency_key="twin case")
        begun = {"kind": "fitting", "starts": INSTANT_MS}
        written = {"channel": "email", "purpose": "service", "text": "Bonjour"}
        await reader.send("POST", f"{path}/messages", written, idempotency_key="twin message")
        await reader.send("POST", f"{path}/appointments", begun, idempotency_key="twin appointment")
        for door, thing, state in (
            ("tasks", "task here 1 0", "done"),
            ("tasks", "task here 1 0", "cancelled"),
            ("appointments", "appointment here 1 0", "kept"),
            ("cases", "case here 1 0", "waiting"),
            ("cases", "case here 1 9", "solved"),
            ("messages", "message here 1 0", "cancelled"),
            ("messages", "message here 1 9", "cancelled"),
        ):
            await reader.send("PATCH", f"{path}/{door}/{promise_id(thing)}", {"state": state})


async def feed(reader: Reader) -> None:
    """A tablet filled page by page; then hidden things happen, and it asks again."""
    await reader.pull(max_bytes=16 << 10)
    await reader.pull()
    for moment in range(2):
        await reader.meanwhile(2 * reader.run + moment)
        await reader.pull(max_bytes=16 << 10)
        await reader.get("/customers", {"limit": "5"})
        for identifier in reader.world.detailed[:2]:
            await reader.get(f"/customers/{identifier}", {"expand": "provenance"})
            await reader.get(f"/customers/{identifier}/provenance")
    kept, reader.token = reader.token, b"made up"
    await reader.pull(most=1)
    reader.token = kept


async def pokes(reader: Reader) -> None:
    """What is whispered to a tablet while hidden things happen: how often, and how soon it shall pull."""
    async with reader.asker.listening() as hear:
        await reader.meanwhile(POKED_AT + reader.run)
        reader.asker.note("socket /v1/sync/poke", await hear())


async def exports(reader: Reader) -> None:
    """What is taken away whole: the trail as a file, what she is owed as data and as a page."""
    await reader.get("/audit/export")
    await reader.get("/audit/export", {"action": "customer"})
    for identifier in (reader.world.detailed[1], reader.world.abroad, customer_id("nobody")):
        for query in (None, {"form": "json"}, {"form": "page"}, {"form": "page", "language": "fr"}):
            await reader.get(f"/privacy/customers/{identifier}/file", query)
    await reader.get(f"/privacy/devices/{reader.world.device_id}/persons")


async def webhooks(reader: Reader) -> None:
    """What platforms tell: who may see it, and whether a door on the street tells which of them are ours."""
    await reader.get("/connectors")
    for identifier in (CONNECTOR, id_from("twin", "nothing")):
        path = f"/connectors/{identifier}"
        for which in ("dead", "waiting", "done"):
            await reader.get(f"{path}/deliveries", {"which": which})
        await reader.send("POST", f"{path}/deliveries/{id_from('twin delivery', '0')}/retry")
        signed = {"x-shopify-hmac-sha256": "bm90IG91cnM=", "x-shopify-topic": "orders/create"}
        await reader.asker.ask("POST", f"/v1/hooks/{identifier}", body={"id": 7}, headers=signed)


async def pushes(reader: Reader) -> None:
    """Every kind of edit, on customers within reach and beyond it; then the same again."""
    beyond, nobody = reader.world.abroad, customer_id("nobody")
    mine, other = reader.world.detailed[1], reader.world.detailed[2]
    for field in FIELDS:
        await reader.push((mine, SetField(field=field, value=VALUES.get(field, f"new {reader.run}"))))
    for target in (other,) if reader.brief else (other, beyond, nobody):
        await reader.push(
            *(
                (target, SetField(field=field, value=VALUES.get(field, f"other {reader.run}")))
                for field in FIELDS
            ),
            base={field: 1 for field in FIELDS},
        )
        await reader.push(*((target, mutation) for mutation in _edits()))
    first = reader.seq
    made = CreateCustomer(values={"family_name": "Neuve", **VALUES})
    # Not under the id of somebody out of reach: that a number is taken cannot be kept from whoever knows it.
    await reader.push((customer_id(f"made by push {reader.run}"), made), (mine, made))
    await reader.push(
        (customer_id(f"made by push too {reader.run}"), CreateCustomer(values={"given_name": "Neuve"}))
    )
    reader.seq = first
    await reader.push((customer_id(f"made by push {reader.run}"), made))
    reader.seq = first + 40
    await reader.push((mine, SetField(field="town", value="Nice")))
    reader.seq = first + 4
    await reader.message("push", PushRequest(caller=reader.caller(), edits=()))
    await reader.pull()


def _edits() -> list[Mutation]:
    touchpoint = Touchpoint(
        touchpoint_id=id_from("twin touchpoint", "pushed"),
        at=INSTANT_MS,
        kind=TouchpointKind.VISIT,
        channel=Channel.STORE,
    )
    return [
        AddElement(field="likes", element="silk"),
        RemoveElement(field="likes", element="silk"),
        AddElement(field="phone", element="silk"),
        PutEntry(field="sizes", key="shoes", value={"value": "39"}),
        PutEntry(field="other_contacts", key="work", value={"kind": "email", "value": "a@example.org"}),
        RemoveEntry(field="other_addresses", key="work"),
        RemoveEntry(field="sizes", key="shoes"),
        WriteNote(note_id=note_id("pushed"), text="seen", level=NoteLevel.STORE),
        WithdrawNote(note_id=note_id("colleague private 0")),
        WithdrawNote(note_id=note_id("none")),
        MakeTask(task_id=promise_id("pushed"), kind=TaskKind.CALL, text="seen"),
        BookAppointment(
            appointment_id=promise_id("pushed appointment"), kind=AppointmentKind.FITTING, starts=INSTANT_MS
        ),
        OpenCase(case_id=promise_id("pushed case"), kind=CaseKind.REPAIR),
        MoveTask(task_id=promise_id("pushed"), due="2026-12-01"),
        MoveTask(task_id=promise_id("task here 2 0"), to=TaskState.DONE),
        MoveTask(task_id=promise_id("none"), to=TaskState.DONE),
        MoveAppointment(appointment_id=promise_id("appointment here 2 1"), to=AppointmentState.CANCELLED),
        MoveCase(case_id=promise_id("case here 2 1"), to=CaseState.SOLVED),
        SendMessage(
            message_id=promise_id("pushed message"),
            brand="maison",
            channel=ContactChannel.EMAIL,
            purpose=Purpose.SERVICE,
            text="seen",
        ),
        MoveMessage(message_id=promise_id("pushed message"), to=MessageState.CANCELLED),
        MoveMessage(message_id=promise_id("message here 2 0"), to=MessageState.CANCELLED),
        MoveMessage(message_id=promise_id("message here 2 1"), to=MessageState.SENT),
        MoveMessage(message_id=promise_id("none"), to=MessageState.CANCELLED),
        RecordConsent(
            brand="maison",
            channel=ContactChannel.POST,
            purpose=Purpose.SERVICE,
            state=ConsentState.WITHDRAWN,
        ),
        LogTouchpoint(touchpoint=touchpoint),
        AdjustPoints(points=5, reason="kindness"),
        RecordPurchase(
            purchase=Purchase(
                purchase_id=id_from("twin purchase", "pushed"),
                source="till",
                reference="pushed",
                at=INSTANT_MS,
                channel=Channel.STORE,
                kind=PurchaseKind.SALE,
                currency="EUR",
                total=100,
            )
        ),
        HoldPoints(points=5),
        RedeemPoints(points=1),
        RedeemPoints(points=1_000_000, reward="voucher-200"),
        ResolveConflict(conflict_id=id_from("twin", "nothing"), keep="mine"),
        RevealValue(field="phone", reason="call_her"),
        PutProduct(
            product=Product(
                sku="new", name={"en": "new"}, family="leather", price=Money(amount=1, currency="EUR")
            )
        ),
        CountStock(stock=Stock(sku="new", store="here", at=INSTANT_MS, sizes={"38": 2})),
        DeclareAbsence(
            absence=Absence(
                absence_id=promise_id("away"),
                associate_id=promise_id("none"),
                first_day="2031-03-01",
                last_day="2031-03-02",
            )
        ),
        PutEntry(field="advice", key="new", value={"answer": "refused", "at": INSTANT_MS}),
    ]


EDITS: Final[frozenset[type[Mutation]]] = frozenset({SetField, CreateCustomer, *map(type, _edits())})


PREFERENCES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("sizes", {"value": "40"}),
    ("likes", {}),
    ("wish_list", {"sku": "w", "at": 1}),
    ("advice", {"answer": "refused", "at": 1}),
)


async def writes(reader: Reader) -> None:
    """Everything that can be written over REST, with preconditions and idempotency keys."""
    mine, abroad = reader.world.detailed[3], reader.world.abroad
    for field in FIELDS:
        await reader.send("PATCH", f"/customers/{mine}", {field: VALUES.get(field, "newer")})
    for identifier in (mine,) if reader.brief else (mine, abroad):
        path = f"/customers/{identifier}"
        await reader.send("PATCH", path, {"phone": "not a number"})
        await reader.send("PATCH", path, {"unknown": 1})
        await reader.send("PATCH", path, {"town": "Nice"}, if_match='"made up"')
        etag = (await reader.get(path)).headers.get("etag", '"none"')
        await reader.send("PATCH", path, {"town": "Nice"}, if_match=etag)
        for key in ("key-1", "key-1", "key-2"):
            await reader.send("PATCH", path, {"town": "Paris"}, idempotency_key=f"{key}-{reader.run}")
        await reader.send("PATCH", path, {"town": "Brest"}, idempotency_key=f"key-1-{reader.run}")
        for kind, value in PREFERENCES:
            await reader.send("PUT", f"{path}/preferences/{kind}/one", value)
            await reader.send("DELETE", f"{path}/preferences/{kind}/one")
        await reader.send("PUT", f"{path}/preferences/address/one", {"line1": "x"})
        for level in ("private", "store", "brand", "unknown"):
            await reader.send("POST", f"{path}/notes", {"text": "seen", "level": level})
        for name in ("colleague private 0", "colleague store 0", "stranger store 0", "none"):
            await reader.send("DELETE", f"/customers/{reader.world.detailed[1]}/notes/{note_id(name)}")
            await reader.send("DELETE", f"{path}/notes/{note_id(name)}")
        said = {"brand": "maison", "channel": "sms", "purpose": "marketing", "state": "granted"}
        await reader.send("POST", f"{path}/consents", said, idempotency_key=f"said-{identifier}-{reader.run}")
        await reader.send("POST", f"{path}/consents", said, idempotency_key=f"said-{identifier}-{reader.run}")
        await reader.send("POST", f"{path}/loyalty/adjustments", {"points": 5, "reason": "kindness"})
        await reader.send("POST", f"{path}/loyalty/redemptions", {"points": 2})
        await reader.send("POST", f"{path}/loyalty/redemptions", {"points": 1_000_000})
    for values in (
        {"family_name": "Neuve"},
        {"family_name": "Neuve", "phone": "+33611110000", "email": "here.0@example.org"},
        {"family_name": "Neuve", "loyalty_card": "MB000000"},
        {"family_name": "Neuve", "address": {"line1": "x"}},
        {"family_name": 7},
        {},
    ):
        await reader.send("POST", "/customers", values, idempotency_key=f"made-{len(values)}-{reader.run}")
        await reader.send("POST", "/customers", values, idempotency_key=f"made-{len(values)}-{reader.run}")


async def reviews(reader: Reader) -> None:
    """What waits for a decision, what a field held before, and taking it back."""
    mine = reader.world.detailed[1]
    await reader.pages("/conflicts", {"limit": "2"})
    await reader.pages("/held-edits", {"limit": "2"})
    nothing = id_from("twin", "nothing")
    for door in (
        f"/conflicts/{nothing}/resolve",
        f"/held-edits/{nothing}/apply",
        f"/held-edits/{nothing}/dismiss",
    ):
        await reader.send("POST", door, {"keep": "mine"})
        await reader.send("POST", door)
    for identifier in (mine, reader.world.abroad):
        for field in ("", *FIELDS):
            await reader.get(f"/customers/{identifier}/history", {"field": field} if field else None)
        for entry in ("0", "made-up", str(2**40)):
            await reader.send("POST", f"/customers/{identifier}/history/{entry}/restore")
    kept = (await reader.get(f"/customers/{mine}/history", {"field": "town"})).json().get("data", [])
    for entry in kept[:1]:
        await reader.send("POST", f"/customers/{mine}/history/{entry['entry_id']}/restore")


async def merges(reader: Reader) -> None:
    """Two customers become one, and two again; neither may be out of reach."""
    mine, other = reader.world.detailed[2], reader.world.detailed[3]
    pairs = ((mine, other), (mine, reader.world.abroad), (reader.world.abroad, mine), (mine, mine))
    for one, into in pairs:
        for door in ("merge/preview", "merge"):
            await reader.send("POST", f"/customers/{one}/{door}", {"into": str(into)})
        await reader.get(f"/customers/{one}")
        await reader.get(f"/customers/{into}/merges")
        await reader.get(f"/customers/{into}", {"expand": ",".join(EXPANSIONS)})
    for one, _ in pairs:
        await reader.send("POST", f"/customers/{one}/unmerge")
        await reader.get(f"/customers/{one}", {"expand": ",".join(EXPANSIONS)})


async def looks(reader: Reader) -> None:
    """Looking beyond the tablet, and pinning who was found, and who does not exist."""
    for text in SEARCHES:
        await reader.message("look", LookRequest(caller=reader.caller(), query=text), zipped=True)
    wanted = (reader.world.beyond, reader.world.abroad, customer_id("nobody"), reader.world.detailed[0])
    for identifier in wanted:
        await reader.message("look", LookRequest(caller=reader.caller(), record_ids=(identifier,)))
    await reader.message("look", LookRequest(caller=reader.caller(), record_ids=wanted), zipped=True)
    await reader.pull()
    await reader.get(f"/customers/{reader.world.beyond}", {"expand": ",".join(EXPANSIONS)})


async def sessions(reader: Reader) -> None:
    """Signing in, going on and out; tablets of other stores."""
    device = {"device_id": str(reader.world.device_id), "device_secret": reader.world.device_secret}
    for code in (reader.world.role.value, "nobody", "foreigner"):
        await reader.send("POST", "/auth/sign-in", {"code": code, "password": "wrong"})
    for store in ("here", "far", "abroad", "none"):
        await reader.send("POST", "/devices/enrolment-codes", {"store": store})
    await reader.send("POST", "/devices/enrol", {"code": "ABCDEFGH", "name": "x"})
    await reader.send("POST", f"/devices/{id_from('twin', 'nothing')}/revoke")
    await reader.send("POST", "/auth/refresh", {"refresh_token": reader.refresh, **device})
    await reader.send("POST", "/auth/refresh", {"refresh_token": "made-up", **device})
    await reader.send("POST", "/auth/sign-out", {"refresh_token": reader.refresh})
    await reader.get("/me")


async def reveals(reader: Reader) -> None:
    """Asking for values in clear: of fields that are hidden, or readable as they are, or none at all.

    What a mask hides is told to whoever may ask and says why: that reply is no secret of a twin.
    """
    masked = {
        field for field in FIELDS if reader.world.policy.level(reader.world.role.value, field) is Level.MASKED
    }
    for identifier in (reader.world.detailed[1], reader.world.abroad):
        for field in (*FIELDS, "no_such_field"):
            if field not in masked or identifier == reader.world.abroad:
                wanted = {"field": field, "reason": "call_her"}
                await reader.send("POST", f"/customers/{identifier}/reveal", wanted)
    them = [str(each) for each in (*reader.world.detailed, reader.world.abroad, customer_id("nobody"))]
    await reader.send("POST", "/sealed-values", {"public_key": "09" + "00" * 31, "customers": them})


async def checks(reader: Reader) -> None:
    """Comparing sums with the server, bucket by bucket and record by record; the file of a first download."""
    wish = SnapshotRequest(caller=reader.caller(), format=FORMAT)
    for _ in range(_PATIENCE):  # a file is made for whoever asks, and that takes a moment
        reply = await reader.message("snapshot", wish, silent=True)
        offer = _offer_of(reply)
        if offer is not None or reply.status != HTTPStatus.OK:
            break
        await asyncio.sleep(_PAUSE_S)
    if offer is not None:
        reader.asker.file = offer.snapshot_id.bytes
    await reader.message("snapshot", wish)
    for number in range(len(offer.parts) if offer else 0):
        await reader.get(f"/sync/snapshot/{offer.snapshot_id}/{number}" if offer else "")
    await reader.get(f"/sync/snapshot/{id_from('twin', 'nothing')}/0")
    if reader.token is None:
        await reader.pull()
    if reader.token is None:
        return
    token, wanted = reader.token, (*reader.world.detailed, reader.world.beyond, reader.world.abroad)
    for asked in (
        CheckRequest(caller=reader.caller(), token=token),
        CheckRequest(caller=reader.caller(), token=token, buckets=tuple(range(256))),
        CheckRequest(caller=reader.caller(), token=token, records=(*wanted, customer_id("nobody"))),
    ):
        await reader.message("check", asked)


def _offer_of(reply: Reply) -> SnapshotOffer | None:
    if reply.status != HTTPStatus.OK:
        return None
    return msgspec.msgpack.decode(reply.body, type=SnapshotReply).offer


async def doors(reader: Reader) -> None:
    """Every route that no chapter asks by name, about somebody within reach, somebody beyond, and nobody.

    What is sent and which parameters are tried stands in a table: a new route needs its line there.
    """
    asked = [each.question.split(": ", 1)[1].split(" [")[0].split(" ", 1) for each in reader.asker.told]
    by_name = [(verb, path.partition("?")[0]) for verb, path in asked]
    targets = (reader.world.detailed[1], reader.world.abroad, customer_id("nobody"))
    for template, names in sorted(reader.asker.parameters().items()):
        if not any(verb == "GET" and leads_to(template, path) for verb, path in by_name):
            for identifier in targets:
                await reader.asker.ask("GET", _to(reader, template, identifier))
        tried = {
            name
            for verb, path in asked
            if verb == "GET" and "?" in path and leads_to(template, path.partition("?")[0])
            for name in parse_qs(path.partition("?")[2], keep_blank_values=True)
        }
        for name in names:
            for value in PARAMETERS.get(name, ()) if name not in tried else ():
                query = {**ALONG.get(template, {}), name: value}
                her = {key: text.format(targets[0]) for key, text in query.items()}
                await reader.asker.ask("GET", _to(reader, template, targets[0]), her)
    for template, method in sorted(reader.asker.doors(), key=lambda door: door in LAST):
        if method == "GET" or any(verb == method and leads_to(template, path) for verb, path in by_name):
            continue
        for identifier in targets:
            path = _to(reader, template, identifier)
            for body in BODIES.get((method, template), ()):
                await reader.asker.ask(method, path, body=_filled(body, identifier))


def _to(reader: Reader, template: str, identifier: UUID) -> str:
    world = reader.world
    known = {
        "{device_id:uuid}": world.device_id if identifier == world.detailed[1] else identifier,
        "{associate_id:uuid}": world.people["colleague" if identifier == world.detailed[1] else "foreigner"],
    }
    for name, value in known.items():
        template = template.replace(name, str(value))
    return _NUMBER.sub("1", _IDENTIFIER.sub(str(identifier), template))


def _filled(body: Any, identifier: UUID) -> Any:
    """Return a body of the table with the person it is about where it says HER."""
    if isinstance(body, dict):
        return {name: _filled(value, identifier) for name, value in body.items()}
    return str(identifier) if body == HER else body


def leads_to(template: str, path: str) -> bool:
    """Whether a path is one of a route."""
    return _paths_of(template).fullmatch(path) is not None


@cache
def _paths_of(template: str) -> re.Pattern[str]:
    parts = template.split("/")
    return re.compile("/".join("[^/]*" if part.startswith("{") else re.escape(part) for part in parts))


def _asked_about(reader: Reader) -> list[UUID]:
    here = reader.world.detailed[:2]
    if reader.brief:
        return [here[1], reader.world.abroad]
    return [*here, customer_id("crowd 1"), reader.world.abroad, customer_id("nobody")]


CHAPTERS: Final[Mapping[str, Chapter]] = {
    "house": the_house,
    "lists": lists,
    "searches": searches,
    "profiles": profiles,
    "histories": histories,
    "promises": promises,
    "exports": exports,
    "webhooks": webhooks,
    "feed": feed,
    "pokes": pokes,
    "pushes": pushes,
    "writes": writes,
    "reviews": reviews,
    "merges": merges,
    "looks": looks,
    "reveals": reveals,
    "checks": checks,
    "doors": doors,
    "sessions": sessions,
}
