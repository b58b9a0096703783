"""How a read of people is counted, as SQL: for statements above the wall, and for a function within it."""

from typing import Final

HOUR: Final = "date_trunc('hour', now(), 'UTC')"
DAY: Final = "date_trunc('day', now(), 'UTC')"
PLACES: Final = 4


def counting(person: str, customers: str, condition: str, *, reads: str = "1", together: bool = False) -> str:
    """Return SQL of ``with`` parts that count reads of customers by a person, under a condition.

    Args:
        reads: how many it is.
        together: counted with reads of others, who may not wait for a transaction of his that takes longer:
            such reads have places of their own.
    """
    place = f"{PLACES if together else 0} + pg_backend_pid() % {PLACES}"
    return f"""
    fresh as (
        insert into extraction_person (person, day, customer_id)
        select {person}::uuid, {DAY}::date, each from unnest({customers}::uuid[]) as each
        where {condition} on conflict do nothing returning 1),
    counted as (
        insert into extraction as e (person, since, place, reads, people)
        select {person}::uuid, {HOUR}, {place}, {reads}, (select count(*) from fresh)
        where {condition}
        on conflict (person, since, place) do update
          set reads = e.reads + excluded.reads, people = e.people + excluded.people)
    """  # noqa: S608 (the text put in is ours)
