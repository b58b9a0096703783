"""Push, pull and look as a tablet meets them."""

import gzip
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.ids import id_from, record_id_of
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    CreateCustomer,
    LogTouchpoint,
    Mutation,
    PutEntry,
    PutProduct,
    RecordConsent,
    RecordPurchase,
    RemoveElement,
    RemoveEntry,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.product import Money, Product
from schemas.protocol import CONTENT_TYPE
from schemas.record import Channel
from server.auth.sealing import digest
from server.database.pool import Connection
from server.replication.lives import current_boot
from server.replication.push import submit
from tests.server.people import (
    NOW,
    NOW_MS,
    Tablet,
    bearer,
    customer_id,
    envelope,
    give_tablet,
    hire_everybody,
    make_customer,
    principal_named,
    sign_in,
)
from tests.server.replication.double import Double
from tests.server.replication.test_submit import ticket

ROLES = ("ines", "luc", "marie", "zoe", "camille", "henri", "lea", "paola", "adam")
NOTE = id_from("test-note")


@pytest.fixture(autouse=True)
async def house(connection: Connection) -> None:
    await hire_everybody(connection)


@pytest.fixture
async def tablet(connection: Connection, client: httpx.AsyncClient) -> Tablet:
    made = await give_tablet(connection)
    await connection.execute(
        "update device set secret_hash = $2 where id = $1", made.device_id, digest("secret")
    )
    return Tablet(
        device_id=made.device_id, device_secret="secret", store="lyon", incarnation=made.incarnation
    )


MUTATIONS: list[tuple[str, Mutation]] = [
    ("ines", CreateCustomer(values={"given_name": "Eve", "family_name": "Petit", "phone": "+33612345699"})),
    ("marie", SetField(field="email", value="anne@example.fr")),
    ("marie", SetField(field="address", value={"line1": "1 rue X", "city": "Lyon"})),
    ("ines", SetField(field="home_store", value="nice")),
    ("ines", SetField(field="associate_id", value=str(id_from("test-associate", "ines")))),
    ("ines", SetField(field="title", value=None)),
    ("ines", AddElement(field="likes", element="soie")),
    ("ines", RemoveElement(field="likes", element="cuir")),
    ("ines", PutEntry(field="sizes", key="ring", value={"value": "52"})),
    ("ines", RemoveEntry(field="sizes", key="shoes")),
    ("ines", WriteNote(note_id=uuid4(), text="Privé", level=NoteLevel.PRIVATE)),
    ("ines", WriteNote(note_id=uuid4(), text="Magasin", level=NoteLevel.STORE)),
    ("ines", WithdrawNote(note_id=NOTE)),
    (
        "ines",
        RecordConsent(
            brand="maison",
            channel=ContactChannel.SMS,
            purpose=Purpose.MARKETING,
            state=ConsentState.GRANTED,
        ),
    ),
    (
        "ines",
        LogTouchpoint(
            touchpoint=Touchpoint(
                touchpoint_id=uuid4(), at=NOW_MS, kind=TouchpointKind.CALL, channel=Channel.STORE
            )
        ),
    ),
    ("import", RecordPurchase(purchase=ticket(7))),
    ("lea", AdjustPoints(points=10, reason="geste")),
    (
        "import",
        PutProduct(
            product=Product(
                sku="B-1", name={"fr": "Sac"}, family="bags", price=Money(amount=1, currency="EUR")
            )
        ),
    ),
]


class TestThePull:
    @pytest.mark.parametrize("role", ROLES)
    async def test_brings_every_replica_to_what_a_new_one_holds(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet, role: str
    ) -> None:
        ines = await principal_named(connection, "ines")
        integration = await principal_named(connection, "import")
        her = await make_customer(
            connection,
            ines,
            title="Mme",
            likes=["cuir"],
            sizes={"shoes": {"value": "39"}},
            phone="+33612345642",
        )
        for number in range(2, 12):
            await make_customer(connection, integration, number, home_store="lyon")
        note = WriteNote(note_id=NOTE, text="Aime le bleu", level=NoteLevel.BRAND)
        await submit(connection, ines, [envelope(her, note)], now=NOW)
        replica = await Double.of(client, role, tablet)
        await replica.pull()
        for author, mutation in MUTATIONS:
            record_id = {CreateCustomer: uuid4(), PutProduct: record_id_of("product", "B-1")}.get(
                type(mutation), her
            )
            who = await principal_named(connection, author)
            stamps = await connection.fetchval("select stamps from customer where id = $1", her)
            seen = {path: stamp["rev"] for path, stamp in stamps.items()}
            (outcome,) = await submit(connection, who, [envelope(record_id, mutation, base=seen)], now=NOW)
            assert outcome.status == "applied", (mutation, outcome)
            await replica.pull()
            fresh = await Double.of(client, role, tablet)
            await fresh.pull()
            assert replica.holds() == fresh.holds(), mutation
            if isinstance(mutation, SetField) and mutation.field == "home_store":
                await _move_back(connection, her)
                await replica.pull()

    async def test_walks_page_by_page(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        integration = await principal_named(connection, "import")
        edits = [
            envelope(
                customer_id(number),
                CreateCustomer(
                    values={"given_name": "A" * 150, "family_name": "B" * 150, "home_store": "lyon"}
                ),
            )
            for number in range(700)
        ]
        await submit(connection, integration, edits, now=NOW)
        replica = await Double.of(client, "ines", tablet)
        await replica.pull(max_bytes=1)
        assert replica.pages > 5
        assert len(replica.customers()) == 700

    async def test_is_silent_about_fields_that_are_hidden(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        ines, marie = await principal_named(connection, "ines"), await principal_named(connection, "marie")
        her = await make_customer(connection, ines)
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        before = replica.rows_received
        secret = {"line1": "rue Introuvable", "city": "Lyon"}
        await submit(connection, marie, [envelope(her, SetField(field="address", value=secret))], now=NOW)
        await replica.pull()
        assert replica.rows_received == before
        assert b"Introuvable" not in replica.bytes_received

    async def test_never_brings_a_hidden_value(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        integration = await principal_named(connection, "import")
        await make_customer(
            connection,
            integration,
            home_store="lyon",
            phone="+33612345642",
            email="canari@example.fr",
            address={"line1": "rue Canari", "city": "Lyon"},
            origin={"channel": "web", "campaign": "canari"},
        )
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        received = replica.bytes_received  # decompressed by the client
        for canary in (b"canari", b"Canari", b"3361234", b"campaign"):
            assert canary not in received
        assert "•• •• •• 42".encode() in received

    async def test_starts_anew_with_a_token_of_somebody_else(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        await make_customer(connection, await principal_named(connection, "ines"))
        first = await Double.of(client, "ines", tablet)
        await first.pull()
        second = await Double.of(client, "luc", tablet)
        second.token = first.token
        await second.pull()
        assert len(second.customers()) == 1

    async def test_backfills_what_a_wider_role_gains_and_purges_what_a_narrower_loses(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        await make_customer(connection, await principal_named(connection, "ines"), phone="+33612345642")
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        for role in ("store_manager", "zone_manager", "administrator", "seller"):
            await connection.execute(
                "update associate set role = $1, epoch = epoch + 1, zone = 'south' where code = 'ines'", role
            )
            await replica.pull()
            fresh = await Double.of(client, "ines", tablet)
            await fresh.pull()
            assert replica.holds() == fresh.holds(), role

    async def test_is_for_the_tablet_the_token_was_given_to(
        self, client: httpx.AsyncClient, tablet: Tablet
    ) -> None:
        replica = await Double.of(client, "ines", tablet)
        replica.tokens = await sign_in(client, "ines")
        reply = await client.post(
            "/v1/sync/pull", content=b"\x80", headers=bearer(replica.tokens) | {"content-type": CONTENT_TYPE}
        )
        assert reply.status_code == 400
        with pytest.raises(AssertionError, match="not_allowed"):
            await replica.pull()


class TestThePush:
    async def test_gives_verdicts_and_rows(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        her = await make_customer(connection, await principal_named(connection, "ines"))
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        reply = await replica.push(
            envelope(her, AddElement(field="likes", element="cuir"), seq=1),
            envelope(her, SetField(field="email", value="a@b.fr"), seq=2),
        )
        assert [each.status for each in reply.outcomes] == ["applied", "refused"]
        assert reply.watermark == 2
        held = replica.holds()
        await replica.pull()
        assert replica.holds() == held

    async def test_answers_a_lost_reply_again(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        her = await make_customer(connection, await principal_named(connection, "ines"))
        replica = await Double.of(client, "ines", tablet)
        edit = envelope(her, AddElement(field="likes", element="cuir"), seq=1)
        await replica.push(edit)
        replica.fence = 0
        again = await replica.push(edit)
        assert again.resend is None
        assert [each.status for each in again.outcomes] == ["duplicate"]

    async def test_names_the_life_of_its_rows_and_a_pull_walks_anew_when_it_was_lost(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        integration = await principal_named(connection, "import")
        her = await make_customer(connection, integration, home_store="lyon")
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        reply = await replica.push(envelope(her, AddElement(field="likes", element="lin"), seq=1))
        assert reply.life == await current_boot(connection)
        replica.looked = reply.life
        await replica.pull()
        replica.looked = uuid4()  # of a standby's primary, whose latest commits it lacked
        await replica.pull()
        assert replica.reconciled == [None, None, "history"]

    async def test_tells_a_clone_and_a_hole(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        her = await make_customer(connection, await principal_named(connection, "ines"))
        replica = await Double.of(client, "ines", tablet)
        await replica.push(envelope(her, AddElement(field="likes", element="cuir"), seq=1))
        hole = await replica.push(envelope(her, AddElement(field="likes", element="lin"), seq=5))
        assert hole.resend is not None
        assert (hole.resend.why, hole.resend.expected) == ("gap", 2)
        replica.fence = 0
        clone = await replica.push(envelope(her, AddElement(field="likes", element="lin"), seq=2))
        assert clone.resend is not None
        assert clone.resend.why == "fork"
        assert await connection.fetchval("select count(*) from receipt where seq > 0") == 1

    async def test_inflates_one_frame_within_its_bound(
        self, client: httpx.AsyncClient, tablet: Tablet
    ) -> None:
        tokens = await sign_in(client, "ines", tablet)
        headers = bearer(tokens) | {"content-type": CONTENT_TYPE, "content-encoding": "gzip"}
        bomb = gzip.compress(bytes(50_000_000))
        for body, status in ((bomb, 413), (bomb[:100], 413), (gzip.compress(b"\x80") * 2, 400), (b"no", 400)):
            reply = await client.post("/v1/sync/push", content=body, headers=headers)
            assert reply.status_code == status or (status == 413 and reply.status_code == 400)
            assert reply.headers["content-type"] == "application/problem+json"


class TestTheLook:
    async def test_finds_beyond_the_store_and_pins(
        self, client: httpx.AsyncClient, connection: Connection, tablet: Tablet
    ) -> None:
        integration = await principal_named(connection, "import")
        her = await make_customer(
            connection, integration, given_name="Solène", home_store="paris", phone="+33612345642"
        )
        replica = await Double.of(client, "ines", tablet)
        await replica.pull()
        assert replica.customers() == set()
        found = await replica.look("solene durand")
        assert [hit.record_id for hit in found.hits] == [her]
        assert found.hits[0].values["phone"] == "•• •• •• 42"
        await replica.look("", her)
        assert replica.customers() == {her}
        held = replica.holds()
        await replica.pull()
        assert replica.holds() == held
        reply = await replica.push(envelope(her, AddElement(field="likes", element="cuir"), seq=1))
        assert [each.status for each in reply.outcomes] == ["applied"]


async def _move_back(connection: Connection, record_id: UUID) -> None:
    noe = await principal_named(connection, "noe")
    base = {"home_store": 2}
    edit = envelope(record_id, SetField(field="home_store", value="lyon"), base=base, at_ms=NOW_MS + 1)
    (outcome,) = await submit(connection, noe, [edit], now=NOW)
    assert outcome.status == "applied", outcome
