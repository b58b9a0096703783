"""The promise that nobody alters the audit trail unnoticed, attacked by altering it in every way."""

import asyncpg

from server.audit import chain
from server.database.pool import Connection, prepare
from server.proofs.proof import Proof

EVENTS = 40

# Each is done to a sealed trail by somebody with full rights on the database, and undone afterwards.
ATTACKS = {
    "another instant": "update audit_event set at = at - interval '1 hour' where link = 20",
    "another person": "update audit_event set actor = uuidv4() where link = 20",
    "another role": "update audit_event set role = 'seller' where link = 20",
    "another tablet": "update audit_event set device_id = uuidv4() where link = 20",
    "another store": "update audit_event set store = 'elsewhere' where link = 20",
    "another action": "update audit_event set action = 'customer.read' where link = 20",
    "another kind": "update audit_event set subject_kind = 'product' where link = 20",
    "another customer": "update audit_event set subject_id = uuidv4() where link = 20",
    "other facts": """update audit_event set facts = '{"rows": 1}' where link = 20""",
    "an event taken out": "delete from audit_event where link = 20",
    "an event taken out and the rest moved up": """
        with gone as (delete from audit_event where link = 20)
        update audit_event set link = -link where link > 20;
        update audit_event set link = -link - 1 where link < 0""",
    "two events changing places": """
        update audit_event set link = -link where link in (20, 21);
        update audit_event set link = case link when -20 then 21 else 20 end where link < 0""",
    "an event put in": """
        update audit_event set link = -link where link > 20;
        update audit_event set link = 1 - link where link < 0;
        insert into audit_event (action, link, prev_hash, hash)
        select 'customer.read', 21, hash, sha256('made up') from audit_event where link = 20""",
    "the first event taken out": "delete from audit_event where link = 1",
    "the last events cut off": "delete from audit_event where link > 30",
}


class _Undo(Exception):
    """Ends an attack's transaction without keeping it."""


async def prove(database_url: str) -> Proof:
    """Attack a fresh trail in a database that is thrown away."""
    connection = await asyncpg.connect(database_url)
    try:
        await prepare(connection)
        return await attack(connection)
    finally:
        await connection.close()


async def attack(connection: Connection) -> Proof:
    """Alter a fresh trail in every way, each time undone."""
    for number in range(EVENTS):
        await chain.append(connection, None, "proof.noted", subject_kind="proof", facts={"number": number})
    async with connection.transaction():
        await chain.seal(connection)
    kept_elsewhere = await chain.verify(connection)
    unnoticed = [
        name for name, attack in ATTACKS.items() if not await _noticed(connection, attack, kept_elsewhere)
    ]
    noticed = len(ATTACKS) - len(unnoticed)
    return Proof(
        promise="nobody alters the audit trail unnoticed",
        figure=f"{noticed} of {len(ATTACKS)} alterations noticed",
        holds=not unnoticed,
        broken_by=tuple(unnoticed),
    )


async def _noticed(connection: Connection, attack: str, kept_elsewhere: chain.ChainHead) -> bool:
    found = False
    try:
        async with connection.transaction():
            await connection.execute(attack)
            try:
                found = await chain.verify(connection) != kept_elsewhere
            except chain.ChainBroken:
                found = True
            raise _Undo
    except _Undo:
        return found
    except asyncpg.IntegrityConstraintViolationError:
        return True  # the database itself would not have it
