"""A world: a small house with customers, planted so that one role sees the same in every flavour of it.

Flavour 0 is the world as it is told. In the others every field hidden from the role differs: absent in
flavour 1, longer and more of it in flavour 2, changed many times in flavour 3. A masked field keeps its mask.
People and notes out of reach differ in number, and in everything.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.customer import FIELDS
from schemas.engagement import NoteLevel
from schemas.hlc import pack
from schemas.ids import id_from, record_id_of, uuid7
from schemas.mutations import (
    AdjustPoints,
    Envelope,
    Mutation,
    PutProduct,
    RecordConsent,
    SetField,
    WithdrawNote,
    WriteNote,
    encode_args,
    op_of,
)
from schemas.record import Kind, Struct
from schemas.staff import ROLES, Role
from schemas.visibility import Level, Policy
from server.auth.principal import Principal
from server.auth.sealing import digest
from server.auth.shared_secrets import Secret
from server.connectors.registry import sealed
from server.database.pool import Connection, prepare
from server.identity.merging import lock_pair, merge
from server.policy.in_force import groups_to_write
from server.proofs.twins.stillness import INSTANT, INSTANT_MS, begin
from server.proofs.twins.things import (
    ABROAD,
    BRAND,
    DAY_MS,
    FAR,
    FOREIGN,
    HERE,
    NEAR,
    edit_appointment,
    edit_case,
    edit_made,
    edit_message,
    edit_purchase,
    edit_task,
    edit_touchpoint,
    product_of,
)
from server.proofs.twins.values import value_behind_the_mask, value_otherwise, value_told
from server.replication.push import submit
from server.staff.accounts import Hired, hire
from sync.merge_rules import RULES, Rule

STORES: Final = (
    (HERE, BRAND, "south"),
    (NEAR, BRAND, "south"),
    (FAR, BRAND, "north"),
    (ABROAD, FOREIGN, "x"),
)
PASSWORD: Final = "the same for everybody"  # noqa: S105 (of databases that are thrown away)
SECRET: Final = b"a secret of twin worlds, and of no other"
CONNECTOR: Final = id_from("twin", "connector")  # of the other brand, in some worlds
STORE_ROLES: Final = (Role.SELLER, Role.STORE_MANAGER)
# Customers with a history, with a name only, known twice, of a store out of reach
DETAILED, CROWD, TWICE, BEYOND = 4, 34, 2, 3
CHANGED_UNSEEN: Final = (
    Level.HIDDEN,
    Level.MASKED,
)  # levels of fields that change, and that nobody may notice

FLAVOURS: Final = (1, 2, 3)
_DERIVED: Final = ("purchases", "touchpoints", "owned", "spend", "computed_sizes", "loyalty", "client_since")
_SCOPING: Final = ("home_store", "associate_id", "second_associate_id")  # they say who reaches her
_GIVEN: Final = tuple(
    field
    for field in FIELDS
    if field not in _SCOPING and RULES[field] in (Rule.PLAIN, Rule.GUARDED, Rule.KEYED, Rule.ADD_WINS)
)


class World(Struct):
    """What there is to ask about in one world."""

    role: Role
    flavour: int
    policy: Policy
    people: dict[str, UUID]
    device_id: UUID
    device_secret: str

    @property
    def detailed(self) -> list[UUID]:
        """Customers within reach who have a history."""
        return [customer_id(f"here {number}") for number in range(DETAILED)]

    @property
    def beyond(self) -> UUID:
        """A customer of another store; out of reach for those who work in stores."""
        return customer_id("far 0")

    @property
    def abroad(self) -> UUID:
        """A customer of another brand, in some worlds; out of everybody's reach."""
        return customer_id("abroad 0")


def customer_id(name: str) -> UUID:
    """Return the id of a customer of every world."""
    return id_from("twin", name)


def note_id(name: str) -> UUID:
    """Return the id of a note of every world."""
    return id_from("twin note", name)


async def plant(
    connection: Connection, *, role: Role, flavour: int, policy: Policy, password_hash: str
) -> World:
    """Furnish an empty database."""
    begin("people")
    if policy.version > 1:
        await connection.execute(
            "insert into policy (version, document, note) values ($1, $2, 'twin')",
            policy.version,
            {
                "version": policy.version,
                "levels": {
                    name: {field: int(level) for field, level in row.items()}
                    for name, row in policy.levels.items()
                },
            },
        )
    await connection.executemany(
        "insert into store (code, name, city, brand, zone) values ($1, $1, $1, $2, $3)", STORES
    )
    people: dict[str, UUID] = {}
    wanted = [(each.value, each, BRAND, HERE) for each in ROLES]
    wanted += [("colleague", Role.SELLER, BRAND, HERE), ("stranger", Role.SELLER, BRAND, FAR)]
    wanted += [("source", Role.INTEGRATION, BRAND, HERE), ("foreigner", Role.INTEGRATION, FOREIGN, ABROAD)]
    async with connection.transaction():
        for code, each, brand, store in wanted:
            someone = Hired(
                code=code,
                given_name=code.capitalize(),
                family_name="Somebody",
                role=each,
                brand=brand,
                stores=(store,) if each in STORE_ROLES else (),
                zone="south" if each is Role.ZONE_MANAGER else None,
            )
            people[code] = await hire(connection, someone, password_hash=password_hash)
    device, secret = id_from("twin", "device"), "a secret of this tablet alone"
    await connection.execute(
        "insert into device (id, store, name, secret_hash, enrolled_by) values ($1, $2, 'Tablet', $3, $4)",
        device,
        HERE,
        digest(secret),
        people[Role.ADMINISTRATOR.value],
    )
    world = World(
        role=role, flavour=flavour, policy=policy, people=people, device_id=device, device_secret=secret
    )
    await _Planting(connection, world).plant()
    return world


async def meanwhile(connection: Connection, world: World, moment: int) -> None:
    """Let things happen that the role is told nothing of: in the twins only, and more of them in some."""
    if world.flavour:
        await _Planting(connection, world).change_unseen(moment)


class _Planting:
    def __init__(self, connection: Connection, world: World) -> None:
        self.connection = connection
        self.world = world
        self.source = _speaker(world.people["source"], Role.INTEGRATION, world.policy, (HERE, NEAR, FAR))

    def level(self, field: str) -> Level:
        return self.world.policy.level(self.world.role.value, field)

    def unseen(self, *fields: str) -> bool:
        return all(self.level(field) is Level.HIDDEN for field in fields)

    async def plant(self) -> None:
        told: list[tuple[UUID, str, Mutation]] = [
            (record_id_of(Kind.PRODUCT.value, sku), "product", PutProduct(product=product_of(sku)))
            for sku in ("bag", "belt", "shoe")
        ]
        for number in range(DETAILED):
            told += self._customer(f"here {number}", HERE, number)
        for number in range(CROWD):
            told += self._crowd(f"crowd {number}", number)
        for number in range(TWICE):
            told += self._crowd(f"twice {number}", number)
        for number in range(BEYOND):
            told += self._customer(f"far {number}", FAR, number)
        await self._tell(self.source, told)
        for who, code, store in self._writers():
            await self._tell(who, self._notes(code, store))
        await self._join("twice 1", into="twice 0")
        await self._populate_abroad()
        await self._connect_abroad()

    def _customer(self, name: str, store: str, number: int) -> list[tuple[UUID, str, Mutation]]:
        identifier, flavour = customer_id(name), self.world.flavour
        values: dict[str, Any] = {"home_store": store}
        if store == HERE and number == 0:
            values["associate_id"] = str(self.world.people[self.world.role.value])
        for field in _GIVEN:
            value = self._value(field, name, number, flavour)
            if value is not None:
                values[field] = value
        told: list[tuple[UUID, str, Mutation]] = [(identifier, "made", edit_made(name, values))]
        if flavour == 3:
            told += [
                (identifier, f"again {again} {field}", SetField(field=field, value=value))
                for again in range(3)
                for field in _GIVEN
                if RULES[field] in (Rule.PLAIN, Rule.GUARDED)
                and self.level(field) in CHANGED_UNSEEN
                and (value := self._value(field, name, number, 4 + again)) is not None
            ]
        return told + self._history(identifier, name)

    def _crowd(self, name: str, number: int) -> list[tuple[UUID, str, Mutation]]:
        values: dict[str, Any] = {"home_store": HERE}
        for field in ("given_name", "family_name", "town", "address", "email"):
            value = self._value(field, name, number, self.world.flavour)
            if value is not None:
                values[field] = value
        return [(customer_id(name), "made", edit_made(name, values))]

    def _history(self, identifier: UUID, name: str) -> list[tuple[UUID, str, Mutation]]:
        flavour = self.world.flavour
        told: list[tuple[UUID, str, Mutation]] = []
        tickets = 3 if not self.unseen(*_DERIVED) else (3, 0, 6, 4)[flavour]
        told += [
            (
                identifier,
                f"bought {number}",
                edit_purchase(f"{name} {number} {flavour if tickets != 3 else 0}", number),
            )
            for number in range(tickets)
        ]
        contacts = 3 if not self.unseen("touchpoints", "purchases") else (3, 0, 7, 1)[flavour]
        told += [
            (identifier, f"met {number}", edit_touchpoint(f"{name} {number}", number))
            for number in range(contacts)
        ]
        words = 2 if not self.unseen("consents") else (2, 0, 4, 3)[flavour]
        told += [
            (
                identifier,
                f"said {number}",
                RecordConsent(
                    brand=BRAND,
                    channel=tuple(ContactChannel)[number],
                    purpose=Purpose.MARKETING,
                    state=ConsentState.GRANTED if number % 2 == 0 else ConsentState.WITHDRAWN,
                    how="spoken",
                ),
            )
            for number in range(words)
        ]
        for field, promised in (
            ("tasks", edit_task),
            ("appointments", edit_appointment),
            ("cases", edit_case),
            ("messages", edit_message),
        ):
            things = 2 if not self.unseen(field) else (2, 0, 5, 3)[flavour]
            flavoured = flavour if self.unseen(field) else 0
            told += [
                (identifier, f"{field} {number}", promised(f"{name} {number}", number, flavoured))
                for number in range(things)
            ]
        points = 1 if not self.unseen("loyalty") else (1, 0, 3, 2)[flavour]
        told += [
            (identifier, f"points {number}", AdjustPoints(points=100 + number, reason="kindness"))
            for number in range(points)
        ]
        return told

    def _value(self, field: str, name: str, number: int, flavour: int) -> Any:
        told = value_told(field, name, number)
        level = self.level(field)
        if flavour == 0 or level >= Level.READ or (level is Level.MASKED and told is None):
            return told
        if level is Level.MASKED:
            return value_behind_the_mask(field, told, name, flavour)
        if flavour == 1:
            return None
        return value_otherwise(field, name, flavour)

    def _writers(self) -> list[tuple[Principal, str, str]]:
        people, policy = self.world.people, self.world.policy
        writers = [
            (_speaker(people["colleague"], Role.SELLER, policy, (HERE,), store=HERE), "colleague", HERE),
            (_speaker(people["stranger"], Role.SELLER, policy, (FAR,), store=FAR), "stranger", FAR),
        ]
        role = self.world.role
        if role in STORE_ROLES and self.level("notes") is Level.WRITE:
            writers.append(
                (_speaker(people[role.value], role, policy, (HERE,), store=HERE), role.value, HERE)
            )
        return writers

    def _notes(self, code: str, store: str) -> list[tuple[UUID, str, Mutation]]:
        """Notes at all three levels by one person; who may not read some finds others, or more, or none."""
        flavour, role = self.world.flavour, self.world.role
        name = "here 1" if store == HERE else "far 0"
        told: list[tuple[UUID, str, Mutation]] = []
        for level in (NoteLevel.PRIVATE, NoteLevel.STORE, NoteLevel.BRAND):
            seen = self.level("notes") >= Level.READ and (
                level is NoteLevel.BRAND
                or (
                    level is NoteLevel.STORE
                    and (store == HERE or role not in (*STORE_ROLES, Role.ZONE_MANAGER))
                )
                or code == role.value
            )
            count = 1 if seen else (1, 0, 4, 2)[flavour]
            text = f"{code} {level.value}" if seen or not flavour else "never told " * (10 * flavour)
            for number in range(count):
                written = note_id(f"{code} {level.value} {number}")
                if number == 0 and flavour == 3 and not seen:
                    continue  # there, but later ones only
                told.append(
                    (
                        customer_id(name),
                        f"note {code} {level.value} {number}",
                        WriteNote(note_id=written, text=text, level=level),
                    )
                )
            if flavour == 3 and not seen:
                taken = note_id(f"{code} {level.value} 1")
                told.append((customer_id(name), f"taken {code} {level.value}", WithdrawNote(note_id=taken)))
        if self.unseen("notes") and flavour == 1:
            return []
        return told

    async def _join(self, loser: str, *, into: str) -> None:
        """Make two customers one: what gives way is laid aside."""
        groups = await groups_to_write(self.connection)
        async with self.connection.transaction():
            pair = await lock_pair(
                self.connection, self.source, loser=customer_id(loser), winner=customer_id(into)
            )
            await merge(
                self.connection, self.source, pair, choices={}, reason=None, groups=groups, now=INSTANT
            )

    async def _populate_abroad(self) -> None:
        """Another brand: nobody here learns how many there are, nor what their names begin with."""
        count = (1, 0, 80, 4)[self.world.flavour]
        foreigner = _speaker(
            self.world.people["foreigner"], Role.INTEGRATION, self.world.policy, (ABROAD,), brand=FOREIGN
        )
        told: list[tuple[UUID, str, Mutation]] = []
        for number in range(count):
            letters = f"{chr(97 + number // 26)}{chr(97 + number % 26)}"
            values = {
                "given_name": f"Mar{letters}",
                "family_name": f"Du{letters}" if self.world.flavour != 3 else "Durand",
                "town": f"Ly{letters}",
                "home_store": ABROAD,
                "phone": f"+3361111{number:04}",
                "email": f"anne.{number}@example.org",
                "loyalty_card": f"MB{number:06}",
            }
            told.append((customer_id(f"abroad {number}"), "made", edit_made(f"abroad {number}", values)))
        await self._tell(foreigner, told)

    async def _connect_abroad(self) -> None:
        """What platforms tell another brand: how much, and whether at all, is nobody's business."""
        flavour = self.world.flavour
        if flavour == 1:
            return
        await self.connection.execute(
            """
            insert into connector (id, source, kind, brand, settings, sealed_secrets, made_by)
            values ($1, 'shop', 'shopify', $2, '{}', $3, $4)
            """,
            CONNECTOR,
            FOREIGN,
            sealed(SECRET, CONNECTOR, [Secret(text="never told to anybody")]),
            self.world.people["foreigner"],
        )
        await self.connection.executemany(
            """
            insert into delivery (id, connector_id, reference, topic, body, state, error, ended_at)
            values ($1, $2, $3, 'orders/create', $4, 'dead', 'never told', $5)
            """,
            [
                (
                    id_from("twin delivery", str(number)),
                    CONNECTOR,
                    f"{number}",
                    b'{"never": "told"}' * (1 + flavour),
                    INSTANT,
                )
                for number in range(1 + flavour)
            ],
        )

    async def change_unseen(self, moment: int) -> None:
        flavour = self.world.flavour
        fields = [
            field
            for field in (
                "address",
                "email",
                "town",
                "origin",
                "title",
                "phone",
                "birth_date",
                "loyalty_card",
            )
            if self.level(field) in CHANGED_UNSEEN
        ]
        names = [f"here {number}" for number in range(DETAILED)]
        crowd = [f"crowd {number}" for number in range(CROWD)] if flavour == 2 else []
        told: list[tuple[UUID, str, Mutation]] = []
        for number, name in enumerate((*names, *crowd)):
            for field in fields if name in names else fields[:1]:
                value = self._value(field, name, number % CROWD, 10 + 10 * moment + flavour)
                if value is not None:
                    told.append(
                        (
                            customer_id(name),
                            f"meanwhile {moment} {field}",
                            SetField(field=field, value=value),
                        )
                    )
        await self._tell(self.source, told)
        colleague = self._writers()[0][0]
        if not (self.level("notes") >= Level.READ and self.world.role is Role.ADMINISTRATOR):
            unread = WriteNote(
                note_id=note_id(f"meanwhile {moment}"),
                text="never told " * flavour,
                level=NoteLevel.PRIVATE,
            )
            await self._tell(colleague, [(customer_id("here 1"), f"unread {moment}", unread)])

    async def _tell(self, who: Principal, told: Sequence[tuple[UUID, str, Mutation]]) -> None:
        if not told:
            return
        at_ms = INSTANT_MS - 40 * DAY_MS
        envelopes = [
            Envelope(
                seq=0,
                mutation_id=uuid7(
                    at_ms, id_from("said", f"{record_id} {name} {who.associate_id}").bytes[:10]
                ),
                record_id=record_id,
                op=op_of(mutation),
                args=encode_args(mutation),
                base=_SEEN_ALL,
                hlc=pack(at_ms, 0),
                policy_version=self.world.policy.version,
            )
            for record_id, name, mutation in told
        ]
        async with self.connection.transaction():
            outcomes = await submit(self.connection, who, envelopes, now=INSTANT)
        for envelope, outcome in zip(envelopes, outcomes, strict=True):
            if outcome.status not in ("applied", "duplicate", "merged"):
                raise RuntimeError(f"{envelope.op}: {outcome.status} {outcome.code} {outcome.detail}")


_SEEN_ALL: Final = {field: 1_000_000 for field in FIELDS}


def _speaker(
    associate_id: UUID,
    role: Role,
    policy: Policy,
    stores: tuple[str, ...],
    *,
    brand: str = BRAND,
    store: str | None = None,
) -> Principal:
    return Principal(
        associate_id=associate_id,
        name="Person S.",
        role=role,
        stores=stores,
        zone=None,
        brand=brand,
        device_store=store,
        policy_version=policy.version,
    )


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """Open one connection to a world."""
    connection = await asyncpg.connect(url)
    try:
        await prepare(connection)
        yield connection
    finally:
        await connection.close()
