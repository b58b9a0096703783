"""The promise that nobody is kept too long or forgotten too soon: made people act for ten years.

Each month people come, act, buy, are written to and ask for restriction; head office changes a rule now
and then. The real functions let go whose time is over, in slices that are sometimes broken off. An oracle of
plain Python, which knows only what happened to whom, says who should be gone. They must agree every month.
"""

import argparse
import calendar
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

import server.registry  # noqa: F401 (what the capabilities lend)
from schemas.record import Struct
from server.database.pool import Connection
from server.privacy import retention, retention_rules
from server.privacy.fingerprints import use_secret
from server.proofs.lens import connected_to
from server.proofs.proof import Proof
from server.scope import brand_scope, scope_ids

SUMMARY = "people who act for ten years, and who of them should be forgotten when"
BRAND: Final = "maison"
BEGUN: Final = datetime(2015, 1, 31, 9, 0, tzinfo=UTC)  # months of many lengths, two leap years
MONTHS: Final = 120

# What may happen to a person: (what, whether it is an act of hers).
TOUCHES: Final = (
    ("visit", True), ("call", True), ("cart", True), ("web_view", True), ("appointment", True),
    ("email_sent", False), ("email_opened", False), ("message", False), ("other", False),
)  # fmt: skip


class Figures(Struct):
    """What a simulation came to."""

    persons: int
    months: int
    acts: int
    deletions: int
    early: int
    late: int
    broken_off: int
    rule_changes: int


class Person:
    """What the oracle knows of somebody: plain facts, in her order."""

    def __init__(self, at: datetime) -> None:
        self.last_act = at
        self.bought = False
        self.restricted = False

    def ends(self, months: dict[str, int]) -> datetime:
        """Return when her time is over, unless she acts again."""
        return _after(self.last_act, months["customer" if self.bought else "prospect"])


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--persons", type=int, default=2_000, metavar="N", help="people made over the years")
    parser.add_argument("--seed", type=int, default=1)


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Let people act for ten years in a database that is thrown away."""
    use_secret(b"of a proof, thirty-two bytes long")
    async with connected_to(database_url) as connection:
        figures, broken_by = await simulate(connection, persons=options.persons, seed=options.seed)
    return Proof(
        promise="nobody is kept too long or forgotten too soon",
        figure=f"{figures.persons:,} persons over ten years, {figures.acts:,} acts, {figures.deletions:,} "
        f"deletions, runs broken off {figures.broken_off} times; {figures.early} early, {figures.late} late",
        holds=not broken_by and figures.deletions > 0,
        broken_by=tuple(broken_by[:20]),
        figures=msgspec.to_builtins(figures),
    )


async def simulate(connection: Connection, *, persons: int, seed: int) -> tuple[Figures, list[str]]:
    """Return what ten years came to, and every disagreement with the oracle."""
    chance = random.Random(seed)
    house = _House(connection, chance)
    await house.open()
    alive: dict[UUID, Person] = {}
    months = {name: retention_rules.RULES[name].months for name in ("prospect", "customer")}
    acts = deletions = early = late = broken_off = changes = 0
    findings: list[str] = []
    for month in range(MONTHS):
        now = _after(BEGUN, month + 1)
        for _ in range(persons * (month + 1) // MONTHS - persons * month // MONTHS):
            at = _between(chance, _after(BEGUN, month), now)
            alive[await house.person(at)] = Person(at)
        for customer_id, person in alive.items():
            acts += await house.live(customer_id, person, _after(BEGUN, month), now)
        if chance.random() < 0.05:
            name = chance.choice(("prospect", "customer"))
            rule = retention_rules.RULES[name]
            months[name] = chance.randint(max(rule.least, 12), rule.most)
            officer = retention.at_the_console(BRAND)
            async with connection.transaction():
                await retention_rules.change(connection, officer, name, months=months[name])
            changes += 1
        expected = {
            customer_id
            for customer_id, person in alive.items()
            if not person.restricted and person.ends(months) <= now
        }
        announced = await _announced(connection, now)
        broken_off += await _let_go(connection, chance, now)
        held = {row["id"] for row in await connection.fetch("select id from customer")}
        gone = set(alive) - held
        early += len(gone - expected)
        late += len(expected - gone)
        findings += [f"month {month}: {each} gone too soon" for each in gone - expected]
        findings += [f"month {month}: {each} kept too long" for each in expected - gone]
        findings += [f"month {month}: {each} gone without a preview" for each in gone - announced]
        deletions += len(gone)
        alive = {customer_id: person for customer_id, person in alive.items() if customer_id in held}
    figures = Figures(
        persons=persons,
        months=MONTHS,
        acts=acts,
        deletions=deletions,
        early=early,
        late=late,
        broken_off=broken_off,
        rule_changes=changes,
    )
    return figures, findings


async def _announced(connection: Connection, now: datetime) -> set[UUID]:
    """Return whom the preview names, page by page."""
    named: set[UUID] = set()
    place = None
    while page := await retention.due(connection, now=now, after=place, limit=7):
        named |= {each.customer_id for each in page}
        place = page[-1].due_at, page[-1].customer_id
    return named


class _BrokenOff(Exception):
    pass


async def _let_go(connection: Connection, chance: random.Random, now: datetime) -> int:
    """Run to the end; return how often a slice was broken off and taken up again."""
    broken_off = 0
    while True:
        try:
            async with connection.transaction():
                run = await retention.begin(connection, now=now)
            while run.finished_at is None:
                async with connection.transaction():
                    run = await retention.slice_of(connection, run, limit=5)
                    if chance.random() < 0.02:
                        raise _BrokenOff
            return broken_off
        except _BrokenOff:
            broken_off += 1


class _House:
    """Writes what happened straight into the tables, as the handlers leave it."""

    def __init__(self, connection: Connection, chance: random.Random) -> None:
        self.connection, self.chance = connection, chance
        self.scope = 0

    async def open(self) -> None:
        await self.connection.execute(
            "insert into store (code, name, city, brand, zone) values ('here', 'here', 'here', $1, 'x')",
            BRAND,
        )
        key = brand_scope(BRAND)
        self.scope = (await scope_ids(self.connection, [key]))[key]

    async def person(self, at: datetime) -> UUID:
        customer_id = UUID(int=self.chance.getrandbits(128), version=4)
        await self.connection.execute(
            "insert into customer (id, brand, family_name, created_at) values ($1, $2, 'Made', $3)",
            customer_id,
            BRAND,
            at,
        )
        await self.connection.execute(
            "insert into member (scope, record_id, kind, state) values ($1, $2, 1, 1)",
            self.scope,
            customer_id,
        )
        return customer_id

    async def live(self, customer_id: UUID, person: Person, start: datetime, end: datetime) -> int:
        """Let a month pass for somebody; tell the oracle only what was an act of hers."""
        acts = 0
        for at in self._moments(start, end):
            if at < person.last_act:
                continue  # nothing happens before she is known
            acts += 1
            drawn = self.chance.random()
            if drawn < 0.25:
                await self._buys(customer_id, at)
                person.last_act, person.bought = at, True
            elif drawn < 0.3:
                await self._says(customer_id, at, how=self.chance.choice(("spoken", "web_form", "import")))
                said = await self.connection.fetchval(
                    "select how from consent_event where customer_id = $1 order by position desc limit 1",
                    customer_id,
                )
                person.last_act = person.last_act if said == "import" else at
            elif drawn < 0.32:
                person.restricted = not person.restricted
                await self.connection.execute(
                    "update customer set limits = $2 where id = $1",
                    customer_id,
                    {"restriction": 1} if person.restricted else {},
                )
            else:
                kind, hers = self.chance.choice(TOUCHES)
                await self._touches(customer_id, at, kind)
                person.last_act = at if hers else person.last_act
        return acts

    def _moments(self, start: datetime, end: datetime) -> Iterator[datetime]:
        moments = [_between(self.chance, start, end) for _ in range(int(self.chance.random() < 0.06))]
        yield from sorted(moments)

    async def _buys(self, customer_id: UUID, at: datetime) -> None:
        await self.connection.execute(
            """
            insert into purchase (id, customer_id, source, reference, kind, channel, at_ms, total, currency)
            values ($1, $2, 'till', $3, 'sale', 'store', $4, 100, 'EUR')
            """,
            *(uuid4(), customer_id, str(uuid4()), _ms(at)),
        )

    async def _says(self, customer_id: UUID, at: datetime, *, how: str) -> None:
        await self.connection.execute(
            """
            insert into consent_event (id, customer_id, brand, channel, purpose, state, at_ms, how)
            values ($1, $2, $3, 'email', 'marketing', 'granted', $4, $5)
            """,
            *(uuid4(), customer_id, BRAND, _ms(at), how),
        )

    async def _touches(self, customer_id: UUID, at: datetime, kind: str) -> None:
        await self.connection.execute(
            "insert into touchpoint (id, customer_id, kind, channel, at_ms) values ($1, $2, $3, 'store', $4)",
            *(uuid4(), customer_id, kind, _ms(at)),
        )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _between(chance: random.Random, start: datetime, end: datetime) -> datetime:
    seconds = chance.randrange(int((end - start).total_seconds()))
    return start + timedelta(seconds=seconds)


def _after(at: datetime, months: int) -> datetime:
    """Return the same day so many months later; the last of the month where that one is shorter."""
    years, month = divmod(at.month - 1 + months, 12)
    year = at.year + years
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)
