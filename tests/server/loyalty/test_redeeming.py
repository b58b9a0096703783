"""Points spent once and never twice: online, or offline within what was set aside, in any order."""

import random
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from schemas.hlc import pack
from schemas.ids import id_from
from schemas.loyalty import LATE_MS, allowance, holder_of
from schemas.mutations import AdjustPoints, HoldPoints, Mutation, RedeemPoints
from schemas.protocol import Outcome
from server.auth.principal import Principal
from server.database.pool import Connection
from server.replication.push import submit
from tests.server.people import NOW, NOW_MS, envelope, principal_named
from tests.server.rest.house import Asking, asking

pytestmark = pytest.mark.anyio


class Counter:
    """A person on a tablet of his own, whose edits reach the server when the story says so."""

    def __init__(self, connection: Connection, who: Principal, customer: UUID, number: int) -> None:
        self.principal = msgspec.structs.replace(
            who, device_id=id_from("till", str(number)), device_store="lyon"
        )
        self._connection, self._customer = connection, customer
        self.holder = holder_of(self.principal.device_id, str(who.associate_id))
        self._made = 0

    def say(self, mutation: Mutation, at: int = NOW_MS) -> Any:
        """Make an edit on the tablet."""
        self._made += 1
        return msgspec.structs.replace(
            envelope(self._customer, mutation), mutation_id=uuid4(), hlc=pack(at, self._made % 1000)
        )

    async def send(self, *edits: Any) -> list[Outcome]:
        """Let edits reach the server."""
        async with self._connection.transaction():
            return await submit(self._connection, self.principal, list(edits), now=NOW)


async def standing(connection: Connection, customer: UUID) -> dict[str, Any]:
    found: dict[str, Any] = await connection.fetchval("select loyalty from customer where id = $1", customer)
    return found


@pytest.fixture
async def anne(connection: Connection, house: dict[str, UUID]) -> UUID:
    """Anne, with 1,000 points and nothing set aside."""
    office = await principal_named(connection, "lea")
    held = await standing(connection, house["anne"])
    edit = envelope(house["anne"], AdjustPoints(points=1000 - held["points"], reason="to begin with"))
    async with connection.transaction():
        await submit(connection, office, [edit], now=NOW)
    return house["anne"]


class TestRedeeming:
    async def test_takes_from_the_balance_once_whatever_is_sent_again(
        self, connection: Connection, anne: UUID
    ) -> None:
        till = Counter(connection, await principal_named(connection, "ines"), anne, 1)
        edit = till.say(RedeemPoints(points=200, reward="voucher-200"))

        first = await till.send(edit)
        again = await till.send(edit, edit)

        assert [each.status.value for each in (*first, *again)] == ["applied", "duplicate", "duplicate"]
        now = await standing(connection, anne)
        assert now["points"] == 800
        assert [(line["points"], line["reference"]) for line in now["latest"]][:1] == [(-200, "voucher-200")]

    async def test_is_refused_beyond_what_is_left_also_within_one_delivery(
        self, connection: Connection, anne: UUID
    ) -> None:
        till = Counter(connection, await principal_named(connection, "ines"), anne, 1)
        sent = await till.send(*(till.say(RedeemPoints(points=400)) for _ in range(4)))
        assert [each.code or each.status.value for each in sent] == [
            "applied",
            "applied",
            *["precondition"] * 2,
        ]
        assert (await standing(connection, anne))["points"] == 200

    async def test_leaves_what_another_tablet_has_set_aside(self, connection: Connection, anne: UUID) -> None:
        ines = await principal_named(connection, "ines")
        one, other = (Counter(connection, ines, anne, number) for number in (1, 2))
        await one.send(one.say(HoldPoints(points=500)))

        sent = await other.send(other.say(RedeemPoints(points=501)), other.say(RedeemPoints(points=500)))
        late = await one.send(one.say(RedeemPoints(points=500)))

        assert [each.code for each in (*sent, *late)] == ["precondition", None, None]
        assert (await standing(connection, anne))["points"] == 0

    async def test_sets_no_more_aside_than_there_is(self, connection: Connection, anne: UUID) -> None:
        ines = await principal_named(connection, "ines")
        tills = [Counter(connection, ines, anne, number) for number in range(3)]
        for till in tills:
            await till.send(till.say(HoldPoints(points=500)))
        held = (await standing(connection, anne))["held"]
        assert sorted(each["points"] for each in held.values()) == [500, 500]

    async def test_gives_back_what_was_set_aside_when_it_is_asked_to_or_nothing_can_still_arrive(
        self, connection: Connection, anne: UUID
    ) -> None:
        ines = await principal_named(connection, "ines")
        one, two, three = (Counter(connection, ines, anne, number) for number in (1, 2, 3))
        long_ago = NOW_MS - LATE_MS - 3 * 86_400_000
        await one.send(one.say(HoldPoints(points=500), at=long_ago))
        await two.send(two.say(HoldPoints(points=500)), two.say(HoldPoints(points=0)))
        (sent,) = await three.send(three.say(RedeemPoints(points=1000)))
        assert sent.code is None

    async def test_counts_what_was_spent_of_a_hold_in_the_same_delivery(
        self, connection: Connection, anne: UUID
    ) -> None:
        till = Counter(connection, await principal_named(connection, "ines"), anne, 1)
        await till.send(till.say(HoldPoints(points=300)), till.say(RedeemPoints(points=100)))
        now = await standing(connection, anne)
        assert allowance(now, holder=till.holder, now=NOW_MS) == 200
        assert allowance(now, holder=till.holder, now=NOW_MS + LATE_MS) == 0

    async def test_needs_a_card_of_hers_and_a_role_that_reads_it(
        self, ines: Asking, client: httpx.AsyncClient, anne: UUID, house: dict[str, UUID]
    ) -> None:
        path = f"/customers/{anne}/loyalty/redemptions"
        assert (await client.post(f"/v1{path}", json={"points": 1})).status_code == 401
        adam = await asking(client, "adam")
        assert (await adam.send("POST", path, {"points": 1})).status_code in (403, 404)
        stranger = f"/customers/{house['brune']}/loyalty/redemptions"
        assert (await ines.send("POST", stranger, {"points": 1})).status_code == 404
        assert (await ines.send("POST", path, {"points": 1001})).status_code == 409
        once = await ines.send("POST", path, {"points": 100}, Idempotency_Key="a-key-of-hers")
        again = await ines.send("POST", path, {"points": 100}, Idempotency_Key="a-key-of-hers")
        assert once.json() == again.json()
        assert once.json()["standing"]["points"] == 900


class TestAnyOfflineOrder:
    async def test_never_spends_more_than_there_is_nor_refuses_what_was_set_aside(
        self, connection: Connection, anne: UUID
    ) -> None:
        """Three tablets set aside, spend without a line, lose replies and send late, as chance has it."""
        ines = await principal_named(connection, "ines")
        for seed in range(6):
            tills = [Counter(connection, ines, anne, 10 * seed + number) for number in range(3)]
            before = (await standing(connection, anne))["points"], await _spent(connection, anne)
            shift = Shift(connection, anne, tills, random.Random(seed))
            await shift.play()
            left = (await standing(connection, anne))["points"]
            assert (await _spent(connection, anne)) - before[1] + left == before[0]
            assert left >= 0
            for till in tills:
                await till.send(till.say(HoldPoints(points=0)))
            office = await principal_named(connection, "lea")
            again = envelope(anne, AdjustPoints(points=1000 - left, reason="to begin again"))
            async with connection.transaction():
                await submit(connection, office, [again], now=NOW)


async def _spent(connection: Connection, customer: UUID) -> int:
    statement = "select -sum(points) from loyalty_entry where customer_id = $1 and reason = 'reward'"
    return int(await connection.fetchval(statement, customer) or 0)


class Shift:
    """Tablets that go offline and come back; what was spent of what they had set aside is promised."""

    def __init__(
        self, connection: Connection, customer: UUID, tills: list[Counter], chance: random.Random
    ) -> None:
        self._connection, self._customer, self._tills, self._chance = connection, customer, tills, chance
        self._queues: list[list[Any]] = [[] for _ in tills]
        self._promised: set[UUID] = set()  # the seller has given the goods
        self._mine = [0] * len(tills)  # what each tablet believes to have left of what it set aside

    async def play(self) -> None:
        """Let chance decide who does what, then send all that waits."""
        for _ in range(30):
            await self._step(self._chance.randrange(len(self._tills)))
        for at in range(len(self._tills)):
            await self._drain(at)

    async def _step(self, at: int) -> None:
        till, queue, chance = self._tills[at], self._queues[at], self._chance
        match chance.randrange(4):
            case 0 if not queue:
                await till.send(till.say(HoldPoints(points=chance.choice((0, 100, 300, 500)))))
                await self._look(at)
            case 1 if self._mine[at]:
                points = chance.randint(1, self._mine[at])
                self._mine[at] -= points
                queue.append(till.say(RedeemPoints(points=points)))
                self._promised.add(queue[-1].mutation_id)
            case 2:  # with a line: told at once
                await self._drain(at)
                queue.append(till.say(RedeemPoints(points=chance.randint(1, 400))))
                await self._drain(at)
            case _:
                await self._drain(at)

    async def _look(self, at: int) -> None:
        now = await standing(self._connection, self._customer)
        self._mine[at] = allowance(now, holder=self._tills[at].holder, now=NOW_MS)

    async def _drain(self, at: int) -> None:
        """Send what waits, some of it twice, for replies get lost."""
        till, queue = self._tills[at], self._queues[at]
        if not queue:
            return
        if self._chance.random() < 0.3:
            await till.send(*queue[: self._chance.randint(1, len(queue))])
        for edit, outcome in zip(queue, await till.send(*queue), strict=True):
            assert outcome.code is None or edit.mutation_id not in self._promised, outcome
        queue.clear()
        await self._look(at)
