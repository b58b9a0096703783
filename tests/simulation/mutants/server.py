"""Defects of the server's half: judging, publishing, pages and tokens."""

from tests.simulation.mutants.mutant import Change, Mutant, one

FEED = "server.replication.feed"
TOKEN = "server.replication.token"
BATCH = "server.replication.batch"
TABLET_PUSH = "server.replication.tablet_push"
TABLET_PULL = "server.replication.tablet_pull"
KNOWN = "server.replication.known"
JUDGING = "server.replication.judging"
PUBLISHING = "server.replication.publishing"
RECENT = "server.replication.recent"
LIVES = "server.replication.lives"
CONFLICTS = "server.replication.conflicts"
ERASURES = "server.replication.erasures"
RECORDS = "sync.replica.records"

_VISIBLE = "not pg_visible_in_snapshot(m.xid, $2::text::pg_snapshot)"
_KEY = "(m.record_id, m.scope) > ($3::uuid, $4::int)"

SERVER: tuple[Mutant, ...] = (
    # among the nine that the design was simulated against
    one(
        "the cursor is the highest number handed out",
        FEED,
        "m.xid >= pg_snapshot_xmin($2::text::pg_snapshot)",
        "m.xid >= pg_snapshot_xmax($2::text::pg_snapshot)",
    ),
    one(
        "a walk claims the snapshot of its last page",
        FEED,
        'stream.target or found[0]["snapshot"]',
        'found[0]["snapshot"]',
    ),
    one(
        "a walk goes by a position that moves",
        FEED,
        f"{_VISIBLE}\n        and {_KEY}",
        f"{_VISIBLE}\n        and (m.xid, m.record_id) > (xid of the key, $3::uuid)",
    ),
    one(
        "who comes back brings only what changed",
        FEED,
        "(not pg_visible_in_snapshot(p.moved, $2::text::pg_snapshot)\n"
        "         or not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot))",
        "not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot)",
    ),
    one(
        "what a lost server was told of the erased is not asked again",
        TABLET_PULL,
        "unsaid = await still_to_forget(connection, principal)",
        "unsaid = []",
    ),
    one(
        "no receipt is looked at",
        BATCH,
        "if (receipt := self.known.receipts.get(envelope.mutation_id)) is not None:",
        "if (receipt := None) is not None:",
    ),
    one(
        "no fence is looked at",
        TABLET_PUSH,
        "if request.caller.fence < fence and not await",
        "if False and not await",
    ),
    # the server: judging
    one(
        "everybody may write everything",
        JUDGING,
        "if lens.levels.get(field, Level.HIDDEN) < needed:",
        "if False:",
    ),
    one(
        "everybody reaches everybody",
        BATCH,
        "if survivor is None or (survivor.customer_id not in self.known.reach and not survivor.is_new):",
        "if survivor is None:",
    ),
    one("an erased person can be edited", BATCH, "if record_id in self.known.erased:", "if False:"),
    one(
        "a value that gives way is not kept",
        JUDGING,
        "lost = (Lost(path=path, value=standing, stamp=current, lost_to=said.mid),)",
        "lost = ()",
    ),
    one(
        "a value that loses is not kept",
        JUDGING,
        "lost=() if isinstance(mutation, RemoveEntry) else (mine,),",
        "lost=(),",
    ),
    one(
        "an edit of a merged customer stays behind",
        KNOWN,
        "if state is None or state.alias_of is None:",
        "if True:",
    ),
    one(
        "a decision is not told to the tablet",
        CONFLICTS,
        "        if decided:\n            status",
        "        if False:\n            status",
    ),
    # erasure
    one(
        "nobody writes down who has forgotten",
        ERASURES,
        "from erasure where record_id = any($3) on conflict do nothing",
        "from erasure where false and record_id = any($3) on conflict do nothing",
    ),
    # the server: publishing
    one(
        "the feed is not touched",
        PUBLISHING,
        "    if record_ids:\n        await connection.execute(",
        "    if False:\n        await connection.execute(",
    ),
    one(
        "revisions stand still",
        PUBLISHING,
        "set rev = fragment.rev + 1, xid = pg_current_xact_id(), body = excluded.body",
        "set rev = fragment.rev, xid = pg_current_xact_id(), body = excluded.body",
    ),
    one(
        "a fragment keeps the number of its first writer",
        PUBLISHING,
        "set rev = fragment.rev + 1, xid = pg_current_xact_id(), body = excluded.body",
        "set rev = fragment.rev + 1, body = excluded.body",
    ),
    one(
        "nobody ever leaves a store",
        PUBLISHING,
        "leaving += [(key, state.customer_id) for key in state.scopes_before - now]",
        "leaving += []",
    ),
    one(
        "nobody ever comes back to a store",
        PUBLISHING,
        "entering += [(key, state.customer_id) for key in now - state.scopes_before]",
        "entering += [(key, state.customer_id) for key in now if state.is_new]",
    ),
    # the server: pages and tokens
    one(
        "a lost history is told once, whether it is heard or not",
        "server.replication.tablet_pull",
        "remembered(boot).forget(caller)",
        "pass",
    ),
    one(
        "masked values travel in clear",
        "server.replication.fragments",
        "masked = {field: mask(field, value) for field, value in held.items()}",
        "masked = held",
    ),
    one(
        "what was gained is not sent",
        TOKEN,
        "if missing := tuple(sorted(visible - covered)):",
        "if missing := ():",
    ),
    one(
        "a round claims its latest end",
        TOKEN,
        "groups=tuple(sorted(groups)), base=streams[0].base)",
        "groups=tuple(sorted(groups)), base=streams[-1].base)",
    ),
    one("numbers are trusted across a crash", TOKEN, "xmax = min(int(high), floor)", "xmax = int(high)"),
    one(
        "a walk begins anew after a crash",
        LIVES,
        "base=clamp_snapshot(stream.base, floor), target=target)",
        "base=clamp_snapshot(stream.base, floor), target=None, key=None)",
    ),
    one(
        "a token outlives the log it was read from",
        LIVES,
        'or held.lsn > row["log_end"]:',
        "or False:",
    ),
    one(
        "any life of the database will do",
        LIVES,
        'if row is None or row["floor"] is None or not row["same"]',
        'if row is None or row["floor"] is None',
    ),
    one(
        "a row that passed is passed over with its values",
        FEED,
        "told = (stream.groups, record_id) in carried",
        "told = bool(carried)",
    ),
    Mutant(
        name="a change before the last is not told",
        changes=(
            Change(module=RECENT, old="if seen.holds(int(before)):", new="if True:"),
            Change(module=RECORDS, old="!= packed_patches.sum", new="== b''"),
        ),
    ),
)
