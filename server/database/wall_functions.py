"""The functions of the wall, as SQL: they open what the application says about who is asking.

Row policies call them inside ``(select …)``, hence once per statement and not once per row. All but one are
the owner's (SECURITY DEFINER, a fixed search_path): the key is read by nobody else.
"""

from collections.abc import Iterable

from server.database.drawing import counting
from server.database.roles import FILES, TOLD, Keys, Work

LASTS_S = 900  # a standing is said anew with every transaction

_HEAD = "language plpgsql stable security definer set search_path = public, pg_temp as $$"
# PostgreSQL would plan it anew at each call, for the very keys at hand: five times what it takes.
_HEAD_PLANNED_ONCE = _HEAD.replace(" as $$", " set plan_cache_mode = force_generic_plan as $$")
_HEAD_WRITING = _HEAD_PLANNED_ONCE.replace("stable", "volatile")


# The end of a declaration, and what opens what was ``said``: nothing is told unless it is ours and fresh.
_OPENED = """  body bytea;
  ours boolean;
  told text;
begin
  if strpos(said, '.') = 0 then
    return null;  -- what is no hex before the dot is refused by the next line
  end if;
  body := decode(split_part(said, '.', 1), 'hex');
  select sha256(w.outer_pad || sha256(w.inner_pad || body)) = decode(split_part(said, '.', 2), 'hex')
  into ours from wall w;
  if ours is not true then
    return null;
  end if;
  told := convert_from(body, 'UTF8');
  if abs(extract(epoch from now()) - {at}::bigint) > {lasts} then
    return null;
  end if;
"""


def functions(keys: Keys, *, columns: Iterable[str], gated: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """Return the statements that make the functions.

    Args:
        columns: of customers that a role may be given.
        gated: tables, each with the customer's fields that a role must read to be given it.
    """
    gates = ", ".join(f"('{table}', '{{{','.join(fields)}}}'::text[])" for table, fields in gated)
    part = _part
    opened = _OPENED.format(at=part("at"), lasts=LASTS_S)
    return f"""
drop function if exists wall_open(text), wall_told(text), wall_lens_of(jsonb), wall_lens_of(text);

create function wall_open(me text) returns text {_HEAD}
declare
  said text := coalesce(current_setting('comptoir.standing', true), '');
{opened}  if me <> '' and me <> '{keys.prefix}_' || {part("role")} then
    return null;
  end if;
  return told;
end $$;

create function wall_told(sealed text) returns text {_HEAD}
declare
  said text := coalesce(sealed, '');
{opened}  return told;
end $$;

create or replace function wall_stands(me text) returns boolean {_HEAD}
begin
  return wall_open(me) is not null;
end $$;

create or replace function wall_person(me text) returns uuid {_HEAD}
declare
  told text := wall_open(me);
begin
  return nullif({part("person")}, '')::uuid;
end $$;

create or replace function wall_device(me text) returns uuid {_HEAD}
declare
  told text := wall_open(me);
begin
  return nullif({part("device")}, '')::uuid;
end $$;

create or replace function wall_keys(me text) returns text[] {_HEAD}
declare
  told text := wall_open(me);
begin
  return coalesce({part("keys")}::text[], '{{}}');
end $$;

create or replace function wall_scopes(me text) returns int[] {_HEAD_PLANNED_ONCE}
declare
  -- Opened here: beneath the query it would be opened for each scope there is. Who asks is a name, whose
  -- order is another one than that of the index, unless it is said.
  keys text[] collate "default" := wall_keys(me);
begin
  return array(select id from scope where key = any(keys));
end $$;

create or replace function wall_unmoved(sealed text, seen pg_snapshot) returns boolean {_HEAD_PLANNED_ONCE}
declare
  told text := wall_told(sealed);
  low xid8 := pg_snapshot_xmin(seen);
  keys text[] collate "default" := {part("keys")}::text[];
  device uuid := nullif({part("device")}, '')::uuid;
begin
  if told is null then
    return null;
  end if;
  -- Each in the order of its index: planned for any snapshot, it would be walked by another one.
  return not exists (
      select from scope s cross join lateral (
        select from member m
        where m.scope = s.id and m.xid >= low and not pg_visible_in_snapshot(m.xid, seen)
        order by m.xid limit 1) moved
      where s.key = any(keys))
    and not exists (
      select from erasure e where e.xid >= low and not pg_visible_in_snapshot(e.xid, seen))
    and not exists (
      select from late_verdict l
      where l.device_id = device and l.xid >= low and not pg_visible_in_snapshot(l.xid, seen));
end $$;

create function wall_lens_of(told text) returns wall_lens {_HEAD}
declare
  lens wall_lens;
begin
  select l.* into lens from wall_lens l where l.role = {part("role")};
  if lens.version <> {part("policy")}::int then
    raise exception 'another policy came into force' using errcode = '40001';
  end if;
  return lens;
end $$;

create or replace function wall_groups_told(told text) returns text[] {_HEAD}
declare
  groups text[];
begin
  if told is null then
    return '{{}}';
  end if;
  if {part("role")} = '{FILES}' then
    return {part("groups")}::text[];
  end if;
  groups := (wall_lens_of(told)).groups;
  if 'notes' = any(groups) then
    groups := groups || ('notes@own:' || {part("person")})
      || array(select 'notes@store:' || store from unnest({part("stores")}::text[]) as store);
  end if;
  return coalesce(groups, '{{}}');
end $$;

create or replace function wall_groups(me text) returns text[] {_HEAD}
begin
  return wall_groups_told(wall_open(me));
end $$;

create or replace function wall_profiles(sealed text, customers uuid[], facts text[], at_store text)
returns table (nth bigint, grp text, body text) {_HEAD_WRITING}
#variable_conflict use_column
declare
  told text := wall_told(sealed);
  whose uuid := nullif({part("person")}, '')::uuid;
  keys text[] collate "default" := {part("keys")}::text[];
  scopes int[] := array(select id from scope where key = any(keys));
  groups text[] := wall_groups_told(told);
begin
  return query
  with near as materialized (
    select asked.nth, asked.customer, asked.facts
    from unnest(customers, facts) with ordinality as asked (customer, facts, nth)
    where exists (
        select from member m where m.record_id = asked.customer and m.state = 1 and m.scope = any(scopes))
      and exists (select from fragment f where f.record_id = asked.customer and f.grp = any(groups))),
  noted as (
    insert into audit_event (actor, role, device_id, store, action, subject_kind, subject_id, facts)
    select whose, {part("role")}, nullif({part("device")}, '')::uuid, at_store, 'customer.read', 'customer',
           near.customer, near.facts::jsonb
    from near order by near.nth),
  {
        counting(
            "whose",
            "array(select customer from near order by customer)",
            "exists (select from near)",
            reads="(select count(*) from near)",
            together=True,
        )
    }
  select near.nth, f.grp, f.body from near join fragment f on f.record_id = near.customer
  where f.grp = any(groups);
end $$;

create or replace function wall_fields(me text) returns text[] {_HEAD}
declare
  told text := wall_open(me);
begin
  return case when told is null then '{{}}' else coalesce((wall_lens_of(told)).fields, '{{}}') end;
end $$;

create or replace function wall_vouches(keys text[]) returns text {_HEAD}
declare
  told text;
begin
  if session_user <> '{keys.login()}' then
    return '';  -- the owner's own tools
  end if;
  if {passed(keys, Work.ENGINE)} then
    return '';
  end if;
  told := wall_open('');
  if told is null or not keys <@ {part("keys")}::text[] then
    return null;
  end if;
  return {part("role")};
end $$;

create or replace function wall_restate() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  lens wall_lens;
  gate record;
  holder text;
  shown text;
begin
  if session_user = '{keys.login()}' and not {passed(keys, Work.ENGINE)} then
    raise insufficient_privilege;
  end if;
  for lens in select * from wall_lens loop
    holder := '{keys.prefix}_' || lens.role;
    select string_agg(format(', %I', field), '') into shown
    from unnest(lens.fields) as field where field = any('{{{",".join(columns)}}}');
    execute format('revoke select on customer from %I', holder);
    execute format('grant select (id%s) on customer to %I', shown, holder);
    for gate in select * from (values {gates}) as each (name, fields) loop
      if lens.fields @> gate.fields then
        execute format('grant select on %I to %I', gate.name, holder);
      else
        execute format('revoke select on %I from %I', gate.name, holder);
      end if;
    end loop;
  end loop;
end $$;
"""  # noqa: S608 (names and digests of ours)


def _part(name: str) -> str:
    """Return the SQL that takes one part of what was told."""
    return f"split_part(told, chr(31), {1 + TOLD.index(name)})"


def passed(keys: Keys, work: str) -> str:
    """Return the SQL condition that a kind of work has shown its pass."""
    return (
        "encode(sha256(convert_to(coalesce(current_setting('comptoir.standing', true), ''), 'UTF8')), 'hex')"
        f" = '{keys.pass_digest(work)}'"
    )


INNER = (  # called by other functions of the wall alone
    "wall_open(text)",
    "wall_told(text)",
    "wall_lens_of(text)",
    "wall_groups_told(text)",
    "wall_vouches(text[])",
    "wall_reads_names(text[])",
)
