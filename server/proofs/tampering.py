"""What somebody with every right on the database can do to the audit trail, each drawn by chance."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.audit import chain
from server.audit.head import Head, signed
from server.audit.sealing import Sealer, head_of
from server.database.pool import Connection

COLUMNS: Final = (
    "at",
    "actor",
    "role",
    "device_id",
    "store",
    "action",
    "subject_kind",
    "subject_id",
    "facts",
    "id",
)


class Hand:
    """Somebody at work in a transaction that is undone afterwards."""

    def __init__(
        self, connection: Connection, chance: random.Random, *, earlier: Head, secret: bytes
    ) -> None:
        self.connection = connection
        self.chance = chance
        self.earlier = earlier  # a genuine head of before, which he kept
        self.secret = secret  # for the server's own sealing; his hand does not hold it
        self.last = 0

    async def begin(self) -> None:
        self.last = (await chain.end_of(self.connection)).link

    def link(self, *, least: int = 1) -> int:
        return self.chance.randint(least, self.last)

    async def do(self, statement: str, *values: Any) -> None:
        await self.connection.execute(statement, *values)

    async def link_anew(self, first: int) -> None:
        """Make every hash right again from a link on."""
        rows = await self.connection.fetch(
            f"select {chain.COLUMNS} from audit_event where link is not null order by link"  # noqa: S608
        )
        previous = (await chain.hash_at(self.connection, first - 1)) if first > 1 else chain.GENESIS
        assert previous is not None
        for link, row in enumerate(rows[first - 1 :], start=first):
            own = chain.link_hash(previous, link, row)
            await self.do(
                "update audit_event set link = $2, prev_hash = $3, hash = $4 where id = $1",
                row["id"], link, previous, own,
            )  # fmt: skip
            previous = own

    async def shift(self, first: int, by: int) -> None:
        """Move links from one on up or down."""
        await self.do("update audit_event set link = -link where link >= $1", first)
        await self.do("update audit_event set link = -link + $1 where link < 0", by)

    async def put_head(self, head: Head) -> None:
        await self.do(
            "update audit_head set link = $1, hash = $2, at = $3, breaks = $4, signature = $5",
            head.link, bytes.fromhex(head.hash), head.at, head.breaks, bytes.fromhex(head.signature),
        )  # fmt: skip

    async def forge_head(self) -> None:
        """Sign a head for what is there now, with a key of his own."""
        end = await chain.end_of(self.connection)
        head = await head_of(self.connection)
        assert head is not None
        made = msgspec.structs.replace(head, link=end.link, hash=end.hash.hex())
        await self.put_head(signed(Ed25519PrivateKey.generate(), made))


Tampering = Callable[[Hand], Awaitable[None]]


async def alter(hand: Hand) -> None:
    await _alter(hand, hand.link())


async def alter_and_link_anew(hand: Hand) -> None:
    link = hand.link()
    await _alter(hand, link)
    await hand.link_anew(link)


async def alter_and_sign(hand: Hand) -> None:
    await alter_and_link_anew(hand)
    await hand.forge_head()


async def alter_a_hash(hand: Hand) -> None:
    column = hand.chance.choice(("hash", "prev_hash"))
    await hand.do(
        f"update audit_event set {column} = sha256({column}) where link = $1",  # noqa: S608
        hand.link(),
    )


async def exchange(hand: Hand) -> None:
    one, other = hand.chance.sample(range(1, hand.last + 1), 2)
    await hand.do("update audit_event set link = -link where link = any($1::bigint[])", [one, other])
    await hand.do(
        """
        update audit_event set link = case link when -$1::bigint then $2::bigint else $1::bigint end
        where link < 0""",
        one, other,
    )  # fmt: skip
    if hand.chance.random() < 0.5:
        await hand.link_anew(min(one, other))


async def remove(hand: Hand) -> None:
    first = hand.link()
    await hand.do(
        "delete from audit_event where link between $1 and $2", first, first + hand.chance.randrange(4)
    )


async def remove_and_move_up(hand: Hand) -> None:
    link = hand.link()
    await hand.do("delete from audit_event where link = $1", link)
    await hand.shift(link + 1, -1)
    if hand.chance.random() < 0.5:
        await hand.link_anew(link)


async def remove_of_one_person(hand: Hand) -> None:
    whose = await hand.connection.fetchval(
        "select actor from audit_event where actor is not null order by hashtext(id::text || $1) limit 1",
        str(hand.chance.random()),
    )
    await hand.do("delete from audit_event where actor = $1", whose)
    await hand.link_anew(1)


async def cut_off(hand: Hand) -> None:
    await hand.do("delete from audit_event where link >= $1", hand.link())


async def cut_off_and_sign(hand: Hand) -> None:
    await cut_off(hand)
    await hand.forge_head()


async def put_back(hand: Hand) -> None:
    """The trail as it was at an earlier head, with that head: both are genuine."""
    await hand.do("delete from audit_event where link > $1 or link is null", hand.earlier.link)
    await hand.put_head(hand.earlier)


async def put_back_and_go_on(hand: Hand) -> None:
    await put_back(hand)
    await _life_goes_on(hand)


async def cut_off_and_go_on(hand: Hand) -> None:
    await cut_off(hand)
    await _life_goes_on(hand)


async def unlink_alter_and_let_it_be_sealed(hand: Hand) -> None:
    link = hand.link()
    await hand.do(
        """
        update audit_event set link = null, prev_hash = null, hash = null, store = 'elsewhere'
        where link >= $1""",
        link,
    )
    await _life_goes_on(hand)


async def replay(hand: Hand) -> None:
    """An event that happened, once more, at another place."""
    at = hand.link()
    await hand.shift(at, 1)
    await hand.do(
        """
        insert into audit_event (at, actor, role, device_id, store, action, subject_kind, subject_id, facts,
                                 link, prev_hash, hash)
        select at, actor, role, device_id, store, action, subject_kind, subject_id, facts, $1::bigint,
               prev_hash, hash
        from audit_event where link is not null and link <> $1 order by hashtext(id::text || $2) limit 1
        """,
        at, str(hand.chance.random()),
    )  # fmt: skip
    if hand.chance.random() < 0.5:
        await hand.link_anew(at)


async def make_up(hand: Hand) -> None:
    """An event that never happened, at the end, with a hash that fits."""
    end = await chain.end_of(hand.connection)
    row = await hand.connection.fetchrow(
        f"""
        insert into audit_event (action, actor, facts) values ('customer.read', $1, '{{}}')
        returning {chain.COLUMNS}""",  # noqa: S608
        UUID(int=hand.chance.getrandbits(128)),
    )
    assert row is not None
    own = chain.link_hash(end.hash, end.link + 1, row)
    await hand.do(
        "update audit_event set link = $2, prev_hash = $3, hash = $4 where id = $1",
        row["id"], end.link + 1, end.hash, own,
    )  # fmt: skip
    if hand.chance.random() < 0.5:
        await hand.forge_head()


async def turn_round(hand: Hand) -> None:
    await hand.do("update audit_event set link = -link where link is not null")
    await hand.do("update audit_event set link = link + $1 where link is not null", hand.last + 1)
    if hand.chance.random() < 0.5:
        await hand.link_anew(1)


async def drop_the_head(hand: Hand) -> None:
    await hand.do("delete from audit_head")
    if hand.chance.random() < 0.5:
        await cut_off(hand)
        await _life_goes_on(hand)


async def alter_the_head(hand: Hand) -> None:
    await hand.do(
        hand.chance.choice(
            (
                "update audit_head set link = link - 1",
                "update audit_head set breaks = breaks + 1",
                "update audit_head set hash = sha256(hash)",
            )
        )
    )


async def alter_what_only_its_signature_covers(hand: Hand) -> None:
    """Nothing else in the database says when the head was made, or whose hand it is."""
    await hand.do(
        hand.chance.choice(
            (
                "update audit_head set at = at + interval '1 day'",
                "update audit_head set signature = sha512(signature)",
            )
        )
    )


async def empty(hand: Hand) -> None:
    await hand.do("delete from audit_event")
    if hand.chance.random() < 0.5:
        await hand.do("delete from audit_head")
        await _life_goes_on(hand)


TAMPERINGS: Final[dict[str, Tampering]] = {
    "an event altered": alter,
    "an event altered and every hash made right": alter_and_link_anew,
    "an event altered, every hash made right, a head forged": alter_and_sign,
    "a hash altered": alter_a_hash,
    "two events exchanged": exchange,
    "events removed": remove,
    "an event removed and the rest moved up": remove_and_move_up,
    "everything of one person removed and every hash made right": remove_of_one_person,
    "the end cut off": cut_off,
    "the end cut off and a head forged": cut_off_and_sign,
    "the end cut off, and life goes on": cut_off_and_go_on,
    "trail and head put back": put_back,
    "trail and head put back, and life goes on": put_back_and_go_on,
    "events taken out of the chain, altered, and sealed again": unlink_alter_and_let_it_be_sealed,
    "an event replayed": replay,
    "an event made up": make_up,
    "the order turned round": turn_round,
    "the head removed": drop_the_head,
    "the head altered": alter_the_head,
    "the head dated or signed anew": alter_what_only_its_signature_covers,
    "everything removed": empty,
}


async def _alter(hand: Hand, link: int) -> None:
    column = hand.chance.choice(COLUMNS)
    other = {
        "at": "at + interval '1 microsecond'",
        "actor": "case when actor is null then uuidv4() end",
        "role": "case when role is null then 'seller' end",
        "device_id": "case when device_id is null then uuidv4() end",
        "store": "coalesce(store, '') || ' '",
        "action": "action || 's'",
        "subject_kind": "case when subject_kind is null then 'customer' end",
        "subject_id": "uuidv4()",
        "facts": """facts || '{"rows": 0}'""",
        "id": "id + 1000000000",
    }[column]
    if column == "id":
        await hand.do("alter table audit_event alter column id set generated by default")
    await hand.do(f"update audit_event set {column} = {other} where link = $1", link)  # noqa: S608


async def _life_goes_on(hand: Hand) -> None:
    """More happens, and the server seals it, knowing nothing."""
    for number in range(hand.chance.randint(1, 60)):
        await chain.append(hand.connection, None, "proof.later", facts={"number": number})
    await Sealer(hand.secret).seal(hand.connection)
