-- Version 2. Edits that were answered lately: sent again should the server lose the days that followed.
create table answered (
    n integer primary key,          -- the place it had in the outbox
    mutation_id blob not null unique,
    record_id blob not null,
    op text not null,
    args blob not null,
    base blob not null,
    hlc integer not null,
    policy_version integer not null,
    app_version text not null,
    author text not null,
    at integer not null,
    answered_at integer not null    -- wall milliseconds by the tablet
);
create index answered_record on answered (record_id);
create index answered_age on answered (answered_at);
-- Written in a shape that is no longer read; the next sync states it again.
delete from meta where name in ('entitlement', 'progress');
