"""How often the person meant is among the first twenty, over made names and every way of typing them."""

import random
from uuid import UUID

import pytest

from schemas.identity import deletions, fold, tokens
from server.customers.search import find
from server.database.pool import Connection
from server.demo.names import draw_family_name, draw_given_name
from tests.server.customers.test_search import lens

pytestmark = pytest.mark.anyio

CUSTOMERS = 3_000
ASKED = 60
SCOPE = "store:lyon"
Names = dict[UUID, tuple[str, str]]


@pytest.fixture
async def names(connection: Connection) -> Names:
    chance = random.Random(11)
    made: Names = {}
    for number in range(CUSTOMERS):
        given = draw_given_name(chance, sex=chance.choice(["F", "M"]), born=chance.randrange(1945, 2005))
        made[UUID(int=number + 1)] = (given, draw_family_name(chance))
    await connection.executemany(
        "insert into customer (id, given_name, family_name, brand) values ($1, $2, $3, 'maison')",
        [(customer_id, *name) for customer_id, name in made.items()],
    )
    await connection.execute("insert into scope (key) values ($1)", SCOPE)
    await connection.execute(
        "insert into member (scope, record_id, kind, state) select s.id, c.id, 1, 1 from scope s, customer c"
    )
    words = {customer_id: tokens(*name) for customer_id, name in made.items()}
    await connection.executemany(
        "insert into customer_search (customer_id, tokens) values ($1, $2)", words.items()
    )
    distinct = sorted({word for held in words.values() for word in held})
    await connection.execute("insert into name_token select unnest($1::text[])", distinct)
    await connection.executemany(
        "insert into name_token_delete values ($1, $2)",
        [(variant, word) for word in distinct for variant in deletions(word)],
    )
    return made


def slip(text: str, chance: random.Random) -> str:
    """Return a text with one letter left out, doubled, wrong, or swapped with its neighbour."""
    place = chance.randrange(1, len(text) - 1)
    match chance.randrange(4):
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[:place] + text[place] + text[place:]
        case 2:
            return text[:place] + chance.choice("aeinrst") + text[place + 1 :]
        case _:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def typed(way: str, given: str, family: str, chance: random.Random) -> str:
    match way:
        case "as written":
            return f"{given} {family}"
        case "without accents, family name first":
            return f"{fold(family)} {fold(given)}"
        case "beginnings":
            return f"{given[:3]} {family[:5]}"
        case "a slip in the family name":
            return f"{given} {slip(family, chance)}"
        case "a slip in the given name":
            return f"{slip(given, chance)} {family}"
        case _:
            return slip(family, chance)


class TestRecall:
    async def test_reaches_what_is_promised(self, connection: Connection, names: Names) -> None:
        for way, least in (
            ("as written", 1.0),
            ("without accents, family name first", 1.0),
            ("beginnings", 0.95),
            ("a slip in the family name", 0.95),
            ("a slip in the given name", 0.95),
            ("a slip in the family name alone", 0.9),
        ):
            share = await self.share_found(connection, names, way)
            assert share >= least, f"{way}: {share:.2f}"

    async def share_found(self, connection: Connection, names: Names, way: str) -> float:
        chance = random.Random(5)
        long_enough = [name for name in names.values() if min(len(part) for part in name) >= 5]
        asked = chance.sample(long_enough, ASKED)
        seen = lens()
        found = 0
        for given, family in asked:
            text = typed(way, given, family, chance)
            hits = await find(connection, text, scopes=[SCOPE], lens=seen, limit=20)
            # Alone, a common family name has more bearers than twenty: any of them will do.
            whole = way != "a slip in the family name alone"
            wanted = (fold(given), fold(family)) if whole else fold(family)
            found += any(
                (tuple(map(fold, names[hit.customer_id])) if whole else fold(names[hit.customer_id][1]))
                == wanted
                for hit in hits
            )
        return found / ASKED
