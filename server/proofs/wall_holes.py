"""Holes to knock into the wall, each with the statement that mends it."""

from typing import Final

from schemas.record import Struct


class Hole(Struct):
    """Something somebody might do to the database by mistake, or on purpose."""

    name: str
    knock: str
    mend: str


def _hole(name: str, knock: str, mend: str) -> Hole:
    return Hole(name=name, knock=knock, mend=mend)


_POLICY = "create policy hole on {table} for select to {who} using (true)"

HOLES: Final = (
    _hole("a whole table", "grant select on customer to {seller}",
          "revoke select on customer from {seller};select wall_restate()"),
    _hole("a column", "grant select (phone) on customer to {seller}",
          "revoke select (phone) on customer from {seller}"),
    _hole("the notes", "grant select (notes) on customer to {seller}",
          "revoke select (notes) on customer from {seller}"),
    _hole("an index", "grant select on contact_point to {seller}", "revoke select on contact_point from {seller}"),
    _hole("everybody", "grant select on touchpoint to public", "revoke select on touchpoint from public"),
    _hole("a right to write", "grant update on member to {seller}", "revoke update on member from {seller}"),
    _hole("a secret", "grant select (password_hash) on associate to {engine}",
          "revoke select (password_hash) on associate from {engine}"),
    _hole("the key", "grant select on wall to {seller}", "revoke select on wall from {seller}"),
    _hole("policies off", "alter table fragment disable row level security",
          "alter table fragment enable row level security"),
    _hole("policies not forced", "alter table fragment no force row level security",
          "alter table fragment force row level security"),
    _hole("a loose policy", "alter policy wall_callers_select on member using (true)",
          "alter policy wall_callers_select on member using"
          " (scope = any((select wall_scopes(current_user))::int[]))"),
    _hole("one policy more", _POLICY.format(table="fragment", who="{seller}"), "drop policy hole on fragment"),
    _hole("an engine without a pass", _POLICY.format(table="customer", who="{engine}"),
          "drop policy hole on customer"),
    _hole("a policy less", "drop policy wall_engine on snapshot_wish",
          "create policy wall_engine on snapshot_wish to {engine} using (false)"),
    _hole("a role that passes policies", "alter role {seller} bypassrls", "alter role {seller} nobypassrls"),
    _hole("a superuser", "alter role {engine} superuser", "alter role {engine} nosuperuser"),
    _hole("a role that makes roles", "alter role {app} createrole", "alter role {app} nocreaterole"),
    _hole("a role that signs in", "alter role {seller} login", "alter role {seller} nologin"),
    _hole("a login that inherits", "alter role {app} inherit", "alter role {app} noinherit"),
    _hole("an inherited membership", "grant {officer} to {app} with inherit true",
          "grant {officer} to {app} with inherit false"),
    _hole("a role within a role", "grant {officer} to {seller}", "revoke {officer} from {seller}"),
    _hole("a role of the cluster", "grant pg_read_all_data to {app}", "revoke pg_read_all_data from {app}"),
    _hole("a function with its owner's rights", "create function hole() returns setof text language sql"
          " security definer as $$ select given_name from customer $$", "drop function hole()"),
    _hole("an inner function for all", "grant execute on function wall_open(text) to public",
          "revoke execute on function wall_open(text) from public"),
    _hole("a function that believes anybody",
          "create or replace function wall_person(me text) returns uuid language sql stable security definer"
          " set search_path = public, pg_temp as $$ select gen_random_uuid() $$",
          "create or replace function wall_person(me text) returns uuid"
          " language plpgsql stable security definer set search_path = public, pg_temp as $$\ndeclare\n"
          "  told text := wall_open(me);\nbegin\n"
          "  return nullif(split_part(told, chr(31), 4), '')::uuid;\nend $$"),
    _hole("a loose search path", "alter function wall_scopes(text) reset search_path",
          "alter function wall_scopes(text) set search_path = public, pg_temp"),
    _hole("a view", "create view hole as select * from customer;grant select on hole to {seller}",
          "drop view hole"),
    _hole("a kept view", "create materialized view hole as select given_name from customer",
          "drop materialized view hole"),
    _hole("a table nobody classified", "create table hole (phone text)", "drop table hole"),
    _hole("a column nobody classified", "alter table customer add column hole text",
          "alter table customer drop column hole"),
    _hole("a sequence", "grant usage on sequence audit_event_id_seq to {seller}",
          "revoke usage on sequence audit_event_id_seq from {seller}"),
    _hole("room to create", "grant create on schema public to public", "revoke create on schema public from public"),
    _hole("temporary tables", 'grant temporary on database "{database}" to public',
          'revoke temporary on database "{database}" from public'),
    _hole("rights on what will be made", "alter default privileges grant select on tables to public",
          "alter default privileges revoke select on tables from public"),
    _hole("a large object", "select lo_create(4242)", "select lo_unlink(4242)"),
    _hole("a trigger", "create trigger hole after insert on customer execute function name_life_on_write()",
          "drop trigger hole on customer"),
    _hole("a rule", "create rule hole as on delete to customer do also select 1", "drop rule hole on customer"),
    _hole("an extension", "create extension dblink", "drop extension dblink"),
    _hole("a lens wider than the policy",
          "update wall_lens set fields = fields || '{{phone}}' where role = 'seller';select wall_restate()",
          "update wall_lens set fields = array_remove(fields, 'phone') where role = 'seller';select wall_restate()"),
    _hole("a role that owns", "alter table stock owner to {engine}", "alter table stock owner to current_user"),
)  # fmt: skip
