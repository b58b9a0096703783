"""Verifying the audit chain: every link, the signed head, and heads that were kept elsewhere."""

from collections.abc import Iterable
from enum import StrEnum

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schemas.record import Struct
from server.audit import chain
from server.audit.head import Head, genuine
from server.audit.sealing import head_of
from server.database.pool import Connection

MOST_FINDINGS = 100


class Wrong(StrEnum):
    """What can be wrong with a chain."""

    ALTERED = "altered"  # the event is not what was linked
    REMOVED = "removed"  # links are missing
    MOVED = "moved"  # the link does not follow the one before it
    CUT_OFF = "cut off"  # the chain ends before its head
    REWRITTEN = "rewritten"  # the chain holds together, and is not the one that was signed
    UNSIGNED = "unsigned"  # there is no head, or a forged one
    BROKEN_BEFORE = "broken before"  # the sealing found it broken, and said so in the head


class Finding(Struct):
    """One place that does not hold."""

    wrong: Wrong
    link: int
    words: str


class Report(Struct):
    """What verifying came to."""

    links: int
    waiting: int  # events that are not linked yet
    head: Head | None
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


async def verify(connection: Connection, key: Ed25519PublicKey, kept: Iterable[Head] = ()) -> Report:
    """Look at every link in one snapshot of the database (outside any transaction), while others write.

    Args:
        key: of the installation; heads signed by another are forged.
        kept: heads from elsewhere. Without them it cannot be seen that the chain and its head were both put
            back to an earlier state.
    """
    heads = list(kept)
    wanted = {head.link for head in heads}
    found: list[Finding] = []
    expected, previous = 1, chain.GENESIS
    at: dict[int, str] = {0: chain.GENESIS.hex()}
    if connection.is_in_transaction():
        snapshot = connection.transaction()
    else:
        snapshot = connection.transaction(isolation="repeatable_read", readonly=True)
    async with snapshot:
        head = await head_of(connection)
        async for row in chain.links(connection):
            link: int = row["link"]
            found += _of_link(row, expected, previous)
            if link in wanted:
                at[link] = row["hash"].hex()
            expected, previous = link + 1, row["hash"]
        waiting = await connection.fetchval("select count(*) from audit_event where link is null")
    last = expected - 1
    found += _of_the_head(head, key, last, previous.hex())
    for each in sorted(heads, key=lambda one: one.link):
        found += _of_kept(each, key, last, at)
    return Report(links=last, waiting=waiting, head=head, findings=tuple(found[:MOST_FINDINGS]))


def _of_link(row: asyncpg.Record, expected: int, previous: bytes) -> Iterable[Finding]:
    link: int = row["link"]
    if link != expected:
        first, last = sorted((expected, link - 1))
        words = f"link {first} is missing" if first == last else f"links {first} to {last} are missing"
        yield Finding(wrong=Wrong.REMOVED, link=expected, words=words)
    elif row["prev_hash"] != previous:
        words = f"link {link} does not follow link {link - 1}: one of them was moved, put in or exchanged"
        yield Finding(wrong=Wrong.MOVED, link=link, words=words)
    if row["hash"] != chain.link_hash(row["prev_hash"], link, row):
        yield Finding(wrong=Wrong.ALTERED, link=link, words=f"the event at link {link} was altered")


def _of_the_head(head: Head | None, key: Ed25519PublicKey, last: int, end: str) -> Iterable[Finding]:
    if head is None:
        if last:
            yield Finding(wrong=Wrong.UNSIGNED, link=last, words="the database holds no signed head")
        return
    if not genuine(key, head):
        words = "the head in the database is not ours, or this was asked without the server's COMPTOIR_SECRET"
        yield Finding(wrong=Wrong.UNSIGNED, link=head.link, words=words)
    if last < head.link:
        words = f"links {last + 1} to {head.link} were cut off"
        yield Finding(wrong=Wrong.CUT_OFF, link=last + 1, words=words)
    elif (last, end) != (head.link, head.hash):
        words = "the chain does not end as its head says"
        yield Finding(wrong=Wrong.REWRITTEN, link=head.link, words=words)
    if head.breaks:
        words = f"the sealing found the chain broken {head.breaks} times; see audit.chain_broken in it"
        yield Finding(wrong=Wrong.BROKEN_BEFORE, link=head.link, words=words)


def _of_kept(head: Head, key: Ed25519PublicKey, last: int, at: dict[int, str]) -> Iterable[Finding]:
    if not genuine(key, head):
        words = f"the head kept for link {head.link} is not ours"
        yield Finding(wrong=Wrong.UNSIGNED, link=head.link, words=words)
    elif last < head.link:
        words = f"links {last + 1} to {head.link}, of which a head was kept, were cut off"
        yield Finding(wrong=Wrong.CUT_OFF, link=last + 1, words=words)
    elif at.get(head.link) != head.hash:
        words = f"link {head.link} is not the one of which a head was kept on {head.at:%Y-%m-%d %H:%M}"
        yield Finding(wrong=Wrong.REWRITTEN, link=head.link, words=words)
