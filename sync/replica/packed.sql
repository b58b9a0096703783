-- Version 3. Records as a first download brought them: one row each, deflated against the dictionary of their
-- part. At its first change a record is unpacked into `fragment`; no record is in both.
create table packed (
    n integer primary key,
    record_id blob not null unique,
    part integer not null,          -- packed_part.n
    heads blob not null,            -- msgpack: [group's number, revision, bytes] of each fragment
    bodies blob not null,
    generation integer not null
);
create table packed_part (
    n integer primary key,
    groups blob not null,           -- msgpack: names by number
    dictionary blob not null
);

-- The search index of most lines, packed; and the records of which it does not speak, or no longer rightly.
create table search_segment (
    n integer primary key,
    body blob not null              -- msgpack of sync.search_segment.Segment
);
create table uncovered (
    record_id blob primary key
) without rowid;

-- Only the buried are looked for by their scope.
drop index member_scope;
create index member_buried on member (record_id) where scope = '';

-- Lines are small: one tree instead of two.
alter table summary rename to summary_before;
create table summary (
    record_id blob primary key,
    line blob not null              -- msgpack of sync.summary.Summary
) without rowid;
insert into summary (record_id, line) select record_id, line from summary_before order by record_id;
drop table summary_before;
