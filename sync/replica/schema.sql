-- Version 1 of the tablet's store. One file holds what one person on one tablet may have.
-- No foreign keys: rows arrive in any order. Rowid tables: fat rows without one made the file 2.4 times larger.

-- The server's word, one row per record and field group. Never edited here.
create table fragment (
    n integer primary key,
    record_id blob not null,
    grp text not null,
    rev integer not null,
    body blob not null,             -- JSON of schemas.protocol.FragmentBody, as it came
    generation integer not null,    -- the walk that last showed it; a reconcile sweeps what was not shown
    unique (record_id, grp)
);

-- Where records stand in the scopes of this person. Departures are kept: a late reply must not undo them.
create table member (
    record_id blob not null,
    scope text not null,
    kind text not null,
    state integer not null,         -- schemas.protocol.MemberState
    rev integer not null,
    into_id blob,
    generation integer not null,
    primary key (record_id, scope)
) without rowid;
create index member_scope on member (scope);
create index member_gone on member (record_id) where state <> 1;

-- Edits of this person in the order they were made. Only `queued` ones are part of a draft.
create table outbox (
    n integer primary key autoincrement,
    seq integer unique,             -- number within the incarnation; null once answered
    mutation_id blob not null unique,
    record_id blob not null,
    op text not null,
    args blob not null,
    base blob not null,             -- JSON: path -> revision seen
    hlc integer not null,
    policy_version integer not null,
    app_version text not null,
    author text not null,
    at integer not null,            -- wall milliseconds by the tablet
    state text not null default 'queued',  -- queued, refused, conflict, parked, erased
    code text,
    detail blob                     -- JSON: what the server said besides the code
);
create index outbox_record on outbox (record_id) where state = 'queued';
create index outbox_state on outbox (state, n);

-- One line per customer, drafts applied: what lists show and search reads.
create table summary (
    record_id blob primary key,
    line blob not null              -- msgpack of sync.replica.summary.Summary
);

create table recent (
    record_id blob primary key,
    at integer not null             -- wall milliseconds of the last look at the card
);
create index recent_at on recent (at);

create table meta (
    name text primary key,
    value blob not null             -- msgpack
) without rowid;
