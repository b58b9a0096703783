"""Raises the second wall: roles, grants and row policies, from the catalogue of tables and columns.

It is raised after the migrations, by the owner of the database, in the same transaction. Names of roles carry
a prefix of this database's own: a cluster may hold several, and a copy of a database shares the roles of what
it was copied from. Raising it again with the same statements changes nothing.
"""

import hashlib
import secrets
from typing import Any

import asyncpg
import msgspec
import structlog

from schemas.visibility import DEFAULT_POLICY, Policy
from server.database.grants import COLUMNS, GATED, UNGUARDED, executions, grants, row_policies
from server.database.lenses import keep_lenses
from server.database.roles import CALLERS, FILES, WORKS, Keys
from server.database.wall_functions import functions

log = structlog.get_logger()

_BLOCK = 64  # bytes of a block of SHA-256


async def raise_wall(connection: Any, *, anew: bool = False) -> bool:
    """Raise the wall in the caller's transaction; return whether it stands.

    Where the owner may not create roles there is none: the server says so when it starts, and `doctor` too.

    Args:
        anew: state everything again, whatever is there: somebody may have changed it by hand.
    """
    row = await connection.fetchrow("select prefix, password, key, stated from wall")
    prefix = row["prefix"] if row else f"comptoir_{secrets.token_hex(4)}"
    keys = Keys(prefix=prefix, key=row["key"] if row else secrets.token_bytes(32))
    password = row["password"] if row else secrets.token_urlsafe(24)
    owner = await connection.fetchval("select current_user")
    script = _statements(keys, await tables_of(connection), owner)
    stated = hashlib.sha256(script.encode()).hexdigest()
    names = role_names(keys)
    lacking = len(names) - await connection.fetchval(
        "select count(*) from pg_roles where rolname = any($1)", names
    )
    if row and row["stated"] == stated and not lacking and not anew:
        return True
    if await connection.fetchval(_MAY_CREATE):
        await connection.execute(_roles(keys, password))
    elif lacking:
        log.warning("wall.absent", reason="the owner of the database may not create roles")
        return False
    await connection.execute(script)
    await connection.execute("delete from wall")
    await connection.execute(
        """
        insert into wall ("only", prefix, password, key, inner_pad, outer_pad, stated, policies)
        values (1, $1, $2, $3, $4, $5, $6, $7)
        """,
        keys.prefix,
        password,
        keys.key,
        bytes(byte ^ 0x36 for byte in keys.key.ljust(_BLOCK, b"\0")),
        bytes(byte ^ 0x5C for byte in keys.key.ljust(_BLOCK, b"\0")),
        stated,
        await policies_digest(connection),
    )
    if not await keep_lenses(connection, await policy_in_force(connection)):
        await connection.execute("select wall_restate()")
    return True


async def standing_keys(database_url: str) -> tuple[Keys, str] | None:
    """Return how the application signs in where the wall stands, else None. Asked as the owner."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        if not await connection.fetchval("select to_regclass('wall') is not null"):
            return None
        row = await connection.fetchrow("select prefix, password, key from wall")
    finally:
        await connection.close()
    return (Keys(prefix=row["prefix"], key=row["key"]), row["password"]) if row else None


async def tables_of(connection: Any) -> list[str]:
    """Return the names of all tables, in order."""
    return [row["relname"] for row in await connection.fetch(_TABLES)]


async def policies_digest(connection: Any) -> str:
    """Return a digest of the row policies and of the wall's functions, as the database has them now."""
    digest: str = await connection.fetchval(_POLICIES)
    return digest


def role_names(keys: Keys) -> list[str]:
    """Return the names of all roles of a wall in their cluster; the login last."""
    return [keys.role(name) for name in (*WORKS, *CALLERS, FILES, "app")]


_MAY_CREATE = "select rolcreaterole or rolsuper from pg_roles where rolname = current_user"
_TABLES = """
select relname from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname
"""
_POLICIES = """
select md5(coalesce((
  select string_agg(concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check), ';'
                    order by tablename, policyname)
  from pg_policies where schemaname = 'public'), '') || coalesce((
  select string_agg(concat_ws(' ', oid::regprocedure, prosecdef, proconfig, prosrc, proowner), ';'
                    order by oid::regprocedure::text)
  from pg_proc where pronamespace = 'public'::regnamespace and probin is null), ''))
"""


async def policy_in_force(connection: Any) -> Policy:
    """Return the policy in force; the shipped one where none was published yet."""
    row = await connection.fetchrow(
        "select version, document::text from policy where ready_at is not null order by version desc limit 1"
    )
    if row is None:
        return DEFAULT_POLICY
    document = msgspec.json.decode(row["document"], type=Policy)
    return msgspec.structs.replace(document, version=row["version"])


def _roles(keys: Keys, password: str) -> str:
    """Return the statements that create what is missing of the roles."""
    app = keys.login()
    made = "\n".join(
        f"if to_regrole('{name}') is null then create role {name} nologin noinherit; end if;"
        f" grant {name} to {app} with inherit false, set true;"
        for name in role_names(keys)[:-1]
    )
    return f"""do $do$ begin
if to_regrole('{app}') is null then create role {app} noinherit; end if;
alter role {app} login noinherit password '{password}';
{made}
end $do$"""


def _statements(keys: Keys, tables: list[str], owner: str) -> str:
    everybody = ", ".join(role_names(keys))
    guarded = [name for name in tables if name not in UNGUARDED]
    parts = [
        functions(keys, columns=COLUMNS, gated=GATED),
        "do $do$ declare each record; begin"
        " for each in select policyname, tablename from pg_policies where schemaname = 'public' loop"
        " execute format('drop policy %I on %I', each.policyname, each.tablename); end loop; end $do$",
        f"revoke all on schema public from public, {everybody}",
        f"revoke all on all tables in schema public from public, {everybody}",
        f"revoke all on all sequences in schema public from public, {everybody}",
        f"revoke all on all functions in schema public from public, {everybody}",
        "alter default privileges revoke execute on functions from public",
        "do $do$ begin execute format('revoke all on database %I from public', current_database());"
        f" execute format('grant connect on database %I to {keys.login()}', current_database()); end $do$",
        f"grant usage on schema public to {everybody}",
        *(f"grant execute on function {name} to {keys.role(role)}" for role, name in executions()),
        *(grant.statement(keys) for grant in grants(tables)),
    ]
    for name in guarded:
        parts += [
            f"alter table {name} enable row level security",
            f"alter table {name} force row level security",
            f'create policy wall_owner on {name} to "{owner}" using (true) with check (true)',
        ]
    parts += [policy.statement(keys) for policy in row_policies(keys, tables)]
    return ";\n".join(parts)
