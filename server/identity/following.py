"""Keeps pairs of customers who may be one person found, moments after any of them changes.

It follows the feed of each brand like a tablet does, by a snapshot as its cursor, off the path of whoever
writes. A customer is compared with those she shares a key with; what agreement on a value is worth comes from
counts over all customers. Both hold keyed digests only.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.record import Kind
from server.database.pool import Connection
from server.identity.awaiting import contacts_of, match
from server.identity.blocking import MOST_IN_A_BLOCK, keys_of
from server.identity.clusters import REVIEW
from server.identity.evidence import compare
from server.identity.frequencies import Frequencies
from server.identity.person import Person, person_of
from server.replication.feed import KIND_NUMBERS

FOLLOW_LOCK = 0x49444E54
NOTHING_SEEN = "1:1:"
AT_ONCE = 200  # customers of one transaction
MOST_COMPARED = 32  # of those who share a key: in no labelled set was a person's own record further back
FIELDS = (
    "id", "given_name", "family_name", "title", "birth_date", "email", "phone", "address", "other_contacts",
    "loyalty_card", "town",
)  # fmt: skip

_encoder = msgspec.json.Encoder(order="deterministic")


async def follow(connection: Connection, secret: bytes, *, at_once: int = AT_ONCE) -> int:
    """Compare the next customers that changed, in the caller's transaction; return how many were looked at.

    Zero says that nothing has changed since, or that another process is at it.

    Args:
        secret: the key of the digests; with another one everything is compared anew under other keys.
    """
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", FOLLOW_LOCK):
        return 0
    scopes = await connection.fetch(
        """
        select s.id, c.base, c.target, c.after from scope s left join identity_cursor c on c.scope = s.id
        where s.key like 'brand:%' order by s.id
        """
    )
    for scope in scopes:
        found = await _next_changed(connection, scope, at_once)
        if found:
            await _compare(connection, [row["record_id"] for row in found], secret)
            return len(found)
    return 0


async def _next_changed(connection: Connection, scope: Any, at_once: int) -> Sequence[Any]:
    """Return the next customers of a brand that changed, and move the cursor past them."""
    base, target, after = scope["base"] or NOTHING_SEEN, scope["target"], scope["after"]
    if target is None:
        target = await connection.fetchval("select pg_current_snapshot()::text")
        after = None
    rows = await connection.fetch(
        """
        select m.record_id from member m
        where m.scope = $1 and m.kind = $2
          and m.xid >= pg_snapshot_xmin($3::text::pg_snapshot)
          and not pg_visible_in_snapshot(m.xid, $3::text::pg_snapshot)
          and ($4::uuid is null or m.record_id > $4)
        order by m.record_id limit $5
        """,
        scope["id"],
        KIND_NUMBERS[Kind.CUSTOMER],
        base,
        after,
        at_once,
    )
    done = len(rows) < at_once
    await connection.execute(
        """
        insert into identity_cursor (scope, base, target, after) values ($1, $2, $3, $4)
        on conflict (scope) do update set base = $2, target = $3, after = $4
        """,
        scope["id"],
        target if done else base,
        None if done else target,
        None if done else rows[-1]["record_id"],
    )
    return rows


async def _compare(connection: Connection, customer_ids: Sequence[UUID], secret: bytes) -> None:
    people = await _people(connection, customer_ids)
    contacts = await contacts_of(connection, list(people))
    gone = [each for each in customer_ids if each not in people]
    await forget(connection, gone)
    seen = {
        row["customer_id"]: row
        for row in await connection.fetch(
            "select customer_id, digest, counted from identity_seen where customer_id = any($1::uuid[])",
            list(people),
        )
    }
    for customer_id, person in people.items():
        digest = _digest_of(person, secret)
        before = seen.get(customer_id)
        if before is not None and before["digest"] == digest:
            continue
        counted = counted_of(person, secret)
        await _count(connection, counted, before["counted"] if before else b"")
        keys = hashes_of(person, secret)
        await connection.execute("delete from identity_key where customer_id = $1", customer_id)
        await connection.execute(
            "insert into identity_key (key, customer_id) select unnest($1::bigint[]), $2", keys, customer_id
        )
        await connection.execute(
            """
            insert into identity_seen (customer_id, digest, counted) values ($1, $2, $3)
            on conflict (customer_id) do update set digest = $2, counted = $3
            """,
            customer_id,
            digest,
            b"".join(value.to_bytes(8, "big", signed=True) for value in counted),
        )
        await _find_pairs(connection, customer_id, person, keys, secret)
        await match(connection, customer_id, contacts[customer_id], secret)


async def candidates(connection: Connection, keys: Sequence[int], *, but: UUID | None = None) -> list[UUID]:
    """Return the customers who share most of these keys, rare ones above all.

    A key that too many share is passed over; of all the others no more than ``MOST_COMPARED`` are likely
    enough to be looked at.
    """
    rows = await connection.fetch(
        """
        select near.customer_id from unnest($1::bigint[]) as wanted (key)
        cross join lateral (
            select array_agg(k.customer_id) as held from (
                select customer_id from identity_key where key = wanted.key limit $2) k) as block
        cross join lateral unnest(block.held) as near (customer_id)
        where cardinality(block.held) < $2 and near.customer_id is distinct from $3
        group by near.customer_id
        order by sum(1.0::float8 / cardinality(block.held)) desc, near.customer_id limit $4
        """,
        list(keys),
        MOST_IN_A_BLOCK + 1,
        but,
        MOST_COMPARED,
    )
    return [row["customer_id"] for row in rows]


async def likenesses(
    connection: Connection, person: Person, keys: Sequence[int], secret: bytes, *, but: UUID | None = None
) -> list[tuple[UUID, float, list[dict[str, Any]]]]:
    """Return which known customers a person may be, likeliest first: id, bits beyond chance, findings."""
    others = await _people(connection, await candidates(connection, keys, but=but))
    if not others:
        return []
    known = await _frequencies(connection, [person, *others.values()], secret)
    found = []
    for other_id, other in others.items():
        evidence = compare(person, other, known)
        if (bits := evidence.bits - known.chance) >= REVIEW:
            findings = [msgspec.to_builtins(each) for each in evidence.findings]
            found.append((other_id, round(bits, 2), findings))
    return sorted(found, key=lambda each: -each[1])


async def _find_pairs(
    connection: Connection, customer_id: UUID, person: Person, keys: Sequence[int], secret: bytes
) -> None:
    """Write down whom a customer may be, in place of what was open about her before."""
    await connection.execute(
        "delete from identity_pair where state = 'open' and $1 in (one, other)", customer_id
    )
    found = await likenesses(connection, person, keys, secret, but=customer_id)
    await connection.executemany(
        """
        insert into identity_pair (one, other, bits, findings) values ($1, $2, $3, $4)
        on conflict (one, other) do nothing
        """,
        [(*sorted((customer_id, other)), bits, findings) for other, bits, findings in found],
    )


async def forget(connection: Connection, customer_ids: Iterable[UUID]) -> None:
    """Leave nothing of these customers: they were erased, or merged into somebody else."""
    gone = list(customer_ids)
    if not gone:
        return
    rows = await connection.fetch(
        "delete from identity_seen where customer_id = any($1::uuid[]) returning counted", gone
    )
    for row in rows:
        await _count(connection, [], row["counted"])
    await connection.execute("delete from identity_key where customer_id = any($1::uuid[])", gone)
    await connection.execute(
        """
        delete from identity_pair
        where state = 'open' and (one = any($1::uuid[]) or other = any($1::uuid[]))
        """,
        gone,
    )


async def _people(connection: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, Person]:
    rows = await connection.fetch(
        f"""
        select {", ".join(FIELDS)} from customer
        where id = any($1::uuid[]) and alias_of is null and erased_at is null order by id
        """,  # noqa: S608 (the names are ours)
        list(customer_ids),
    )
    return {row["id"]: person_of(dict(row)) for row in rows}


def _countable(person: Person) -> list[str]:
    values = [
        *(f"given {name}" for name in person.given[:1]),
        *(f"family {name}" for name in person.family),
        f"town {person.town}" if person.town else "",
        f"postcode {person.postcode}" if person.postcode else "",
        f"street {' '.join(person.street)}" if person.street else "",
    ]
    told = [value for value in values if value]
    return [*told, *(f"all {value.partition(' ')[0]}" for value in told), "all records"]


async def _count(connection: Connection, now: Sequence[int], before: bytes) -> None:
    change = Counter(now)
    change.subtract(
        int.from_bytes(before[place : place + 8], "big", signed=True) for place in range(0, len(before), 8)
    )
    moved = {value: n for value, n in change.items() if n}
    if moved:
        await connection.execute(
            """
            insert into identity_count (value, n) select * from unnest($1::bigint[], $2::int[])
            on conflict (value) do update set n = identity_count.n + excluded.n
            """,
            list(moved),
            list(moved.values()),
        )


async def _frequencies(connection: Connection, people: Sequence[Person], secret: bytes) -> Frequencies:
    """Return how common the values of some people are among all customers."""
    wanted = {_hash(secret, value): value for person in people for value in _countable(person)}
    rows = await connection.fetch(
        "select value, n from identity_count where value = any($1::bigint[])", list(wanted)
    )
    counts = {wanted[row["value"]]: row["n"] for row in rows}
    known = Frequencies.counted(counts)
    for person in people:
        known.add_users(person)
    return known


def counted_of(person: Person, secret: bytes) -> list[int]:
    """Return the stored form of the values a person adds to the counts."""
    return [_hash(secret, value) for value in _countable(person)]


def hashes_of(person: Person, secret: bytes) -> list[int]:
    """Return the stored form of a person's keys."""
    return sorted({_hash(secret, f"key {key}") for key in keys_of(person)})


def _hash(secret: bytes, text: str) -> int:
    digest = hashlib.blake2b(text.encode(), key=secret, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _digest_of(person: Person, secret: bytes) -> bytes:
    return hashlib.blake2b(_encoder.encode(person), key=secret, digest_size=16).digest()
