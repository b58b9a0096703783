"""The wall's own tables, and the doors through which customers are found by index.

A caller's role may not read the indexes themselves: they hold more than he may see. The functions look for
him. What they ask (``wall_vouches``, ``wall_restate``) says yes to everybody until the wall is raised, which
`server/database/wall.py` does after the migrations.

Locks: nothing that exists; tables and functions are new.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FUNCTIONS = (
    """
create function wall_vouches(keys text[]) returns text language sql stable as $$ select '' $$
""",
    """
create function wall_reads_names(keys text[]) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  role_asking text := wall_vouches(keys);
begin
  return role_asking is not null and (role_asking = '' or exists (
    select from wall_lens l where l.role = role_asking and l.fields @> '{given_name,family_name}'));
end $$
""",
    """
create function wall_restate() returns void language sql as $$ select $$
""",
    """
create function find_by_contact(kinds text[], forms text[], keys text[], most int)
returns setof uuid language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  role_asking text := wall_vouches(keys);
  searchable text[];
begin
  if role_asking is null then
    return;
  end if;
  if role_asking <> '' then
    select l.searchable into searchable from wall_lens l where l.role = role_asking;
  end if;
  return query
    select distinct p.customer_id
    from unnest(kinds, forms) as asked(kind, form)
    join contact_point p on p.kind = asked.kind and p.normalised = asked.form
    where (role_asking = ''
           or case asked.kind when 'card' then 'loyalty_card' else asked.kind end = any(searchable))
      and exists (
        select from member m
        where m.record_id = p.customer_id and m.state = 1
          and m.scope = any(array(select id from scope where key = any(keys))))
    order by p.customer_id limit most;
end $$
""",
    """
create function find_by_words(groups text[], after uuid, keys text[], most int, in_order boolean)
returns setof uuid language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  tests text := '';
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  -- Planned for these very words: how rare they are decides the way through the index.
  for place in 1 .. cardinality(groups) loop
    tests := tests || format('s.tokens && string_to_array(($1)[%s], '' '') and ', place);
  end loop;
  return query execute format(
    'select s.customer_id from customer_search s where %s s.customer_id > $2 and exists ('
    'select from member m where m.record_id = s.customer_id and m.state = 1'
    ' and m.scope = any(array(select id from scope where key = any($3)))) %s limit $4',
    tests, case when in_order then 'order by s.customer_id' else '' end) using groups, after, keys, most;
end $$
""",
    """
create function words_held(words text[], keys text[], most int)
returns setof text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  return query
    select asked.token from unnest(words) with ordinality as asked(token, place)
    where exists (
      select from customer_search s where s.tokens @> array[asked.token] and exists (
        select from member m where m.record_id = s.customer_id and m.state = 1
          and m.scope = any(array(select id from scope where key = any(keys)))))
    order by asked.place limit most;
end $$
""",
    """
create function words_held_from(first text, past text, keys text[], most int)
returns setof text language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  return query
    select t.token from name_token t
    where t.token >= first and t.token < past and exists (
      select from customer_search s where s.tokens @> array[t.token] and exists (
        select from member m where m.record_id = s.customer_id and m.state = 1
          and m.scope = any(array(select id from scope where key = any(keys)))))
    order by t.token limit most;
end $$
""",
)
DROPPED = (
    "words_held_from(text, text, text[], int)",
    "words_held(text[], text[], int)",
    "find_by_words(text[], uuid, text[], int, boolean)",
    "find_by_contact(text[], text[], text[], int)",
    "wall_restate()",
    "wall_reads_names(text[])",
    "wall_vouches(text[])",
)


def upgrade() -> None:
    op.create_table(
        "wall",
        sa.Column("only", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("key", postgresql.BYTEA(), nullable=False),
        sa.Column("inner_pad", postgresql.BYTEA(), nullable=False),
        sa.Column("outer_pad", postgresql.BYTEA(), nullable=False),
        sa.Column("stated", sa.Text(), nullable=False),
        sa.Column("policies", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_wall")),
    )
    op.create_table(
        "wall_lens",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("searchable", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("groups", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_wall_lens")),
    )
    for function in FUNCTIONS:
        op.execute(function)
    op.execute("alter function name_life() set search_path = public, pg_temp")
    op.execute("alter function name_life_on_write() set search_path = public, pg_temp")


def downgrade() -> None:
    for function in DROPPED:
        op.execute(f"drop function {function}")
    op.drop_table("wall_lens")
    op.drop_table("wall")
