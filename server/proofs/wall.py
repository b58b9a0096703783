"""The promise that PostgreSQL itself refuses what a role may not see, whatever SQL it is made to run.

Two stores and another brand are filled with words that occur nowhere else. Somebody who can make the
application say any SQL then tries a list of attacks with the rights of every role, with and without a
standing; whatever comes back, in rows, errors and notices, is searched. Then holes are knocked into the wall,
one at a time, and each must be found.
"""

import argparse
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Level, field_groups
from server.database.grants import COLUMNS
from server.database.inspection import flaws
from server.database.roles import CALLERS, DOOR, FILES, Keys, Standing, Work
from server.database.wall import standing_keys
from server.policy.in_force import publish_default
from server.proofs.lens import (
    BRAND,
    PLANTED,
    STORE_ROLES,
    STORES,
    connected_to,
    forbidden,
    hire_one_per_role,
    plant,
    word,
)
from server.proofs.proof import Proof
from server.proofs.wall_attacks import ATTACKS, Attack
from server.proofs.wall_holes import HOLES
from server.scope import brand_scope, own_scope, pin_scope, scope_ids, store_scope
from server.settings import Settings

SUMMARY = "SQL attacks with the rights of every role, and holes knocked into the wall"
WORDS_OF_NOBODY: Final = ("name_token.", "name_token_delete.")  # the dictionary: words, and nobody's
ABROAD: Final = "zqabroadqz"  # what the customer of the other brand holds everywhere
ELSEWHERE: Final = "elsewhere"
NO_ATTACK: Final = ("42601", "42703", "42P01", "42883")  # it never got as far as the wall


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--holes", type=int, default=len(HOLES), metavar="N", help="to knock in (default: all)"
    )


class Target(msgspec.Struct, kw_only=True):
    """A database worth attacking, and what is known of it."""

    url: str
    keys: Keys
    password: str
    people: dict[str, UUID]
    customers: dict[str, UUID]
    device: UUID
    owner: str


class Tally(msgspec.Struct):
    """What came of the attacks."""

    tried: int = 0
    roles: int = 0
    answered: list[str] = []
    missed: list[str] = []  # attacks that cannot have reached the wall
    arrived: int = 0  # words that a role may read and got


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Attack the wall of a database that is thrown away."""
    target = await fill(database_url)
    tally = await attack(target)
    async with connected_to(database_url) as connection:
        tally.answered += [f"the catalogue: {flaw}" for flaw in await flaws(connection)]
    found = 0
    overlooked: list[str] = []
    for hole in HOLES[: options.holes]:
        if await found_out(target, hole.knock, hole.mend):
            found += 1
        else:
            overlooked.append(f"a hole that nobody saw: {hole.name}")
    return Proof(
        promise="the database itself refuses what a role may not see",
        figure=f"{len(ATTACKS)} attacks and every column, {tally.roles} roles and standings: "
        f"{tally.tried:,} tried, {len(tally.answered)} answered; "
        f"{tally.arrived} words arrived where they may; "
        f"{found} of {len(HOLES[: options.holes])} holes found",
        holds=not tally.answered and not tally.missed and not overlooked and tally.arrived > 0,
        broken_by=tuple((*tally.answered[:20], *tally.missed[:5], *overlooked)),
        figures={
            "attacks": len(ATTACKS),
            "roles_and_standings": tally.roles,
            "tried": tally.tried,
            "answered": len(tally.answered),
            "never_reached_the_wall": len(tally.missed),
            "words_that_may_arrive": tally.arrived,
            "holes_planted": len(HOLES[: options.holes]),
            "holes_found": found,
        },
    )


async def fill(database_url: str) -> Target:
    """Make a house of two stores, and a customer of another brand, in an empty database."""
    found = await standing_keys(database_url)
    if found is None:
        raise RuntimeError("there is no wall to attack")
    keys, password = found
    settings = Settings(database_url=database_url, secret=b"", password_memory_kib=64, password_rounds=1)
    device = uuid4()
    async with connected_to(database_url) as connection:
        await publish_default(connection)
        people = await hire_one_per_role(connection, settings)
        customers = {store: await plant(connection, people, store) for store in STORES}
        customers[ABROAD] = uuid4()
        await _plant_abroad(connection, customers[ABROAD], people)
        await connection.execute(
            "insert into device (id, store, name, secret_hash, enrolled_by) values ($1, $2, '', $3, $1)",
            device,
            STORES[0],
            ABROAD.encode(),
        )
        owner = await connection.fetchval("select current_user")
    return Target(
        url=database_url, keys=keys, password=password, people=people, customers=customers, device=device,
        owner=owner,
    )  # fmt: skip


async def _plant_abroad(connection: Any, customer_id: UUID, people: dict[str, UUID]) -> None:
    scope = (await scope_ids(connection, [brand_scope(ELSEWHERE)]))[brand_scope(ELSEWHERE)]
    groups = [key for group in field_groups(DEFAULT_POLICY) for key in group.keys]
    await connection.execute(
        "insert into customer (id, given_name, phone, brand) values ($1, $2, $2, $3)",
        customer_id,
        ABROAD,
        ELSEWHERE,
    )
    await connection.execute(
        "insert into fragment (record_id, grp, body) select $1, unnest($2::text[]), $3",
        customer_id,
        groups,
        msgspec.json.encode({"values": {"given_name": ABROAD}}).decode(),
    )
    await connection.execute(
        "insert into member (scope, record_id, kind, state) values ($1, $2, 1, 1)", scope, customer_id
    )
    await connection.execute(
        "insert into customer_search (customer_id, tokens) values ($1, array[$2])", customer_id, ABROAD
    )
    await connection.execute(
        "insert into contact_point (kind, normalised, customer_id) values ('phone', $2, $1)",
        customer_id,
        ABROAD,
    )
    await connection.execute(
        """
        insert into field_past (record_id, field, value, lost_to)
        values ($1, 'given_name', to_jsonb($2::text), $1)
        """,
        customer_id,
        ABROAD,
    )
    await connection.execute(
        "insert into device_incarnation (device_id, incarnation, associate_id) values ($1, $1, $1)",
        customer_id,
    )


def standing_as(target: Target, role: str) -> Standing:
    """Return what the application says of the person of this role, who works in the first store."""
    reach: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    person = target.people[role]
    if role in (*STORE_ROLES, Role.ZONE_MANAGER):
        stores = STORES[:1] if role in STORE_ROLES else STORES
        reach = (*(store_scope(store) for store in stores), own_scope(person), pin_scope(target.device))
    elif role != Role.ADMINISTRATOR:
        stores, reach = STORES, (brand_scope(BRAND),)
    return Standing(
        role=role,
        keys=("catalog", "directory", *reach),
        policy=DEFAULT_POLICY.version,
        person=person,
        device=target.device,
        stores=stores,
    )


async def attack(target: Target, *, roles: tuple[str, ...] = CALLERS, alone: bool = True) -> Tally:
    """Try everything with each role's rights; ``alone``: also with every role and nothing said of anybody."""
    tally = Tally()
    connection = await asyncpg.connect(
        target.url,
        user=target.keys.login(),
        password=target.password,
        server_settings={"role": target.keys.role(DOOR), "statement_timeout": "10000"},
    )
    try:
        columns = [
            (row["table_name"], row["column_name"])
            for row in await connection.fetch(
                """
                select c.relname as table_name, a.attname as column_name
                from pg_class c
                join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
                order by 1, 2
                """
            )
        ]
        for role in roles:
            standing = standing_as(target, role)
            await _attack_as(connection, target, tally, role, target.keys.entering(standing), columns)
            tally.arrived += await _arrivals(connection, target, standing)
        for role in (*CALLERS, FILES, *(work.value for work in Work), DOOR, "none") if alone else ():
            name = "none" if role == "none" else target.keys.role(role)
            entering = f"set local role {name}"
            await _attack_as(connection, target, tally, f"{role} alone", entering, [])
    finally:
        await connection.close()
    return tally


async def _attack_as(
    connection: Any,
    target: Target,
    tally: Tally,
    who: str,
    entering: str,
    columns: list[tuple[str, str]],
) -> None:
    tally.roles += 1
    role = Role(who) if who in CALLERS else None
    words = _words(target, role)
    swept = [
        Attack(name=f"{table}.{column}", sql=f'select "{column}"::text from {table}')  # noqa: S608
        for table, column in columns
    ]
    for each in (*ATTACKS, *swept):
        if each.name.startswith(WORDS_OF_NOBODY):
            continue
        came, refusal = await _try(connection, each, words, entering)
        tally.tried += 1
        if refusal in NO_ATTACK:
            tally.missed.append(f"{each.name} as {who}: {refusal}")
        if _is_answer(each, role, came):
            tally.answered.append(f"{each.name} as {who}")


async def _try(
    connection: Any, each: Attack, words: dict[str, str], entering: str
) -> tuple[list[Any] | None, str]:
    """Return the rows an attack got, with all that was said beside them; None when refused."""
    heard: list[str] = []
    connection.add_log_listener(hear := lambda _, message: heard.append(str(message)))
    filled = each.sql.format(**words) if "{" in each.sql else each.sql
    *before, last = filled.split(";;")
    try:
        await connection.execute(f"begin;{entering}")
        try:
            for step in before:
                await connection.execute(step)
            if last.startswith(("do ", "copy ")):
                return [await connection.execute(last), *heard], ""
            return [*await connection.fetch(last), *heard], ""
        except asyncpg.PostgresError as error:
            if each.answer != "words":
                return None, error.sqlstate or ""
            said = f"{error} {error.detail} {error.hint} {error.context}"
            return [_without_question(said, filled), *heard], error.sqlstate or ""
    finally:
        await connection.execute("rollback")
        connection.remove_log_listener(hear)


def _without_question(said: str, asked: str) -> str:
    """Return what was said without the words that the attack itself brought."""
    for store in STORES:
        for field in PLANTED:
            if word(store, field) in asked:
                said = said.replace(word(store, field), "")
    return said


def _is_answer(each: Attack, role: Role | None, came: list[Any] | None) -> bool:
    if came is None:
        return False
    text = str([tuple(row) if isinstance(row, asyncpg.Record) else row for row in came])
    if ABROAD in text:
        return True
    if role is None:
        seen = any(word(store, field) in text for store in STORES for field in PLANTED)
    else:
        seen = bool(forbidden(role, "the wall", text.encode()))
    if seen or each.answer == "words":
        return seen
    rows = [row for row in came if isinstance(row, asyncpg.Record)]
    if each.answer == "done":
        return True
    if each.answer == "truth":
        return any(bool(row[0]) for row in rows)
    return any(value is not None for row in rows for value in row)


async def _arrivals(connection: Any, target: Target, standing: Standing) -> int:
    """Return how many words come through the wall to whom they are meant for."""
    await connection.execute(f"begin;{target.keys.entering(standing)}")
    try:
        rows = await connection.fetch("select body from fragment")
        readable = [f for f in COLUMNS if DEFAULT_POLICY.level(standing.role, f) >= Level.READ]
        got = ", ".join(readable)
        columns = await connection.fetch(f"select {got} from customer") if got else []  # noqa: S608
    finally:
        await connection.execute("rollback")
    texts = [str([tuple(row) for row in rows]), str([tuple(row) for row in columns])]
    return sum(word(STORES[0], field) in text for text in texts for field in PLANTED)


def _words(target: Target, role: Role | None) -> dict[str, str]:
    keys = target.keys
    hidden = next(
        (f for f in COLUMNS if role is None or DEFAULT_POLICY.level(role.value, f) < Level.READ), "stamps"
    )
    mine = standing_as(target, role.value if role else Role.SELLER.value)
    wide = Standing(role=mine.role, keys=(brand_scope(BRAND), brand_scope(ELSEWHERE)), policy=1)
    body, seal = keys.sealed(mine).split(".")
    lent = standing_as(target, Role.STORE_MANAGER if role is not Role.STORE_MANAGER else Role.SELLER)
    return {
        "hidden": hidden,
        "group": next(g.key for g in field_groups(DEFAULT_POLICY) if "phone" in g.fields),
        "mine": str(target.customers[STORES[0]]),
        "theirs": str(target.customers[STORES[1]]),
        "abroad": str(target.customers[ABROAD]),
        "device": str(target.device),
        "me": str(mine.person),
        "engine": keys.role(Work.ENGINE),
        "gate": keys.role(Work.GATE),
        "keeper": keys.role(Work.KEEPER),
        "files": keys.role(FILES),
        "officer": keys.role(Role.PRIVACY_OFFICER),
        "manager": keys.role(lent.role),
        "app": keys.login(),
        "owner": target.owner,
        "database": target.url.rsplit("/", 1)[1],
        "forged": f"{keys.sealed(wide).split('.')[0]}.{seal}",
        "lent": f"{keys.sealed(lent).split('.')[0]}.{seal}",
        "stale": keys.sealed(wide, at=1),
        "unsealed": f"{body}.{'0' * 64}",
    }


async def found_out(target: Target, knock: str, mend: str) -> bool:
    """Knock a hole into the wall, and return whether an attack or the catalogue shows it; then mend it."""
    words = {
        "seller": target.keys.role(Role.SELLER),
        "officer": target.keys.role(Role.PRIVACY_OFFICER),
        "engine": target.keys.role(Work.ENGINE),
        "app": target.keys.login(),
        "prefix": target.keys.prefix,
        "database": target.url.rsplit("/", 1)[1],
    }
    async with connected_to(target.url) as connection:
        await connection.execute(knock.format(**words))
        try:
            if await flaws(connection):
                return True
            return bool((await attack(target, roles=(Role.SELLER.value,), alone=False)).answered)
        finally:
            await connection.execute(mend.format(**words))
