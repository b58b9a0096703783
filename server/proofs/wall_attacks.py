"""What somebody may try who can make the application say any SQL: the list, as data.

In braces stand: {hidden} a column of customers that the role may not read, {group} the field group that holds
the telephone, {mine} and {theirs} customers within and out of reach, {device} his tablet, {me} himself, names of
roles ({engine}, {officer}, {manager}, {files}, {app}), {owner}, {database}; and what was forged of a standing:
{forged} with wider scopes under the old seal, {lent} a colleague's, {stale} an old one, {unsealed} one with a
seal made of nothing. Steps are parted by ";;"; what the last one returns is looked at.
"""

from typing import Final

from schemas.record import Struct


class Attack(Struct):
    """One way to try, and what would be an answer: a planted word, a row, a true value, or that it was done."""

    name: str
    sql: str
    answer: str = "words"  # words, rows, truth, done


def _attacks(answer: str, named: dict[str, str]) -> list[Attack]:
    return [Attack(name=name, sql=sql, answer=answer) for name, sql in named.items()]


_STANDING = "select set_config('comptoir.standing', '{what}', true)"
_OTHER_STORE = "exists (select from member where record_id = '{theirs}')"

ATTACKS: Final = (
    # -- a hidden column -----------------------------------------------------------------------------
    *_attacks(
        "rows",
        {
            "column": "select {hidden} from customer",
            "aggregate": "select max({hidden}::text) from customer having max({hidden}::text) is not null",
            "string_agg": "select string_agg({hidden}::text, ',') from customer group by id",
            "group by": "select count(*) from customer group by {hidden}",
            "distinct": "select distinct {hidden} from customer",
            "order by": "select id from customer order by {hidden}",
            "where": "select id from customer where {hidden} is not null",
            "where like": "select id from customer where {hidden}::text like '%'",
            "filter": "select count(*) filter (where {hidden} is not null) from customer group by id",
            "window": "select rank() over (order by {hidden}::text) from customer",
            "case": "select case when {hidden} is null then 0 else 1 end from customer",
            "subquery": "select (select {hidden} from customer limit 1) from customer",
            "lateral": "select x.* from customer c, lateral (select c.{hidden}) x",
            "array": "select unnest(array(select {hidden}::text from customer))",
            "cte": "with c as (select {hidden} from customer) select * from c",
            "cte kept": "with c as materialized (select {hidden} from customer) select * from c",
            "self join": "select a.id from customer a join customer b on a.{hidden} = b.{hidden}",
            "natural join": "select a.id from customer a natural join customer b",
            "exists": "select 1 where exists (select from customer where {hidden} is not null)",
            "union": "select id::text from customer where false union all select {hidden}::text from customer",
            "values": "select * from (values ((select {hidden}::text from customer limit 1))) v where v is not null",
            "whole row": "select c from customer c",
            "star": "select * from customer",
            "row to json": "select row_to_json(c) from customer c",
            "to_jsonb": "select to_jsonb(c) - 'id' from customer c",
            "record field": "select (c).{hidden} from customer c",
            "hash of row": "select md5(c::text) from customer c",
            "count of column": "select count({hidden}) from customer group by id",
            "for update": "select id from customer for update",
            "prepared": "prepare p as select {hidden} from customer;;execute p",
            "cursor": "declare c cursor for select {hidden} from customer;;fetch all from c",
            "held cursor": "declare c cursor with hold for select {hidden} from customer;;fetch all from c",
            "update returning": "update customer set brand = brand returning {hidden}",
            "delete returning": "delete from customer returning *",
            "insert returning": "insert into customer (id, brand) values (gen_random_uuid(), 'x') returning *",
            "merge": "merge into customer c using (select 1) o on true when matched then delete returning c.*",
            "table": "table customer",
            "only": "select * from only customer tablesample system (100)",
        },
    ),
    *_attacks(
        "words",
        {
            "explain analyze": "explain (analyze, verbose) select {hidden} from customer",
            "xml": "select table_to_xml('customer', true, false, '')",
            "xml query": "select query_to_xml('select {hidden} from customer', true, false, '')",
            "xml schema": "select schema_to_xml('public', true, false, '')",
            "xml database": "select database_to_xml(true, false, '')",
            "do notice": "do $$ begin raise notice '%', (select string_agg({hidden}::text, ',') from customer);"
            " end $$",
            "do error": "do $$ begin raise exception '%', (select string_agg(c::text, ',') from customer c);"
            " end $$",
            "do dynamic": "do $$ declare v text; begin execute 'select string_agg(body, '','') from fragment'"
            " into v; raise notice '%', v; end $$",
            "cast error of a name": "select id from customer where given_name::int = 1",
            "cast error of a body": "select record_id from fragment where body::int = 1",
            "cast error of json": "select record_id from fragment where body::jsonb -> 'values' ->> 'phone' = ''"
            " or (body::jsonb -> 'values' ->> 'given_name')::int = 1",
            "regular expression": "select body from fragment where body ~ 'zq'",
            # -- stored groups ------------------------------------------------------------------------
            "fragments": "select body from fragment",
            "fragment of a group": "select body from fragment where grp = '{group}'",
            "fragment of another": "select body from fragment where record_id = '{theirs}'",
            "fragment by join": "select f.body from member m join fragment f using (record_id)",
            "fragment whole row": "select f from fragment f",
            "fragment aggregated": "select string_agg(body, ',') from fragment",
            "fragment sorted": "select body from fragment order by body desc",
            "fragment as json": "select jsonb_agg(f) from fragment f",
            "private notes": "select body from fragment where grp like 'notes@%'",
            "history": "select field, value from field_past",
            "purchases": "select p.*, l.* from purchase p join purchase_line l on l.purchase_id = p.id",
            "lines alone": "select title from purchase_line",
            "timeline": "select summary from touchpoint",
            "consents": "select how from consent_event",
            "search by words of others": "select c.given_name, c.family_name from"
            " find_by_words('{{zqtheregivennameqz}}', '00000000-0000-0000-0000-000000000000',"
            " '{{store:there}}', 9, false) f join customer c on c.id = f",
            "words of others": "select words_held_from('zqthere', 'zqtherez', '{{store:there}}', 9)",
        },
    ),
    *_attacks(
        "rows",
        {
            "find others by words": "select find_by_words('{{zqtheregivennameqz}}',"
            " '00000000-0000-0000-0000-000000000000', '{{brand:elsewhere}}', 9, false)",
            "find others by contact": "select find_by_contact('{{phone}}', '{{+33612345601}}',"
            " '{{brand:elsewhere}}', 9)",
            "ask for words of others": "select words_held('{{zqabroadqz}}', '{{brand:elsewhere}}', 9)",
            # -- indexes, copies and traces of what is hidden -----------------------------------------
            "contact points": "select normalised from contact_point",
            "search index": "select tokens from customer_search",
            "parts": "select values from customer_part",
            "held edits": "select args from held_edit",
            "conflicts": "select mine, theirs from conflict",
            "receipts": "select detail from receipt",
            "source records": "select payload from source_record",
            "identity keys": "select key from identity_key",
            "identity pairs": "select findings from identity_pair",
            "import refusals": "select original from import_refusal",
            "ready downloads": "select body from snapshot_part",
            "erasure fingerprints": "select fingerprint from erasure_fingerprint",
            "reveals": "select reason from reveal",
            "the trail": "select facts from audit_event",
            "the trail's length": "select last_value from audit_event_id_seq",
            "next of the trail": "select nextval('audit_event_id_seq')",
            "who is pinned": "select record_id from pin",
            "groups of others": "select grp from fragment where record_id = '{abroad}'",
            "member of others": "select state from member where record_id = '{abroad}'",
            "scopes of others": "select key from scope where key like '%elsewhere'",
            # -- secrets --------------------------------------------------------------------------------
            "password hashes": "select password_hash from associate",
            "colleagues whole": "select * from associate",
            "signing keys": "select sealed_private from signing_key",
            "refresh tokens": "select token_hash from refresh_token",
            "tablets' secrets": "select secret_hash from device",
            "enrolment codes": "select code_hash from enrolment_code",
            "the wall's key": "select key from wall",
            "the login's password": "select password from wall",
            "what stands": "select wall_open('')",
            "lenses": "select levels from (select l::text as levels from wall_lens l) x",
            "database passwords": "select rolpassword from pg_authid",
            "shadow": "select passwd from pg_shadow",
            "statistics": "select most_common_vals::text from pg_stats where schemaname = 'public'"
            " and tablename in ('customer', 'fragment', 'contact_point', 'customer_search', 'associate')",
            "raw statistics": "select stavalues1::text from pg_statistic",
            "extended statistics": "select most_common_vals from pg_stats_ext",
            "what others ask": "select query from pg_stat_activity where pid <> pg_backend_pid()"
            " and usename = session_user and query not like '<insufficient%'",
            "files": "select pg_read_file('PG_VERSION')",
            "binary files": "select pg_read_binary_file('PG_VERSION')",
            "folders": "select pg_ls_dir('.')",
            "the log": "select * from pg_ls_logdir()",
            "access rules": "select * from pg_hba_file_rules",
            "mappings": "select * from pg_user_mappings where umoptions is not null",
            # -- another's rows ---------------------------------------------------------------------------
            "another's tablet": "update device_incarnation set fence = 99 where associate_id <> '{me}' returning 1",
            "another's acknowledgement": "insert into erasure_ack (device_id, associate_id, record_id)"
            " values ('{device}', gen_random_uuid(), gen_random_uuid()) returning 1",
            "his name under a deed": "insert into audit_event (actor, action) values (gen_random_uuid(), 'x')"
            " returning 1",
            "edit the trail": "update audit_event set action = 'nothing' returning 1",
            "cut the trail": "delete from audit_event returning 1",
            "draw in a customer": "insert into member (scope, record_id, kind, state)"
            " select scope, '{abroad}', 1, 1 from member limit 1 returning 1",
            "move a customer": "update member set scope = scope returning 1",
            "take over a scope": "update scope set key = 'own:{me}' where key like '%elsewhere' returning 1",
            "open a scope": "insert into scope (key) values ('brand:elsewhere') returning id",
            "pin a customer": "insert into pin (scope, record_id, used_at) values (1, '{abroad}', now()) returning 1",
            "write a fragment": "update fragment set body = body returning body",
            "forge a lens": "update wall_lens set groups = array_append(groups, '{group}') returning 1",
            "publish a policy": "insert into policy (version, document) values (99, '{{}}') returning 1",
            "taken e-mail": "insert into contact_point (kind, normalised, customer_id)"
            " values ('phone', '+33612345601', '{mine}') on conflict do nothing returning 1",
            "upsert": "insert into fragment (record_id, grp, body) values ('{abroad}', '{group}', '')"
            " on conflict (record_id, grp) do update set body = fragment.body returning body",
            "upsert of a scope": "insert into scope (key) values ('brand:elsewhere')"
            " on conflict (key) do update set key = excluded.key returning id",
        },
    ),
    *_attacks(
        "truth",
        {
            "existence": "select exists (select from member where record_id = '{abroad}')",
            "count of others": "select count(*) from member where record_id = '{abroad}'",
            "count of a hidden value": "select count(*) from fragment where record_id = '{abroad}'",
            "existence by error": "select count(*) from (select 1 / (case when record_id = '{abroad}' then 0"
            " else 1 end) from member) x where false or 0 = 1",
            "grant": "grant select on pin to public;;select has_table_privilege('public', 'pin', 'select')",
            "row policies off": "set local row_security = off;;select count(*) from fragment",
        },
    ),
    # -- another role or another standing --------------------------------------------------------------
    *_attacks(
        "words",
        {
            "upward": "set local role {officer};;select body from fragment",
            "upward, columns": "set local role {officer};;select given_name, phone, email from customer",
            "sideways": "set local role {manager};;select body from fragment",
            "to the engine": "set local role {engine};;select * from customer",
            "to the engine's indexes": "set local role {engine};;select normalised from contact_point",
            "to the engine, writing": "set local role {engine};;update customer set brand = brand returning *",
            "engine with a made-up pass": "set local role {engine};;"
            "select set_config('comptoir.standing', 'pass." + "0" * 64 + "', true);;select * from customer",
            "engine with its digest": "set local role {engine};;"
            "select set_config('comptoir.standing', (select substring(qual from '''([0-9a-f]{{64}})''')"
            " from pg_policies where policyname = 'wall_engine' limit 1), true);;select * from customer",
            "to the gate": "set local role {gate};;select password_hash from associate",
            "to the keeper": "set local role {keeper};;select facts from audit_event",
            "role by setting": "select set_config('role', '{officer}', true);;select body from fragment",
            "engine by setting": "select set_config('role', '{engine}', true);;select * from customer",
            "reset role": "reset role;;select * from customer",
            "role none": "set local role none;;select body from fragment",
            "session authorization": "set session authorization '{owner}';;select * from customer",
            "own login": "set session authorization '{app}';;select * from customer",
            "role of the cluster": "set local role pg_read_all_data;;select * from customer",
            "wider scopes": _STANDING.replace("{what}", "{forged}") + ";;select body from fragment",
            "a colleague's standing": _STANDING.replace("{what}", "{lent}") + ";;select body from fragment",
            "a colleague's standing and role": _STANDING.replace("{what}", "{lent}")
            + ";;set local role {manager};;select body from fragment where grp like 'notes@own%'",
            "an old standing": _STANDING.replace("{what}", "{stale}") + ";;select body from fragment",
            "a seal of nothing": _STANDING.replace("{what}", "{unsealed}") + ";;select body from fragment",
            "files with own groups": "set local role {files};;"
            + _STANDING.replace("{what}", "{unsealed}")
            + ";;select body from fragment",
            "own standing under files": "set local role {files};;select body from fragment",
            "no standing": _STANDING.replace("{what}", "") + ";;select body from fragment",
            "garbage": _STANDING.replace("{what}", "AB.zz") + ";;select body from fragment",
            "own search path": "set local search_path = pg_temp, public;;select body from fragment",
            "cheap function first": "set local enable_seqscan = off;;"
            "select record_id from fragment where body::int > 0",
        },
    ),
    # -- changing the wall -------------------------------------------------------------------------------
    *_attacks(
        "done",
        {
            "switch policies off": "alter table fragment disable row level security",
            "unforce": "alter table fragment no force row level security",
            "drop a policy": "drop policy wall_callers_select on fragment",
            "loosen a policy": "alter policy wall_callers_select on fragment using (true)",
            "add a policy": "create policy mine on fragment using (true)",
            "grant a role": "grant {officer} to {app}",
            "grant everything": "grant pg_read_all_data to {app}",
            "bypass": "alter role {engine} bypassrls",
            "superuser": "alter role {app} superuser",
            "make a role": "create role somebody superuser",
            "make a login": "create user somebody password 'x'",
            "own a table": "alter table customer owner to {app}",
            "reassign": "reassign owned by \"{owner}\" to {app}",
            "replace a function": "create or replace function wall_open(me text) returns text language sql"
            " as $$ select '' $$",
            "definer function": "create function public.mine() returns setof text language sql security definer"
            " as $$ select given_name from customer $$",
            "temporary function": "create function pg_temp.mine(text) returns boolean language plpgsql cost 0.0001"
            " as $$ begin raise notice '%', $1; return true; end $$",
            "trigger": "create trigger mine before insert on customer for each row"
            " execute function name_life_on_write()",
            "rule": "create rule mine as on insert to scope do also select 1",
            "view": "create view mine as select * from customer",
            "materialized view": "create materialized view mine as select * from customer",
            "table": "create table mine as select * from customer",
            "temporary table": "create temp table customer (id uuid)",
            "select into": "select * into mine from customer",
            "schema": "create schema mine",
            "extension": "create extension if not exists dblink",
            "language": "create language plpython3u",
            "foreign server": "create foreign data wrapper mine",
            "publication": "create publication mine for all tables",
            "event trigger": "create event trigger mine on ddl_command_end execute function name_life_on_write()",
            "operator": "create operator === (leftarg = text, rightarg = text, function = texteq)",
            "cast": "create cast (text as uuid) with inout as implicit",
            "system setting": "alter system set log_statement = 'all'",
            "database setting": "alter database \"{database}\" set row_security = off",
            "default privileges": "alter default privileges for role \"{owner}\" grant select on tables to public",
            "log statements": "set local log_statement = 'all'",
            "copy out": "copy customer to '/tmp/mine'",
            "copy to a program": "copy fragment to program 'cat'",
            "copy in": "copy customer from '/etc/passwd'",
            "import a file": "select lo_import('/etc/passwd')",
            "export a file": "select lo_export(1, '/tmp/mine')",
            "truncate": "truncate member",
            "lock": "lock table wall in access share mode",
            "drop": "drop table customer",
            "comment": "comment on table customer is 'mine'",
            "replication slot": "select pg_create_logical_replication_slot('mine', 'pgoutput')",
            "stop others": "select pg_terminate_backend(pid) from pg_stat_activity where usename = '{owner}'",
            "reload": "select pg_reload_conf()",
            "rotate the log": "select pg_rotate_logfile()",
            "reset statistics": "select pg_stat_reset()",
            "restate": "select wall_restate()",
            "vouch": "select wall_vouches('{{}}')",
        },
    ),
)  # fmt: skip
