"""What the seed leaves must be what edits, one by one, would have left."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.contact import may_contact
from schemas.customer import Customer
from schemas.mutations import Envelope, Mutation, WriteNote, encode_args, op_of
from schemas.record import Channel, Kind
from schemas.staff import Role
from schemas.wording import in_force, wording_hash
from server.auth.principal import Principal
from server.consent.wordings import published
from server.database.pool import Connection, prepare
from server.demo.brand import BRAND_CODE, STAFF, STORES
from server.demo.catalog import catalogue
from server.demo.history import Deed, Life, draw_lives
from server.demo.people import associate_id
from server.demo.seed import AlreadyInUse, is_seeded, seed
from server.demo.templates import TEXTS
from server.demo.wordings import wordings
from server.replication.push import Speaking, submit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = 12
pytestmark = pytest.mark.anyio


async def _opened(url: str) -> Connection:
    connection = await asyncpg.connect(url)
    await prepare(connection)
    return connection


def _envelope(life: Life, deed: Deed) -> Envelope:
    mutation: Mutation = deed.mutation
    return Envelope(
        seq=0,
        mutation_id=deed.said.mid,
        record_id=life.customer_id,
        op=op_of(mutation),
        args=encode_args(mutation),
        base={},
        hlc=deed.said.hlc,
    )


def _speaker(deed: Deed) -> Principal:
    """Somebody who may say this: notes are for those who serve, the rest for the house's own systems."""
    serves = isinstance(deed.mutation, WriteNote)
    return Principal(
        associate_id=UUID(associate_id("webshop")),
        name="Somebody",
        role=Role.STORE_MANAGER if serves else Role.INTEGRATION,
        stores=tuple(one.code for one in STORES) if serves else (),
        zone=None,
        brand=BRAND_CODE,
        device_store=deed.said.store,
    )


async def _live_through(connection: Connection, life: Life) -> None:
    """Tell a life to the write path, edit by edit; each knows what stands."""
    for deed in life.deeds:
        stamps = (
            await connection.fetchval("select stamps from customer where id = $1", life.customer_id) or {}
        )
        envelope = msgspec.structs.replace(
            _envelope(life, deed), base={path: stamp["rev"] for path, stamp in stamps.items()}
        )
        speaking = Speaking(channel=Channel(deed.said.channel), author=deed.said.author)
        (outcome,) = await submit(connection, _speaker(deed), [envelope], now=NOW, speaking=speaking)
        assert outcome.status == "applied", (envelope.op, outcome)


async def _kept(connection: Connection, table: str, key: str, customer_id: UUID) -> list[dict[str, Any]]:
    rows = await connection.fetch(f"select * from {table} where {key} = $1", customer_id)
    own = {"created_at", "received_at", "position", "xid", "moved", "rev", "recent", "scope", "id"}
    kept = [{name: value for name, value in dict(row).items() if name not in own} for row in rows]
    for row in kept:
        if "body" in row:  # the order of keys in a body says nothing
            row["body"] = msgspec.json.decode(row["body"])
    return sorted(kept, key=lambda row: [str(row.get(name)) for name in _ORDER])


async def _words(connection: Connection) -> dict[str, set[str]]:
    """Return the dictionary of words with their variants."""
    rows = await connection.fetch(
        "select t.token, d.variant from name_token t left join name_token_delete d on d.token = t.token"
    )
    words: dict[str, set[str]] = {}
    for row in rows:
        words.setdefault(row["token"], set()).add(row["variant"])
    return words


class TestSeed:
    async def test_leaves_what_the_write_path_would(self, database: str, connection: Connection) -> None:
        lives = [life for life in draw_lives(customers=SAMPLE, seed=3, now=NOW)]
        for life in lives:
            await _live_through(connection, life)
        ledgers = (
            ("customer", "id"), ("customer_search", "customer_id"), ("contact_point", "customer_id"),
            ("purchase", "customer_id"), ("touchpoint", "customer_id"), ("consent_event", "customer_id"),
            ("loyalty_entry", "customer_id"), ("fragment", "record_id"), ("field_past", "record_id"),
            ("promise", "customer_id"),
        )  # fmt: skip
        lived = {
            (life.customer_id, table): await _kept(connection, table, key, life.customer_id)
            for life in lives
            for table, key in ledgers
        }
        lines = await connection.fetch("select * from purchase_line order by purchase_id, position")
        words = await _words(connection)
        members = await connection.fetch(_MEMBERS)
        await connection.execute(_EMPTY)

        await seed(database, customers=SAMPLE, seed=3, now=NOW)

        for (customer_id, table), expected in lived.items():
            key = dict(ledgers)[table]
            for now, then in zip(await _kept(connection, table, key, customer_id), expected, strict=True):
                differing = {name: (now[name], then[name]) for name in now if now[name] != then[name]}
                assert not differing, table
        assert await connection.fetch("select * from purchase_line order by purchase_id, position") == lines
        borne = {row["word"] for row in await connection.fetch(_BORNE)}
        # Words of names and towns that gave way stay in the dictionary of the write path, and find nobody.
        assert await _words(connection) == {word: found for word, found in words.items() if word in borne}
        assert await connection.fetch(_MEMBERS) == members

    async def test_makes_the_same_rows_again(self, database: str, connection: Connection) -> None:
        await seed(database, customers=40, seed=5, now=NOW)
        first = await connection.fetch("select record_id, grp, body from fragment order by record_id, grp")
        await connection.execute(_EMPTY + "; truncate associate, store, product, message_template")

        await seed(database, customers=40, seed=5, now=NOW)

        again = await connection.fetch("select record_id, grp, body from fragment order by record_id, grp")
        assert again == first

    async def test_changes_nothing_the_second_time(self, database: str, connection: Connection) -> None:
        made = await seed(database, customers=10, now=NOW)
        assert made["customer"] == 10
        assert await is_seeded(database)

        assert await seed(database, customers=20, now=NOW) == {}

        assert await connection.fetchval("select count(*) from customer") == 10

    async def test_begins_anew_after_an_interruption(self, database: str, connection: Connection) -> None:
        await seed(database, customers=10, now=NOW)
        await connection.execute("truncate associate")  # hired last

        await seed(database, customers=10, now=NOW)

        assert await connection.fetchval("select count(*) from associate") == len(STAFF)
        assert await connection.fetchval("select count(*) from customer") == 10

    async def test_refuses_a_database_in_use(self, database: str, connection: Connection) -> None:
        await connection.execute(
            "insert into store (code, name, city, brand, zone) values ('a', 'A', 'A', 'other', 'z')"
        )

        with pytest.raises(AlreadyInUse):
            await seed(database, customers=10, now=NOW)

    async def test_hires_everybody_and_shelves_everything(
        self, database: str, connection: Connection
    ) -> None:
        await seed(database, customers=5, now=NOW)

        assert await connection.fetchval("select count(*) from product") == len(catalogue())
        members = await connection.fetch(
            "select s.key, count(*) as n from member m join scope s on s.id = m.scope group by s.key"
        )
        counts = {row["key"]: row["n"] for row in members}
        assert counts["catalog"] == len(catalogue())
        assert counts["brand:valmere"] == 5
        directory = await connection.fetch(
            """
            select f.grp, count(*) as n
            from member m join scope s on s.id = m.scope join fragment f using (record_id)
            where s.key = 'directory' group by f.grp
            """
        )
        assert {row["grp"]: row["n"] for row in directory} == {
            Kind.ASSOCIATE: len(STAFF),
            Kind.STORE: len(STORES),
            Kind.WORDING: len(list(wordings())),
            Kind.TEMPLATE: len(TEXTS),
            Kind.PRESSURE: 1,
        }

    async def test_asks_in_words_that_prove_what_was_agreed_to(
        self, database: str, connection: Connection
    ) -> None:
        await seed(database, customers=60, now=NOW)
        held, now_ms = await published(connection, BRAND_CODE), int(NOW.timestamp() * 1000)

        for channel, purpose in {(each.channel, each.purpose) for each in held.values()}:
            asked = in_force(held.values(), brand=BRAND_CODE, channel=channel, purpose=purpose, now=now_ms)
            assert asked is not None and {"fr", "en"} <= asked.texts.keys()
        agreed = set()
        for values in await connection.fetch("select consents from customer where consents is not null"):
            for key, standing in values["consents"].items():
                channel, purpose = ContactChannel(key.split("/")[1]), Purpose(key.split("/")[2])
                answer = may_contact(
                    values["consents"], brand=BRAND_CODE, channel=channel, purpose=purpose, now=now_ms,
                    wordings=held,
                )  # fmt: skip
                assert answer.allowed == (standing["state"] == ConsentState.GRANTED), (key, answer)
                agreed |= {(channel, purpose)} if answer.allowed else set()
        assert len(agreed) == 5
        said = await connection.fetch("select * from consent_event where state = 'granted'")
        for each in said:
            wording = held[f"{each['brand']}/{each['channel']}/{each['purpose']}/{each['wording']}"]
            assert wording.published_at <= each["at_ms"] and each["how"] in ("screen", "web_form")
            text = wording.texts[each["language"]]
            assert each["wording_hash"] == wording_hash(wording.version, each["language"], text)

    async def test_reports_progress_to_the_end(self, database: str) -> None:
        told: list[tuple[int, int, int]] = []

        await seed(database, customers=12, now=NOW, progress=lambda *facts: told.append(facts))

        assert told[-1][:2] == (12, 12)


class TestHelpers:
    async def test_make_the_same_customers(self, database: str, connection: Connection) -> None:
        await seed(database, customers=1001, now=NOW, helpers=2)

        kept = {row["id"] for row in await connection.fetch("select id from customer")}
        assert kept == {life.customer_id for life in draw_lives(customers=1001, seed=2021, now=NOW)}


class TestEveryCustomer:
    async def test_is_a_customer(self, database: str, connection: Connection) -> None:
        await seed(database, customers=200, now=NOW)

        fields = Customer.__struct_fields__
        for row in await connection.fetch(f"select {', '.join(fields)} from customer"):
            values = {name: value for name, value in dict(row).items() if value is not None}
            msgspec.convert(values, Customer)


_ORDER = ("grp", "kind", "at_ms", "reference", "mutation_id", "normalised", "field", "lost_to")
_MEMBERS = """
select s.key, m.record_id, m.kind, m.state from member m join scope s on s.id = m.scope
where m.kind = 1 order by s.key, m.record_id
"""
_BORNE = "select distinct unnest(tokens) as word from customer_search"
_EMPTY = """
truncate customer, fragment, member, customer_search, contact_point, purchase, purchase_line, touchpoint,
  consent_event, loyalty_entry, field_past, receipt, name_token, name_token_delete, scope restart identity
"""
