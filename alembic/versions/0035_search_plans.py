"""Words that must all be there are looked up by a plan made once, and words of a beginning one by one.

Locks: none that anybody waits for; three functions are replaced.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_WITHIN = """exists (
        select from member m where m.record_id = <holder>.customer_id and m.state = 1
          and m.scope = any(array(select id from scope where key = any(keys))))"""
# The same, asked of each: a planner that knows no words would rather read all members of a scope.
_EACH_WITHIN = """(
        select true from member m where m.record_id = <holder>.customer_id and m.state = 1
          and m.scope = any(array(select id from scope where key = any(keys))) limit 1)"""
_ONCE = "set plan_cache_mode = force_generic_plan set enable_seqscan = off"
_HEAD = "language plpgsql stable security definer set search_path = public, pg_temp"
_SIGNATURE = "find_by_words(groups text[], after uuid, keys text[], most int, in_order boolean)"
_MOST_GROUPS = 5


_TOGETHER = """
  if cardinality(groups) = <count> and <or not>in_order then
    return query
      with near as materialized (select s.customer_id from customer_search s where <tests>)
      select near.customer_id from near where near.customer_id > after
        and <near within>
      <in their order> limit most;
    return;
  end if;"""


def _together(groups: int, *, in_order: bool) -> str:
    """Return the branch for so many groups of words: few hold one of each, whatever the words are."""
    tests = (f"s.tokens && string_to_array(groups[{place}], ' ')" for place in range(1, groups + 1))
    return (
        _TOGETHER.replace("<count>", str(groups))
        .replace("<or not>", "" if in_order else "not ")
        .replace("<tests>", " and ".join(tests))
        .replace("<in their order>", "order by near.customer_id" if in_order else "")
    )


def _written(statement: str) -> str:
    """Return a statement with its parts in their places."""
    branches = (
        _together(groups, in_order=in_order)
        for groups in range(2, _MOST_GROUPS + 1)
        for in_order in (True, False)
    )
    written = (
        statement.replace("<find by words>", _SIGNATURE)
        .replace("<head>", _HEAD)
        .replace("<planned once>", _ONCE)
        .replace("<branches>", "".join(branches))
    )
    for holder, within in (("near", _EACH_WITHIN), ("holders", _EACH_WITHIN), ("s", _WITHIN)):
        written = written.replace(f"<{holder} within>", within.replace("<holder>", holder))
    return written


NOW = (
    """
create or replace function <find by words>
returns setof uuid <head> rows 20 <planned once> as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;<branches>
  -- Planned for this very word: how rare it is decides the way through the index.
  return query execute format(
    'select s.customer_id from customer_search s where s.tokens && string_to_array(($1)[1], '' '')'
    ' and s.customer_id > $2 and exists ('
    'select from member m where m.record_id = s.customer_id and m.state = 1'
    ' and m.scope = any(array(select id from scope where key = any($3)))) %s limit $4',
    case when in_order then 'order by s.customer_id' else '' end) using groups, after, keys, most;
end $$
""",
    """
create or replace function words_held(words text[], keys text[], most int)
returns setof text <head> <planned once> as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  return query
    select asked.token from unnest(words) with ordinality as asked(token, place)
    cross join lateral (
      with holders as materialized (
        select s.customer_id from customer_search s where s.tokens @> array[asked.token])
      select from holders where <holders within> limit 1) as held
    order by asked.place limit most;
end $$
""",
    """
create or replace function words_held_from(first text, past text, keys text[], most int)
returns setof text <head> <planned once> as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  return query
    select t.token from name_token t
    cross join lateral (
      with holders as materialized (
        select s.customer_id from customer_search s where s.tokens @> array[t.token])
      select from holders where <holders within> limit 1) as held
    where t.token >= first and t.token < past
    order by t.token limit most;
end $$
""",
)
BEFORE = (
    """
create or replace function <find by words>
returns setof uuid <head> rows 1000 as $$
declare
  tests text := '';
begin
  if not wall_reads_names(keys) then
    return;
  end if;
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
create or replace function words_held(words text[], keys text[], most int)
returns setof text <head> as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  return query
    select asked.token from unnest(words) with ordinality as asked(token, place)
    where exists (
      select from customer_search s where s.tokens @> array[asked.token]
        and <s within>)
    order by asked.place limit most;
end $$
""",
    """
create or replace function words_held_from(first text, past text, keys text[], most int)
returns setof text <head> as $$
begin
  if not wall_reads_names(keys) then
    return;
  end if;
  return query
    select t.token from name_token t
    where t.token >= first and t.token < past and exists (
      select from customer_search s where s.tokens @> array[t.token]
        and <s within>)
    order by t.token limit most;
end $$
""",
)


_CONTACT = "alter function find_by_contact(text[], text[], text[], int)"


def upgrade() -> None:
    for statement in NOW:
        op.execute(_written(statement))
    op.execute(f"{_CONTACT} set plan_cache_mode = force_generic_plan")


def downgrade() -> None:
    op.execute(f"{_CONTACT} reset plan_cache_mode")
    for statement in BEFORE:
        op.execute(_written(statement))
