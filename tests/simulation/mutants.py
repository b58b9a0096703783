"""Defects of one line each, planted to see whether the simulation notices: the list, as text to be replaced.

A mutant whose text is no longer in the product fails the run: the list stays true.
"""

from schemas.record import Struct

FEED = "server.replication.feed"
TOKEN = "server.replication.token"
BATCH = "server.replication.batch"
KNOWN = "server.replication.known"
TABLET_PUSH = "server.replication.tablet_push"
JUDGING = "server.replication.judging"
PUBLISHING = "server.replication.publishing"
RECENT = "server.replication.recent"
LIVES = "server.replication.lives"
CONFLICTS = "server.replication.conflicts"
ERASURES = "server.replication.erasures"
RECORDS = "sync.replica.records"
OUTBOX = "sync.replica.outbox"
PULLED = "sync.replica.pull"
PUSHED = "sync.replica.push"
STORE = "sync.replica.store"
ENGINE = "sync.replica.engine"
TAIL = "sync.replica.tail"
REDUCER = "sync.reducer"
RULES = "sync.merge_rules"
MACHINES = "sync.state_machine"
CONSENT = "schemas.consent"


class Change(Struct, frozen=True):
    """A text of a module, and what stands there instead."""

    module: str
    old: str
    new: str
    times: int = 1  # how often the text is there; all of them are replaced


class Mutant(Struct, frozen=True):
    """One defect."""

    name: str
    changes: tuple[Change, ...]


def _one(name: str, module: str, old: str, new: str, times: int = 1) -> Mutant:
    return Mutant(name=name, changes=(Change(module=module, old=old, new=new, times=times),))


_VISIBLE = "not pg_visible_in_snapshot(m.xid, $2::text::pg_snapshot)"
_SAME_TOKEN = "same and asked_with is not None and asked_with == store.meta.progress.token"
_KEY = "(m.record_id, m.scope) > ($3::uuid, $4::int)"

MUTANTS: tuple[Mutant, ...] = (
    # the nine that the design was simulated against
    _one(
        "the cursor is the highest number handed out",
        FEED,
        "m.xid >= pg_snapshot_xmin($2::text::pg_snapshot)",
        "m.xid >= pg_snapshot_xmax($2::text::pg_snapshot)",
    ),
    _one(
        "a walk claims the snapshot of its last page",
        FEED,
        'stream.target or found[0]["snapshot"]',
        'found[0]["snapshot"]',
    ),
    _one(
        "a walk goes by a position that moves",
        FEED,
        f"{_VISIBLE}\n        and {_KEY}",
        f"{_VISIBLE}\n        and (m.xid, m.record_id) > (xid of the key, $3::uuid)",
    ),
    Mutant(
        name="what comes last is applied, not what is newest",
        changes=(
            Change(
                module=RECORDS,
                old="where excluded.rev > fragment.rev or fragment.generation < excluded.generation",
                new="where 1",
            ),
            Change(module=PULLED, old=_SAME_TOKEN, new="same"),  # else nothing old is let in at all
        ),
    ),
    _one(
        "who comes back brings only what changed",
        FEED,
        "(not pg_visible_in_snapshot(p.moved, $2::text::pg_snapshot)\n"
        "         or not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot))",
        "not pg_visible_in_snapshot(held.xid, $2::text::pg_snapshot)",
    ),
    _one(
        "no receipt is looked at",
        BATCH,
        "if (receipt := self.known.receipts.get(envelope.mutation_id)) is not None:",
        "if (receipt := None) is not None:",
    ),
    _one(
        "no fence is looked at",
        TABLET_PUSH,
        "if request.caller.fence < fence and not await",
        "if False and not await",
    ),
    Mutant(
        name="a reply may cross an epoch",
        changes=(
            Change(
                module=PULLED,
                old="same = held is not None and held.epoch == stated.epoch",
                new="same = held is not None",
            ),
            Change(module=PULLED, old=_SAME_TOKEN, new="same"),
            Change(
                module=RECORDS,
                old="if row.scope not in scopes or row.record_id in buried:",
                new="if row.record_id in buried:",
            ),
            Change(module=RECORDS, old="            if fragment.group in groups\n", new=""),
            Change(
                module="schemas.protocol",
                old="if held is None or held.name != said.name:",
                new="if held is None:",
            ),
        ),
    ),
    _one(
        "what was lost is only purged with the role",
        PULLED,
        "if held is None or (held.scopes, held.groups, held.levels) != (",
        "if held is None or (held.role, held.role, held.role) != (entitlement.role,) * 3 and () != (",
    ),
    # the tablet: rows
    _one("rows beside the feed come however late", PULLED, _SAME_TOKEN, "same"),
    _one("what was looked up is not told", PULLED, "looked=progress.looked or reply.life", "looked=None"),
    _one(
        "the other's word is told whatever he may read",
        PUSHED,
        "outbox.forget_unreadable(store.connection, lens)",
        "pass",
    ),
    Mutant(
        name="a late row moves somebody back",
        changes=(
            Change(
                module=RECORDS,
                old="where excluded.rev >= member.rev or member.generation < excluded.generation",
                new="where 1",
            ),
            Change(module=PULLED, old=_SAME_TOKEN, new="same"),
        ),
    ),
    _one(
        "departures are remembered for ever",
        PULLED,
        "            records.forget_departures(store.connection)\n",
        "",
    ),
    _one(
        "the week of own words outlives an erasure",
        PULLED,
        "    tail.forget(store.connection, fresh)\n",
        "",
    ),
    _one(
        "what a whole walk did not show stays",
        RECORDS,
        'connection.execute("delete from member where generation < ? and scope <> ?",'
        " (generation, _TOMBSTONE))",
        "pass",
    ),
    _one(
        "lost groups stay",
        RECORDS,
        "for group in groups:\n        lost |=",
        "for group in ():\n        lost |=",
    ),
    _one(
        "lost scopes stay",
        RECORDS,
        "for scope in scopes:\n        lost |=",
        "for scope in ():\n        lost |=",
    ),
    _one(
        "who is in no scope any more stays",
        RECORDS,
        "    if scopes:\n        _drop_homeless(connection)",
        "    pass",
    ),
    _one(
        "departures leave their values",
        RECORDS,
        '"delete from fragment where record_id in (select record_id from member gone where state <> 1"',
        '"delete from fragment where 0 and record_id in (select record_id from member gone where state <> 1"',
    ),
    # the tablet: the queue
    _one(
        "a twin goes on under the same name",
        PUSHED,
        "incarnation=new_incarnation, fence=0, answered=0",
        "fence=0, answered=0",
    ),
    _one(
        "a lost history is heard, and its tail forgotten",
        TAIL,
        "kept = \"state not in ('queued', 'erased')\"",
        "kept = \"state = 'parked'\"",
    ),
    _one(
        "a refused edit vanishes",
        OUTBOX,
        "    OutcomeStatus.REDIRECTED,\n)",
        "    OutcomeStatus.REDIRECTED,\n    OutcomeStatus.REFUSED,\n)",
    ),
    _one(
        "a repeated verdict is taken for applied",
        OUTBOX,
        'return OutcomeStatus(outcome.detail.get("status", OutcomeStatus.APPLIED))',
        "return OutcomeStatus.APPLIED",
    ),
    _one(
        "what became of an edit later is not told",
        PULLED,
        "if outbox.conclude(store.connection, outcome):",
        "if False:",
    ),
    _one(
        "a late page is taken for this one",
        PULLED,
        "if request.token != progress.token or request.caller.incarnation != store.identity.incarnation:",
        "if False:",
    ),
    _one(
        "one page a round is enough",
        ENGINE,
        "more = moved and (page.more or page.reconcile is not None)",
        "more = False",
    ),
    _one(
        "the tail is not sent again",
        PULLED,
        "change.touched |= tail.send_again(store.connection)",
        "pass",
    ),
    _one(
        "the tail keeps what may not be read",
        TAIL,
        "return all(lens.reads(field) for field in fields)",
        "return True",
    ),
    # the tablet: disk and clock
    _one(
        "rows and token are not one transaction",
        STORE,
        "            with transaction(self.connection):\n                yield change",
        "            if True:\n                yield change",
    ),
    _one(
        "memory is not rolled back with the file",
        STORE,
        "        except BaseException:\n            self.meta.forget_kept()",
        "        except BaseException:\n            pass",
    ),
    _one(
        "an edit takes its instant from the wall",
        STORE,
        "uuid7(hlc_ms_of(reading), self._entropy(10))",
        "uuid7(now, self._entropy(10))",
    ),
    Mutant(
        name="the tablet believes its clock",
        changes=(
            Change(module=STORE, old="offset_ms=entitlement.now - wall_ms)", new="offset_ms=0)"),
            Change(
                module=STORE,
                old="reading = max(self.meta.clock.reading, pack(entitlement.now, 0))",
                new="reading = self.meta.clock.reading",
            ),
        ),
    ),
    _one(
        "an author quotes no revision",
        STORE,
        "base={path: seen[path] for path in paths if path in seen},",
        "base={},",
    ),
    # the rules
    _one(
        "a removal takes more than was seen",
        REDUCER,
        "left = sorted(each for each in held.pop(element, ()) if _tag(UUID(each)) not in seen)",
        "left = [] if held.pop(element, ()) else []",
    ),
    _one(
        "an addition forgets the others",
        REDUCER,
        "held[element] = sorted({*held.get(element, ()), _tag(said.mid)})",
        "held[element] = [_tag(said.mid)]",
    ),
    _one(
        "a withdrawn note keeps its text",
        REDUCER,
        '{**note, "text": "", "withdrawn": True} if note["note_id"] == str(mutation.note_id) else note',
        '{**note, "text": "", "withdrawn": True}',
    ),
    _one(
        "a grant answers every withdrawal",
        CONSENT,
        "answered.update(event.knows)",
        "answered.update(standing)",
    ),
    _one(
        "what was seen counts as unseen",
        RULES,
        "if current is None or current.rev <= seen or (own and hlc >= current.hlc):",
        "if current is None or current.rev < seen:",
    ),
    _one(
        "a person's own earlier word is a stranger's",
        RULES,
        "if current is None or current.rev <= seen or (own and hlc >= current.hlc):",
        "if current is None or current.rev <= seen:",
    ),
    # the server: judging
    _one(
        "everybody may write everything",
        JUDGING,
        "if lens.levels.get(field, Level.HIDDEN) < needed:",
        "if False:",
    ),
    _one(
        "everybody reaches everybody",
        BATCH,
        "if survivor is None or (survivor.customer_id not in self.known.reach and not survivor.is_new):",
        "if survivor is None:",
    ),
    _one("an erased person can be edited", BATCH, "if record_id in self.known.erased:", "if False:"),
    _one(
        "a value that gives way is not kept",
        JUDGING,
        "lost = (Lost(path=path, value=standing, stamp=current, lost_to=said.mid),)",
        "lost = ()",
    ),
    _one(
        "a value that loses is not kept",
        JUDGING,
        "lost=() if isinstance(mutation, RemoveEntry) else (mine,),",
        "lost=(),",
    ),
    _one(
        "an edit of a merged customer stays behind",
        KNOWN,
        "if state is None or state.alias_of is None:",
        "if True:",
    ),
    _one(
        "a decision is not told to the tablet",
        CONFLICTS,
        "        if decided:\n            status",
        "        if False:\n            status",
    ),
    # promises
    _one(
        "a promise stays where it was",
        MACHINES,
        "if _standing_turn(machine, other) > _standing_turn(machine, one):",
        "if False:",
    ),
    _one(
        "what is put off stays on its day",
        MACHINES,
        "if _part_turn(other, part) > _part_turn(one, part):",
        "if False:",
    ),
    _one(
        "what is taken up again is in its first round",
        MACHINES,
        '"round": move.round, "why"',
        '"round": 0, "why"',
    ),
    # erasure
    _one(
        "nobody writes down who has forgotten",
        ERASURES,
        "from erasure where record_id = any($3) on conflict do nothing",
        "from erasure where false and record_id = any($3) on conflict do nothing",
    ),
    _one(
        "a tablet does not say that it has forgotten",
        PULLED,
        "store.meta.progress = msgspec.structs.replace(progress, erase_ack=tuple(acknowledged))",
        "pass",
    ),
    # the server: publishing
    _one(
        "the feed is not touched",
        PUBLISHING,
        "    if record_ids:\n        await connection.execute(",
        "    if False:\n        await connection.execute(",
    ),
    _one(
        "revisions stand still",
        PUBLISHING,
        "set rev = fragment.rev + 1, xid = pg_current_xact_id(), body = excluded.body",
        "set rev = fragment.rev, xid = pg_current_xact_id(), body = excluded.body",
    ),
    _one(
        "a fragment keeps the number of its first writer",
        PUBLISHING,
        "set rev = fragment.rev + 1, xid = pg_current_xact_id(), body = excluded.body",
        "set rev = fragment.rev + 1, body = excluded.body",
    ),
    _one(
        "nobody ever leaves a store",
        PUBLISHING,
        "leaving += [(key, state.customer_id) for key in state.scopes_before - now]",
        "leaving += []",
    ),
    _one(
        "nobody ever comes back to a store",
        PUBLISHING,
        "entering += [(key, state.customer_id) for key in now - state.scopes_before]",
        "entering += [(key, state.customer_id) for key in now if state.is_new]",
    ),
    # the server: pages and tokens
    _one(
        "a lost history is told once, whether it is heard or not",
        "server.replication.tablet_pull",
        "remembered(boot).forget(caller)",
        "pass",
    ),
    _one(
        "masked values travel in clear",
        "server.replication.fragments",
        "masked = {field: mask(field, value) for field, value in held.items()}",
        "masked = held",
    ),
    _one(
        "what was gained is not sent",
        TOKEN,
        "if missing := tuple(sorted(visible - covered)):",
        "if missing := ():",
    ),
    _one(
        "a round claims its latest end",
        TOKEN,
        "groups=tuple(sorted(groups)), base=streams[0].base)",
        "groups=tuple(sorted(groups)), base=streams[-1].base)",
    ),
    _one("numbers are trusted across a crash", TOKEN, "xmax = min(int(high), floor)", "xmax = int(high)"),
    _one(
        "a walk begins anew after a crash",
        LIVES,
        "base=clamp_snapshot(stream.base, floor), target=target)",
        "base=clamp_snapshot(stream.base, floor), target=None, key=None)",
    ),
    _one(
        "a token outlives the log it was read from",
        LIVES,
        'or held.lsn > row["log_end"]:',
        "or False:",
    ),
    _one(
        "any life of the database will do",
        LIVES,
        'if row is None or row["floor"] is None or not row["same"]',
        'if row is None or row["floor"] is None',
    ),
    _one(
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
