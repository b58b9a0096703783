"""The promise that nobody is kept too long or forgotten too soon: made people act for ten years.

Each month people come, act, buy, look at things on the web, are written to, make appointments, complain and
ask for restriction; head office changes a rule now and then. The real functions let go whose time is over,
and what of those who stay, in slices that are sometimes broken off. An oracle of plain Python, which knows
only what happened to whom, says who and what should be gone. They must agree every month.
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


# What may be said of her besides: the field, a state in which it rests, and what ends it.
THINGS: Final = (
    ("messages", "queued", "sent"), ("messages", "queued", "refused"), ("appointments", "booked", "kept"),
    ("tasks", "open", "done"), ("cases", "open", "solved"), ("cases", "waiting", "cancelled"),
)  # fmt: skip
ON_THE_WEB: Final = ("web_view", "cart")
# Rules that head office changes; one of what is over at another moment than it is said.
CHANGING: Final = ("prospect", "customer", "web_behaviour", "messages", "appointments", "cases")


class Figures(Struct):
    """What a simulation came to."""

    persons: int
    months: int
    acts: int
    deletions: int
    early: int
    late: int
    things: int
    things_let_go: int
    things_early: int
    things_late: int
    broken_off: int
    rule_changes: int


class Person:
    """What the oracle knows of somebody: plain facts, in her order."""

    def __init__(self, at: datetime) -> None:
        self.last_act = at
        self.bought = False
        self.restricted = False
        self.things: dict[str, tuple[str, datetime | None]] = {}  # id -> rule, and since when its time runs

    def ends(self, months: dict[str, int]) -> datetime:
        """Return when her time is over, unless she acts again."""
        return _after(self.last_act, months["customer" if self.bought else "prospect"])

    def over(self, months: dict[str, int], now: datetime) -> set[str]:
        """Return the things whose time is over, though she stays."""
        return {
            thing
            for thing, (rule, since) in self.things.items()
            if not self.restricted and since is not None and _after(since, months[rule]) <= now
        }


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--persons", type=int, default=2_000, metavar="N", help="people made over the years")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Let people act for ten years in a database that is thrown away."""
    async with connected_to(database_url) as connection:
        figures, broken_by = await simulate(connection, persons=options.persons, seed=options.seed)
    return Proof(
        promise="nobody is kept too long or forgotten too soon",
        figure=f"{figures.persons:,} persons over ten years, {figures.acts:,} acts, {figures.deletions:,} "
        f"deletions, runs broken off {figures.broken_off} times; {figures.early} early, {figures.late} late; "
        f"{figures.things:,} visits on the web, messages, appointments, tasks and cases, "
        f"{figures.things_let_go:,} let go before the person; {figures.things_early} early, "
        f"{figures.things_late} late",
        holds=not broken_by and figures.deletions > 0 and figures.things_let_go > 0,
        broken_by=tuple(broken_by[:20]),
        figures=msgspec.to_builtins(figures),
    )


async def simulate(connection: Connection, *, persons: int, seed: int) -> tuple[Figures, list[str]]:
    """Return what ten years came to, and every disagreement with the oracle."""
    use_secret(b"of a proof, thirty-two bytes long")
    chance = random.Random(seed)
    house = _House(connection, chance)
    await house.open()
    alive: dict[UUID, Person] = {}
    months = {name: rule.months for name, rule in retention_rules.RULES.items()}
    acts = deletions = early = late = broken_off = changes = 0
    things = let_go = things_early = things_late = 0
    findings: list[str] = []
    for month in range(MONTHS):
        now = _after(BEGUN, month + 1)
        for _ in range(persons * (month + 1) // MONTHS - persons * month // MONTHS):
            at = _between(chance, _after(BEGUN, month), now)
            customer_id, known_since = await house.person(at)
            alive[customer_id] = Person(known_since)
        for customer_id, person in alive.items():
            had = len(person.things)
            acts += await house.live(customer_id, person, _after(BEGUN, month), now)
            things += len(person.things) - had
        if chance.random() < 0.05:
            name = chance.choice(CHANGING)
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
        over = {
            (customer_id, thing)
            for customer_id, person in alive.items()
            for thing in person.over(months, now)
        }
        announced = await _announced(connection, now)
        foretold = await retention.traces_due(connection, now=now)
        if sum(foretold.values()) != len(over):
            findings.append(f"month {month}: {foretold} foretold, {len(over)} over")
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
        kept = await house.things()
        had_things = {
            (customer_id, thing) for customer_id, person in alive.items() for thing in person.things
        }
        staying = {each for each in over if each[0] in alive}
        too_soon, too_long = had_things - staying - kept, kept - (had_things - staying)
        findings += [f"month {month}: {each} let go too soon" for each in too_soon]
        findings += [f"month {month}: {each} not let go" for each in too_long]
        let_go += len(staying - kept)
        things_early += len(too_soon)
        things_late += len(too_long)
        for customer_id, thing in staying:
            del alive[customer_id].things[thing]
    figures = Figures(
        persons=persons,
        months=MONTHS,
        acts=acts,
        deletions=deletions,
        early=early,
        late=late,
        things=things,
        things_let_go=let_go,
        things_early=things_early,
        things_late=things_late,
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


# How somebody came to be known here. Whom a colleague wrote down counts from then, whatever a file said too.
CAME = ("at the counter", "by the web", "of an old file", "of both")


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

    async def person(self, at: datetime) -> tuple[UUID, datetime]:
        """Make somebody, and return her id and since when she is known: by an old file, longer than here."""
        customer_id = UUID(int=self.chance.getrandbits(128), version=4)
        before = (at - timedelta(days=self.chance.randint(1, 1_500))).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        came = self.chance.choice(CAME)
        await self.connection.execute(
            """
            insert into customer (id, brand, family_name, created_at, origin, client_since, stamps)
            values ($1, $2, 'Made', $3, $4, $5, $6)
            """,
            customer_id,
            BRAND,
            at,
            {"channel": "web", "at": _ms(before)} if came == "by the web" else None,
            before.date().isoformat() if came in {"of an old file", "of both"} else None,
            {
                "family_name": {"rev": 1, "channel": "import"},
                "given_name": {"rev": 1, "channel": "store" if came == "of both" else "import"},
            }
            if came in {"of an old file", "of both"}
            else {},
        )
        await self.connection.execute(
            "insert into member (scope, record_id, kind, state) values ($1, $2, 1, 1)",
            self.scope,
            customer_id,
        )
        return customer_id, before if came in {"by the web", "of an old file"} else at

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
            elif drawn < 0.5:
                await self._promises(customer_id, person, at)
            else:
                kind, hers = self.chance.choice(TOUCHES)
                touch = await self._touches(customer_id, at, kind)
                person.last_act = at if hers else person.last_act
                if kind in ON_THE_WEB:
                    person.things[touch] = "web_behaviour", at
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

    async def _touches(self, customer_id: UUID, at: datetime, kind: str) -> str:
        touch = uuid4()
        sku = "shown" if kind in ON_THE_WEB else None
        await self.connection.execute(
            "insert into touchpoint (id, customer_id, kind, channel, at_ms, sku) "
            "values ($1, $2, $3, 'store', $4, $5)",
            *(touch, customer_id, kind, _ms(at), sku),
        )
        line = {"touchpoint_id": str(touch), "at": _ms(at), "kind": kind, "channel": "store", "sku": sku}
        await self.connection.execute(
            "update customer set touchpoints = $2::jsonb || coalesce(touchpoints, '[]') where id = $1",
            customer_id,
            [line],
        )
        return str(touch)

    async def _promises(self, customer_id: UUID, person: Person, at: datetime) -> None:
        """Begin something, or end what was begun."""
        begun = [
            thing
            for thing, (rule, since) in person.things.items()
            if since is None and rule != "appointments"
        ]
        field, rests, ends = self.chance.choice(THINGS)
        if begun and self.chance.random() < 0.5:
            thing = self.chance.choice(begun)
            field = person.things[thing][0]
            rests, ends = next((rests, ends) for name, rests, ends in THINGS if name == field)
            state = ends
        else:
            thing, state = str(uuid4()), self.chance.choice((rests, ends))
        facts: dict[str, object] = {"state": state, "turns": {"state": {"hlc": _ms(at) << 16}}}
        since = at if state == ends else None
        if field == "appointments":
            starts = at + timedelta(days=self.chance.randrange(60))
            facts |= {"starts": _ms(starts), "minutes": 45}
            since = starts + timedelta(minutes=45)
        await self.connection.execute(
            f"update customer set {field} = coalesce({field}, '{{}}') || $2 where id = $1",  # noqa: S608 (ours)
            customer_id,
            {thing: facts},
        )
        await self._lists(customer_id, field, UUID(thing), state, ended=state == ends)
        person.things[thing] = field, since

    async def _lists(self, customer_id: UUID, field: str, thing: UUID, state: str, *, ended: bool) -> None:
        if field == "messages":
            await self.connection.execute(
                """
                insert into outgoing (id, customer_id, kind, brand, channel, purpose, not_before)
                values ($1, $2, 'message', $3, 'email', 'service', now()) on conflict do nothing
                """,
                *(thing, customer_id, BRAND),
            )
        else:
            await self.connection.execute(
                """
                insert into promise (id, field, customer_id, state, ended, day)
                values ($1, $2, $3, $4, $5, '') on conflict do nothing
                """,
                *(thing, field, customer_id, state, ended),
            )

    async def things(self) -> set[tuple[UUID, str]]:
        """Return everything that is still held: on the record, in its lists, on her card, in the timeline."""
        rows = await self.connection.fetch(
            """
            select c.id, t.key from customer c cross join lateral (
              select jsonb_object_keys(c.messages) as key union all select jsonb_object_keys(c.appointments)
              union all select jsonb_object_keys(c.tasks) union all select jsonb_object_keys(c.cases)
              union all select each->>'touchpoint_id' from jsonb_array_elements(c.touchpoints) each
                where each->>'kind' = any($1)) t
            union select customer_id, id::text from promise union select customer_id, id::text from outgoing
            union select customer_id, id::text from touchpoint where sku is not null
            """,
            list(ON_THE_WEB),
        )
        return {(row["id"], row["key"]) for row in rows}


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
