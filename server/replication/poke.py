"""Pokes: tablets that keep a socket open are told that something of theirs changed, and nothing else.

Once a second every node asks the feed, in one statement, what moved in the scopes it has sockets for. A
tablet is told only of what its lens shows: a poke for a hidden field would betray that somebody wrote it.
Not LISTEN/NOTIFY, which takes a lock of the whole cluster at every commit.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import structlog

from schemas.poke import Farewell, Poke
from server.auth.access_token import Claims
from server.auth.principal import Principal, principal_of
from server.auth.standing import changed_among
from server.database.pool import Connection, Pool, transaction
from server.policy.in_force import Policies
from server.problems import Refusal
from server.replication.lives import OnStandby
from server.scope import scope_ids, tablet_scopes

EVERY_S = 1.0
MOST_SEATS = 5_000  # sockets of one node
MOST_INTRODUCING = 500  # sockets of one node that have not said yet who they are
MOST_OF_A_DEVICE = 2  # the second is the one that replaces a socket the network has lost
ARRIVAL_SPREAD_S = 3.0  # of the pull after connecting
# How many are told at once, and the span over which they then pull. A change is on the other tablets of its
# store within two seconds: it waits up to one second for the next look, and the first of these spans.
SPREADS = ((200, 0.75), (600, 3.0), (2_000, 10.0))
WIDEST_SPREAD_S = 30.0

log = structlog.get_logger()

_MOVED = """
with touched as materialized (
  select m.* from unnest($1::int[]) s(scope) cross join lateral (
    select m.scope, m.record_id, m.moved from member m
    where m.scope = s.scope
      and m.xid >= pg_snapshot_xmin($2::text::pg_snapshot)
      and not pg_visible_in_snapshot(m.xid, $2::text::pg_snapshot)
    offset 0) m)
select null::int as scope, pg_current_snapshot()::text as grp, pg_is_in_recovery() as standby
union all
select t.scope, null, false from touched t
where not pg_visible_in_snapshot(t.moved, $2::text::pg_snapshot) group by t.scope
union all
select t.scope, f.grp, false from touched t cross join lateral (
  select held.grp from fragment held
  where held.record_id = t.record_id and not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot)
  offset 0) f
group by t.scope, f.grp
"""


class SeatsTaken(Exception):
    """This node holds as many sockets as it may."""


class Seat:
    """One connected tablet, and what waits to be told to it: at most one poke, or the end."""

    def __init__(self, claims: Claims, principal: Principal) -> None:
        self.claims = claims
        self.principal = principal
        self.scopes: frozenset[int] = frozenset()
        self.groups: frozenset[str] = frozenset()
        self._within_s: float | None = None
        self._farewell: Farewell | None = None
        self._stirred = asyncio.Event()

    def stir(self, within_s: float) -> None:
        """Let the tablet be told. Pokes that were not sent yet become one, the sooner."""
        self._within_s = within_s if self._within_s is None else min(within_s, self._within_s)
        self._stirred.set()

    def end(self, why: Farewell) -> None:
        """Let the socket be closed."""
        self._farewell = why
        self._stirred.set()

    async def next(self) -> Poke | Farewell:
        """Wait for what is to be told, and take it."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            if self._farewell is not None:
                return self._farewell
            if self._within_s is not None:
                poke, self._within_s = Poke(within_s=self._within_s), None
                return poke

    def concerned(self, moved: Collection[tuple[int, str | None]]) -> bool:
        """Whether any of these channels is this tablet's; without a group, a record came or went."""
        return any(scope in self.scopes and (grp is None or grp in self.groups) for scope, grp in moved)


class Pokes:
    """The sockets of this node, and its one look at the feed a second."""

    def __init__(self, pool: Pool, policies: Policies) -> None:
        self._pool = pool
        self._policies = policies
        self._seats: list[Seat] = []
        self._introducing = 0
        self._base: str | None = None  # what this node has looked at

    def __len__(self) -> int:
        return len(self._seats)

    @contextmanager
    def introducing(self) -> Iterator[None]:
        """Count a socket that has not said who it is.

        Raises:
            SeatsTaken: too many of them.
        """
        if self._introducing >= MOST_INTRODUCING:
            raise SeatsTaken
        self._introducing += 1
        try:
            yield
        finally:
            self._introducing -= 1

    async def take_seat(self, claims: Claims, principal: Principal) -> Seat:
        """Return a seat that is told from now on; its first poke covers what came before.

        Raises:
            SeatsTaken: come back later.
        """
        if len(self._seats) >= MOST_SEATS:
            raise SeatsTaken
        seat = Seat(claims, principal)
        async with transaction(self._pool) as connection:
            await self._place(connection, seat)
        mine = [each for each in self._seats if each.claims.dev == claims.dev]
        for old in mine[: max(0, len(mine) + 1 - MOST_OF_A_DEVICE)]:
            self.leave(old)
            old.end(Farewell.REPLACED)
        self._seats.append(seat)
        seat.stir(ARRIVAL_SPREAD_S)
        return seat

    def leave(self, seat: Seat) -> None:
        """Forget a seat. Twice is no matter."""
        if seat in self._seats:
            self._seats.remove(seat)

    async def run(self) -> None:
        """Look once a second, until cancelled. A look that fails is made up for by telling everybody."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except Exception as error:
                log.warning("poke.look_failed", kind=type(error).__name__)
                self._base = None

    async def look(self) -> None:
        """Tell everybody whose copy is behind; end the sockets of whoever is no longer signed in."""
        seats = list(self._seats)
        if not seats:
            self._base = None
            return
        await self._review(seats)
        if self._base is None:
            self._base = await self._pool.fetchval("select pg_current_snapshot()::text")
            told = seats  # nobody knows what was missed
        else:
            moved = await self._moved({scope for seat in seats for scope in seat.scopes})
            told = [seat for seat in seats if seat.concerned(moved)]
        for seat in told:
            seat.stir(spread_s(len(told)))

    async def _moved(self, scopes: Collection[int]) -> set[tuple[int, str | None]]:
        async with transaction(self._pool) as connection:
            rows = await connection.fetch(_MOVED, sorted(scopes), self._base)
        moved: set[tuple[int, str | None]] = set()
        for row in rows:
            if row["scope"] is not None:
                moved.add((row["scope"], row["grp"]))
            elif row["standby"]:
                raise OnStandby
            else:
                self._base = row["grp"]
        return moved

    async def _review(self, seats: list[Seat]) -> None:
        """Give a new place to whoever may hold something else now, and no place to whoever left."""
        for place in await changed_among(self._pool, [(seat.claims, seat.principal) for seat in seats]):
            seat = seats[place]
            try:
                seat.principal = await principal_of(self._pool, seat.claims)
            except Refusal as refusal:
                seat.end(farewell_of(refusal))
                self.leave(seat)
                continue
            async with transaction(self._pool) as connection:
                await self._place(connection, seat)
            seat.stir(spread_s(1))

    async def _place(self, connection: Connection, seat: Seat) -> None:
        lens = await self._policies.lens(connection, seat.principal)
        ids = await scope_ids(connection, tablet_scopes(seat.principal))
        seat.scopes = frozenset(ids.values())
        seat.groups = frozenset(lens.groups)


def spread_s(told: int) -> float:
    """Return the span over which so many tablets, told at once, shall pull."""
    return next((span for most, span in SPREADS if told <= most), WIDEST_SPREAD_S)


def farewell_of(refusal: Refusal) -> Farewell:
    """Return how a refusal is said on a socket."""
    return Farewell.REVOKED if refusal.code == "device_revoked" else Farewell.NOT_SIGNED_IN
