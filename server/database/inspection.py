"""Looks over the wall from outside: what the database's own catalogue says, against what was decided.

Whatever is more than the catalogue of tables and columns and the policy in force give is a flaw: a table that
nobody classified, a right too many, a policy that is off, a role that may more than it should.
"""

from typing import Any

from server.database.catalogue import TABLES
from server.database.grants import UNGUARDED, Grant, executions, grants, lens_grants
from server.database.lenses import LensRow, lens_rows
from server.database.roles import Keys
from server.database.wall import policies_digest, policy_in_force, role_names, tables_of


async def flaws(connection: Any) -> list[str]:
    """Return everything that is not as it should be, in words. Asked as the owner."""
    row = await connection.fetchrow("select prefix, key, policies from wall")
    if row is None:
        return ["no wall was raised"]
    keys = Keys(prefix=row["prefix"], key=row["key"])
    found = await _unclassified(connection)
    found += await _rights(connection, keys)
    found += await _executions(connection, keys)
    found += await _roles(connection, keys)
    found += [line["flaw"] for line in await connection.fetch(_OPEN, list(UNGUARDED))]
    policy = await policy_in_force(connection)
    lenses = await connection.fetch("select role, version, fields, searchable, groups from wall_lens")
    if {each.role: each for each in lens_rows(policy)} != {
        line["role"]: LensRow(**dict(line)) for line in lenses
    }:
        found.append("what roles see is not what the policy in force says")
    if await policies_digest(connection) != row["policies"]:
        found.append("row policies or functions are not those the wall was raised with")
    return found


async def _unclassified(connection: Any) -> list[str]:
    rows = await connection.fetch(
        """
        select c.relname as name, c.relkind::text as kind,
               array_agg(a.attname::text order by a.attnum) as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
        group by 1, 2 order by 1
        """
    )
    found: list[str] = []
    for row in rows:
        held = TABLES.get(row["name"])
        if held is None:
            what = "table" if row["kind"] in ("r", "p") else "view"
            found.append(
                f"{what} {row['name']} is in no class: say in server/database/catalogue.py what it is"
            )
            continue
        strangers = set(row["columns"]) - set(held.columns.split())
        found += [f"column {row['name']}.{column} is in no class" for column in sorted(strangers)]
        found += [
            f"column {row['name']}.{column} is classified and does not exist"
            for column in sorted(set(held.columns.split()) - set(row["columns"]))
        ]
    there = {row["name"] for row in rows}
    return found + [f"table {name} is classified and does not exist" for name in TABLES if name not in there]


async def _rights(connection: Any, keys: Keys) -> list[str]:
    """Compare every right on tables, columns, sequences with those decided."""
    lenses = [
        LensRow(**dict(row))
        for row in await connection.fetch("select role, version, fields, searchable, groups from wall_lens")
    ]
    tables = await tables_of(connection)
    decided = {each for grant in (*grants(tables), *lens_grants(lenses)) for each in _spelled(grant, keys)}
    given = {
        (row["grantee"], row["verb"], row["relname"], row["column"]) for row in await connection.fetch(_GIVEN)
    }
    # A right on the whole table covers its columns.
    extra = {each for each in given - decided if (*each[:3], "") not in decided}
    lacking = {each for each in decided - given if (*each[:3], "") not in given}
    return [
        f"{who} may {verb} {table}{'.' + column if column else ''}"
        for who, verb, table, column in sorted(extra)
    ] + [
        f"{who} lacks {verb} on {table}{'.' + column if column else ''}"
        for who, verb, table, column in sorted(lacking)
    ]


def _spelled(grant: Grant, keys: Keys) -> list[tuple[str, str, str, str]]:
    return [(keys.role(grant.role), grant.verb, grant.table, column) for column in grant.columns or ("",)]


async def _executions(connection: Any, keys: Keys) -> list[str]:
    decided = {
        (keys.role(role), await connection.fetchval("select $1::text::regprocedure::oid", function))
        for role, function in executions()
    }
    given = await connection.fetch(_EXECUTED)
    return [
        f"{row['grantee']} may execute {row['function']}"
        for row in given
        if (row["grantee"], row["oid"]) not in decided
    ]


async def _roles(connection: Any, keys: Keys) -> list[str]:
    names = role_names(keys)
    found = [row["flaw"] for row in await connection.fetch(_ROLES, names, keys.login())]
    lacking = len(names) - await connection.fetchval(
        "select count(*) from pg_roles where rolname = any($1)", names
    )
    return found + ([f"{lacking} roles are missing"] if lacking else [])


_OWNER = "(select relowner from pg_class where oid = 'member'::regclass)"

_GIVEN = f"""
select coalesce(g.rolname, 'PUBLIC')::text as grantee, lower(given.privilege_type) as verb,
       given.relname::text, given.column::text
from (
  select c.relname, '' as column, (aclexplode(c.relacl)).* from pg_class c
  where c.relnamespace = 'public'::regnamespace
  union all
  select c.relname, a.attname, (aclexplode(a.attacl)).*
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'public'::regnamespace and not a.attisdropped) given
left join pg_roles g on g.oid = given.grantee
where given.grantee <> {_OWNER}
"""  # noqa: S608 (ours)

_EXECUTED = f"""
select coalesce(g.rolname, 'PUBLIC')::text as grantee, p.oid::regprocedure::text as function, p.oid
from pg_proc p cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
left join pg_roles g on g.oid = a.grantee
where p.pronamespace = 'public'::regnamespace and a.grantee <> p.proowner and a.grantee <> {_OWNER}
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""  # noqa: S608 (ours)

_ROLES = """
select rolname || case
    when rolsuper then ' is superuser' when rolbypassrls then ' passes row policies'
    when rolcreaterole then ' may create roles' when rolcreatedb then ' may create databases'
    when rolreplication then ' may replicate' when rolcanlogin and rolname <> $2 then ' may sign in'
    else ' inherits rights' end as flaw
from pg_roles where rolname = any($1)
  and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit
       or rolcanlogin <> (rolname = $2))
union all
select m.rolname || ' is a member of ' || g.rolname
from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
where m.rolname = any($1)
  and (m.rolname <> $2 or g.rolname <> all($1) or a.inherit_option or a.admin_option)
union all
select r.rolname || ' owns ' || d.classid::regclass || ' ' || d.objid
from pg_shdepend d join pg_roles r on r.oid = d.refobjid
where d.refclassid = 'pg_authid'::regclass and d.deptype = 'o' and r.rolname = any($1)
  and d.dbid in (0, (select oid from pg_database where datname = current_database()))
union all
select r.rolname || ' may use schema ' || n.nspname || ' to ' || lower(a.privilege_type)
from pg_namespace n cross join lateral aclexplode(n.nspacl) a
left join pg_roles r on r.oid = a.grantee
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and (r.rolname = any($1) or a.grantee = 0) and (a.privilege_type <> 'USAGE' or n.nspname <> 'public')
"""

_OPEN = """
select 'row policies of ' || relname || case when relrowsecurity then ' are not forced' else ' are off' end
  as flaw
from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> all($1)
  and not (relrowsecurity and relforcerowsecurity)
union all
select 'view ' || relname || ' has its owner''s rights' from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
  and not coalesce(reloptions @> '{security_invoker=true}', false)
union all
select 'function ' || oid::regprocedure || ' has its owner''s rights and no fixed search_path'
from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
  and not coalesce(proconfig @> '{"search_path=public, pg_temp"}', false)
union all
select 'a large object: ' || oid from pg_largeobject_metadata
union all
select 'everybody may ' || lower(a.privilege_type) || ' in the database'
from pg_database d cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
where d.datname = current_database() and a.grantee = 0
union all
select 'everybody is given rights on what will be made: ' || defaclobjtype::text
from pg_default_acl cross join lateral aclexplode(defaclacl) a where a.grantee = 0
union all
select 'trigger ' || tgname || ' on ' || tgrelid::regclass from pg_trigger
where not tgisinternal and tgname <> 'name_life'
union all
select 'rule ' || rulename || ' on ' || ev_class::regclass from pg_rewrite
where rulename <> '_RETURN' and ev_class >= 16384
union all
select 'extension ' || extname || ' is not one of ours' from pg_extension
where extname not in ('plpgsql', 'pg_trgm', 'unaccent', 'fuzzystrmatch')
"""
