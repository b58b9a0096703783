"""Defects of the tablet's half of sync: rows, the queue, disk and clock, erasure."""

from tests.simulation.mutants.mutant import Change, Mutant, one

RECORDS = "sync.replica.records"
OUTBOX = "sync.replica.outbox"
PULLED = "sync.replica.pull"
PUSHED = "sync.replica.push"
STORE = "sync.replica.store"
ENGINE = "sync.replica.engine"
TAIL = "sync.replica.tail"

_SAME_TOKEN = "same and asked_with is not None and asked_with == progress.token"

TABLET: tuple[Mutant, ...] = (
    # among the nine that the design was simulated against
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
    one(
        "what was lost is only purged with the role",
        PULLED,
        "if held is None or (held.scopes, held.groups, held.levels) != (",
        "if held is None or (held.role, held.role, held.role) != (entitlement.role,) * 3 and () != (",
    ),
    # the tablet: rows
    one("rows beside the feed come however late", PULLED, _SAME_TOKEN, "same"),
    one(
        "rows of two lives of the database are mixed",
        PULLED,
        "same = same and (life is None or progress.looked in (None, life))",
        "pass",
    ),
    one("what was looked up is not told", PULLED, "looked=progress.looked or life", "looked=None"),
    one(
        "a page under way answers for what came beside it",
        PULLED,
        "looked=None if request == store.asked",
        "looked=None if request.looked == progress.looked",
    ),
    one(
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
    one(
        "departures are remembered for ever",
        PULLED,
        "            records.forget_departures(store.connection)\n",
        "",
    ),
    one(
        "the week of own words outlives an erasure",
        PULLED,
        "    tail.forget(store.connection, fresh)\n",
        "",
    ),
    one(
        "what a whole walk did not show stays",
        RECORDS,
        'connection.execute("delete from member where generation < ? and scope <> ?",'
        " (generation, _TOMBSTONE))",
        "pass",
    ),
    one(
        "lost groups stay",
        RECORDS,
        "for group in groups:\n        lost |=",
        "for group in ():\n        lost |=",
    ),
    one(
        "lost scopes stay",
        RECORDS,
        "for scope in scopes:\n        lost |=",
        "for scope in ():\n        lost |=",
    ),
    one(
        "who is in no scope any more stays",
        RECORDS,
        "    if scopes:\n        _drop_homeless(connection)",
        "    pass",
    ),
    one(
        "departures leave their values",
        RECORDS,
        '"delete from fragment where record_id in (select record_id from member gone where state <> 1"',
        '"delete from fragment where 0 and record_id in (select record_id from member gone where state <> 1"',
    ),
    # the tablet: the queue
    one(
        "a twin goes on under the same name",
        PUSHED,
        "incarnation=new_incarnation, fence=0, answered=0",
        "fence=0, answered=0",
    ),
    one(
        "a lost history is heard, and its tail forgotten",
        TAIL,
        "kept = \"state not in ('queued', 'erased')\"",
        "kept = \"state = 'parked'\"",
    ),
    one(
        "a refused edit vanishes",
        OUTBOX,
        "    OutcomeStatus.REDIRECTED,\n)",
        "    OutcomeStatus.REDIRECTED,\n    OutcomeStatus.REFUSED,\n)",
    ),
    one(
        "a repeated verdict is taken for applied",
        OUTBOX,
        'return OutcomeStatus(outcome.detail.get("status", OutcomeStatus.APPLIED))',
        "return OutcomeStatus.APPLIED",
    ),
    one(
        "what became of an edit later is not told",
        PULLED,
        "if outbox.conclude(store.connection, outcome):",
        "if False:",
    ),
    one(
        "a late page is taken for this one",
        PULLED,
        "if request.token != progress.token or request.caller.incarnation != store.identity.incarnation:",
        "if False:",
    ),
    one(
        "one page a round is enough",
        ENGINE,
        "more = moved and (page.more or page.reconcile is not None)",
        "more = False",
    ),
    one(
        "the tail is not sent again",
        PULLED,
        "change.touched |= tail.send_again(store.connection)",
        "pass",
    ),
    one(
        "an answer that met a third word is a question of its own",
        OUTBOX,
        "elif status == OutcomeStatus.CONFLICT and row[1] == RESOLVE:",
        "elif False:",
    ),
    one(
        "what was asked before the first page is not asked again",
        PULLED,
        "if request.token is None and (asked := tail.ask_again(store.connection)):",
        "if asked := None:",
    ),
    one(
        "what was answered before the first page is not kept",
        PUSHED,
        "if outbox.is_quiet(outcome):",
        "if outbox.is_quiet(outcome) and store.lens is not None:",
    ),
    one(
        "the tail keeps what may not be read",
        TAIL,
        "return all(lens.reads(field) for field in fields)",
        "return True",
    ),
    # the tablet: disk and clock
    one(
        "rows and token are not one transaction",
        STORE,
        "            with transaction(self.connection):\n                yield change",
        "            if True:\n                yield change",
    ),
    one(
        "memory is not rolled back with the file",
        STORE,
        "        except BaseException:\n            self.meta.forget_kept()",
        "        except BaseException:\n            pass",
    ),
    one(
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
    one(
        "an author quotes no revision",
        STORE,
        "base={path: seen[path] for path in paths if path in seen},",
        "base={},",
    ),
    # erasure
    one(
        "a tablet does not say that it has forgotten",
        PULLED,
        "store.meta.progress = msgspec.structs.replace(progress, erase_ack=tuple(acknowledged))",
        "pass",
    ),
)
