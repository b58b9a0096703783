-- Version 4. What a first download brought lies in blocks of records that follow each other by id, so that a
-- store of twenty thousand customers is filled with some hundred rows. No two blocks span the same ids; no
-- record is in a block and in `fragment`. Heads, bodies and lines are bound (sync/sheaf.py) in the order of ids.
create table block (
    n integer primary key,
    first blob not null unique,     -- no record of it has an id before this
    part integer not null,          -- packed_part.n
    generation integer not null,
    ids blob not null,              -- of 16 bytes each
    lines blob not null,            -- the line of each customer; empty, or one in `summary` comes before it
    heads blob not null,            -- msgpack: [group's number, revision, bytes] of each fragment
    bodies blob not null            -- of each record, deflated together
);
insert into block (first, part, generation, ids, lines, heads, bodies)
    select record_id, part, generation, record_id, x'', heads, bodies from packed order by record_id;
drop table packed;
