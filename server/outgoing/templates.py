"""The texts a brand writes from, and its limits: every version kept, the latest told to every tablet."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from schemas.ids import record_id_of
from schemas.messages import Pressure, PressureRules, Template
from schemas.problem import ErrorCode
from schemas.record import Kind
from server.consent.pressure import pressure_rules
from server.database.pool import Connection
from server.problems import Refusal
from server.replication.publishing import publish_public
from server.scope import DIRECTORY

_COLUMNS = "code, version, brand, purpose, channels, texts, title, retired"


async def publish(connection: Connection, template: Template, *, by: UUID | None) -> Template:
    """Publish the next version of a text to every tablet; the same text again is no new version."""
    await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"template {template.key}")
    latest = await _latest(connection, template.brand, template.code)
    number = latest.version if latest is not None else 0
    if latest is not None and msgspec.structs.replace(template, version=number) == latest:
        return latest
    made = msgspec.structs.replace(template, version=number + 1)
    await connection.execute(
        f"insert into message_template ({_COLUMNS}, written_by)"  # noqa: S608 (the columns are ours)
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        made.code,
        made.version,
        made.brand,
        made.purpose.value,
        [channel.value for channel in made.channels],
        msgspec.to_builtins(made.texts),
        made.title,
        made.retired,
        by,
    )
    await tell_tablets(connection, [made])
    return made


async def retire(connection: Connection, brand: str, code: str, *, by: UUID | None) -> Template:
    """Offer a text no more; what was written from it stays.

    Raises:
        Refusal: NOT_FOUND.
    """
    latest = await _latest(connection, brand, code)
    if latest is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return await publish(connection, msgspec.structs.replace(latest, retired=True), by=by)


async def of_brand(connection: Connection, brand: str, *, after: str, limit: int) -> list[Template]:
    """Return the latest version of every text of a brand, retired ones too, by code."""
    rows = await connection.fetch(
        f"""
        select distinct on (code) {_COLUMNS} from message_template
        where brand = $1 and code > $2 order by code, version desc limit $3
        """,  # noqa: S608 (the columns are ours)
        brand,
        after,
        limit,
    )
    return [_template(row) for row in rows]


async def set_pressure(
    connection: Connection, brand: str, purpose: str, rule: Pressure | None, *, by: UUID | None
) -> PressureRules:
    """Set or lift the limit of a purpose, and tell every tablet."""
    if rule is None:
        await connection.execute(
            "delete from contact_pressure where brand = $1 and purpose = $2", brand, purpose
        )
    else:
        await connection.execute(
            """
            insert into contact_pressure (brand, purpose, most, days, changed_by) values ($1, $2, $3, $4, $5)
            on conflict (brand, purpose) do update
              set most = excluded.most, days = excluded.days, changed_by = excluded.changed_by,
                  changed_at = now()
            """,
            brand,
            purpose,
            rule.most,
            rule.days,
            by,
        )
    rules = await pressure_rules(connection, brand)
    record_id = record_id_of(Kind.PRESSURE.value, brand)
    await publish_public(connection, Kind.PRESSURE, DIRECTORY, [(record_id, msgspec.to_builtins(rules))])
    return rules


async def tell_tablets(connection: Connection, templates: Sequence[Template]) -> None:
    """Put texts on the feed; all who work here hold them."""
    await publish_public(
        connection,
        Kind.TEMPLATE,
        DIRECTORY,
        [(record_id_of(Kind.TEMPLATE.value, each.key), msgspec.to_builtins(each)) for each in templates],
    )


async def _latest(connection: Connection, brand: str, code: str) -> Template | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from message_template"  # noqa: S608 (the columns are ours)
        " where brand = $1 and code = $2 order by version desc limit 1",
        brand,
        code,
    )
    return _template(row) if row is not None else None


def _template(row: asyncpg.Record) -> Template:
    return msgspec.convert(dict(row), Template)
