"""One run: a story told by a scheduler that owns time, line and disk, and checked as it goes."""

import contextlib
import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.ids import id_from, uuid7
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    CreateCustomer,
    Envelope,
    LogTouchpoint,
    Mutation,
    PutEntry,
    RecordConsent,
    RemoveElement,
    RemoveEntry,
    ResolveConflict,
    SetField,
    WithdrawNote,
    WriteNote,
)
from schemas.protocol import LookReply, LookRequest, PullReply, PullRequest, PushReply, PushRequest, encode
from schemas.record import Channel, Struct
from schemas.staff import Role
from schemas.visibility import Level
from server.problems import Refusal
from server.replication.feed import OnStandby
from server.replication.token import _cut, open_token, unpack_snapshot
from sync.digest import digest
from sync.replica import outbox, records
from sync.replica.database import StoreFull
from sync.replica.engine import LOOK, Exchange
from sync.replica.pull import apply_look, apply_page
from sync.replica.push import settle
from sync.replica.transport import RequestRejected, ServerUnreachable
from tests.simulation import oracle
from tests.simulation.disk import PowerCut
from tests.simulation.house import BRAND, CUSTOMERS, OFFICE, STORES, TOKEN_KEY, House, in_memory
from tests.simulation.memory import Blocked, Transaction
from tests.simulation.replica import TEN_YEARS_MS, Held, Replica, Sent
from tests.simulation.story import Step, draw

ROLES = (
    Role.SELLER,
    Role.STORE_MANAGER,
    Role.CALL_CENTRE,
    Role.LOYALTY_MANAGER,
    Role.ZONE_MANAGER,
    Role.ADMINISTRATOR,
    Role.HEAD_OFFICE_CRM,
    Role.PRIVACY_OFFICER,
)
CONSENT = f"{BRAND}/sms/marketing"
AFTER = {"conflict": ("applied", "merged")}  # what a person may make of a verdict
MOST_REPLICAS = 5
ROUNDS_TO_QUIET = 3


class Violation(AssertionError):
    """A promise was broken; the text says which."""


class Result(Struct):
    """What a run came to."""

    seed: int
    steps: int
    hash: str
    faults: dict[str, int]
    broken: tuple[str, ...] = ()


class _OpenTransaction:
    def __init__(
        self, at: Transaction, replica: Replica | None, asked: Exchange | None, reply: bytes
    ) -> None:
        self.at = at
        self.replica = replica
        self.asked = asked
        self.reply = reply
        self.then: Callable[[], None] = lambda: None


class Simulation:
    """The world of one seed."""

    def __init__(self, house: House | None = None) -> None:
        self.house = house or House(page_bytes=1)
        self.ledger: list[str] = []
        self.transcript = hashlib.blake2b(digest_size=16)
        self.told: list[str] = []
        self.faults: Counter[str] = Counter()
        self.open: list[_OpenTransaction] = []
        self.words = 0
        self.verdicts: dict[UUID, str] = {}
        self.created: list[UUID] = []
        self.erased: set[UUID] = set()
        self._kept = 0
        self.cursors: dict[tuple[str, UUID], tuple[UUID, dict[tuple[int, bytes], int]]] = {}
        self.replicas: list[Replica] = []
        self._open_house()

    # Telling a story

    def tell(self, story: Sequence[Step]) -> None:
        """Carry out the steps, let everything come to rest, and let the oracle judge.

        Raises:
            Violation: a promise was broken.
        """
        for number, step in enumerate(story):
            self.house.now_ms += 1 + step.c % 90_000
            self._note(f"{number} {step}")
            getattr(self, f"do_{step.name}")(step.a, step.b, step.c)
        self.come_to_rest()
        broken = oracle.judge(self.ledger, self.dump(), self._files())
        if broken:
            raise Violation("oracle: " + "; ".join(sorted(broken)[:12]))

    def come_to_rest(self) -> None:
        """End what is open, mend what is broken, and sync until nothing moves; then all must agree."""
        while self.open:
            self._finish(self.open[0], commit=True)
        self.house.memory.standby = False
        for _ in range(ROUNDS_TO_QUIET):
            for replica in self.replicas:
                replica.give_up()
                self._whole_round(replica)
        for replica in self.replicas:
            self._check_quiet(replica)

    # People at the tablet

    def do_edit(self, a: int, b: int, c: int) -> None:
        self._edit(self._replica(a), self._customer(b), b, c)

    def do_dismiss(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        for problem in replica.store.problems()[:1]:
            replica.store.dismiss(problem.mutation_id)
            self._write(said="dismissed", file=replica.name, mid=str(problem.mutation_id))

    def do_resolve(self, a: int, _b: int, c: int) -> None:
        replica = self._replica(a)
        open_ones = [each for each in replica.store.problems() if "conflict_id" in each.detail]
        if not open_ones:
            return
        problem = open_ones[0]
        conflict_id = UUID(problem.detail["conflict_id"])
        keep = ("mine", "theirs")[c % 2]
        mutation = ResolveConflict(conflict_id=conflict_id, keep=keep)
        for _ in range(1 + (c >> 1) % 2):
            envelope = replica.store.submit(problem.record_id, mutation, wall_ms=replica.wall_ms())
            self._wrote(
                replica, envelope.mutation_id, problem.record_id, {"kind": "resolve", "field": "email"}
            )
        self._fault("conflict_resolved_twice" if (c >> 1) % 2 else "conflict_resolved")

    def do_look(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        held = self._look(replica, self._customer(b))
        if held is not None:
            self._late(replica, held)

    def do_look_reply_late(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        held = self._look(replica, self._customer(b))
        if held is not None:
            replica.late.append(held)
            self._fault("look_reply_late")

    # The line

    def do_send(self, a: int, _b: int, _c: int) -> None:
        self._send(self._replica(a))

    def do_arrive(self, a: int, _b: int, _c: int) -> None:
        self._arrive(self._replica(a))

    def do_round(self, a: int, _b: int, _c: int) -> None:
        self._whole_round(self._replica(a))

    def do_request_lost(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._ask(replica) and replica.reply is None and not replica.waiting:
            replica.give_up()
            self._fault("request_lost")

    def do_reply_lost(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica):
            kind = "push" if replica.ask().reply is PushReply else "pull"
            replica.give_up()
            self._fault(f"{kind}_reply_lost")

    def do_push_rolled_back(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if (
            self._ask(replica)
            and replica.ask().reply is PushReply
            and replica.reply is None
            and not replica.waiting
        ):
            served = self._serve(replica, replica.ask())
            if served is not None:
                served[1].rollback()
                self._fault("push_lost_before_commit")
            replica.give_up()

    def do_request_twice(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica):
            first = replica.reply
            again = self._answer(replica, replica.ask())
            if again is not None:
                replica.reply = again if b % 2 else first
                self._fault("request_duplicated")

    def do_reply_late(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica) and replica.reply is not None:
            replica.late.append(Held(sent=replica.sent[-1], content=replica.reply))
            kind = "push" if replica.ask().reply is PushReply else "pull"
            replica.give_up()
            self._fault(f"{kind}_reply_delayed")

    def do_late_reply_arrives(self, a: int, b: int, c: int) -> None:
        replica = self._replica(a)
        if replica.late:
            held = replica.late[b % len(replica.late)]
            self._late(replica, held)
            if c % 3:
                replica.late.remove(held)
                self._fault("late_reply_arrived")
            else:
                self._fault("late_reply_repeated")

    def do_old_request_again(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        if replica.sent:
            sent = replica.sent[b % len(replica.sent)]
            content = self._answer(replica, sent.asked)
            if content is not None:
                replica.late.append(Held(sent=sent, content=content))
                self._fault("requests_reordered")

    def do_reply_cut(self, a: int, b: int, _c: int) -> None:
        self._garble(a, "reply_truncated", lambda content: content[: b % max(1, len(content))])

    def do_reply_corrupted(self, a: int, b: int, _c: int) -> None:
        self._garble(
            a, "reply_corrupted", lambda content: b"\xc1" + bytes(each ^ b & 255 for each in content)
        )

    def do_captive_portal(self, a: int, _b: int, _c: int) -> None:
        self._garble(a, "html_instead_of_reply", lambda _content: b"<html>Welcome!</html>", kind="text/html")

    def do_wrong_type(self, a: int, _b: int, _c: int) -> None:
        self._garble(a, "reply_of_wrong_type", lambda content: content, kind="application/json")

    def do_server_busy(self, a: int, _b: int, _c: int) -> None:
        self._garble(a, "admission_refused", lambda _content: b"", status=503, serve=False)

    def do_rejected(self, a: int, _b: int, _c: int) -> None:
        problem = b'{"type":"x","title":"x","status":401,"code":"not_signed_in"}'
        self._garble(
            a,
            "signed_out",
            lambda _content: problem,
            status=401,
            kind="application/problem+json",
            serve=False,
        )

    # The tablet itself

    def do_crash_before_apply(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica):
            self._fault("crash_before_apply" if replica.ask().reply is PullReply else "crash_before_settling")
            replica.restart()

    def do_crash_while_applying(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica):
            self._cut(replica, b % 25, "crash_while_applying", lambda: self._arrive(replica))

    def do_crash_after_apply(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica):
            more = self._arrive(replica)
            self._fault("crash_at_page_boundary" if more else "crash_after_apply")
            replica.restart()

    def do_crash_while_saving(self, a: int, b: int, c: int) -> None:
        replica = self._replica(a)
        self._cut(replica, b % 9, "crash_while_saving", lambda: self._edit(replica, self._customer(b), b, c))

    def do_disk_full_while_saving(self, a: int, b: int, c: int) -> None:
        replica = self._replica(a)
        self._fill(
            replica, b % 4, "disk_full_while_saving", lambda: self._edit(replica, self._customer(b), b, c)
        )

    def do_disk_full_while_applying(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._send(replica):
            self._fill(replica, b % 12, "disk_full_while_applying", lambda: self._arrive(replica))

    def do_backup_made(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        replica.backups = [*replica.backups[-2:], replica.disk.copy()]

    def do_backup_restored(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        if replica.backups:
            before = set(replica.outbox())
            replica.put_back(replica.backups[b % len(replica.backups)])
            self._write(said="copied", file=replica.name)
            lost = before - set(replica.outbox())
            self._write(said="lost with the disk", file=replica.name, mids=sorted(map(str, lost)))
            self._forget_cursor(replica)
            self._fault("tablet_backup_restored")

    def do_tablet_cloned(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if len(self.replicas) < MOST_REPLICAS:
            twin = self._open_replica(replica.code, replica.device)
            twin.put_back(replica.disk.copy())
            self._write(said="copied", file=replica.name)
            self._write(said="copied", file=twin.name)
            self._fault("tablet_cloned")

    def do_clock_ten_years_ahead(self, a: int, _b: int, _c: int) -> None:
        self._replica(a).skew_ms = TEN_YEARS_MS
        self._fault("clock_ten_years_ahead")

    def do_clock_ten_years_behind(self, a: int, _b: int, _c: int) -> None:
        self._replica(a).skew_ms = -TEN_YEARS_MS
        self._fault("clock_ten_years_behind")

    def do_clock_jumps_back(self, a: int, b: int, _c: int) -> None:
        self._replica(a).skew_ms -= b * 1000
        self._fault("clock_jumps_back")

    def do_clock_right_again(self, a: int, _b: int, _c: int) -> None:
        self._replica(a).skew_ms = 0

    def do_person_switched(self, _a: int, _b: int, _c: int) -> None:
        if len(self.replicas) < MOST_REPLICAS and all(each.code != "luc" for each in self.replicas):
            self._open_replica("luc", "lyon")
            self._fault("person_switched")

    def do_app_upgraded(self, a: int, b: int, _c: int) -> None:
        replica = self._replica(a)
        replica.app_version = f"1.{b % 4}"
        replica.restart()
        self._fault("app_version_changed")

    # Rights

    def do_role_changed(self, a: int, b: int, _c: int) -> None:
        self._become(self._replica(a).code, role=ROLES[b % len(ROLES)])
        self._fault("role_changed")

    def do_role_flap(self, a: int, b: int, c: int) -> None:
        replica = self._replica(a)
        before = self.house.people[replica.code].role
        self._become(replica.code, role=ROLES[b % len(ROLES)])
        if c % 2:
            self._whole_round(replica)
        self._become(replica.code, role=before)
        self._fault("role_flap")

    def do_stores_changed(self, a: int, b: int, _c: int) -> None:
        choices = (("lyon",), ("nice",), ("lyon", "nice"), ("paris",), ())
        self._become(self._replica(a).code, stores=choices[b % len(choices)])
        self._fault("stores_changed")

    def do_tablet_transferred(self, a: int, b: int, _c: int) -> None:
        device = self.house.devices[self._replica(a).device]
        device.store = STORES[b % len(STORES)]
        device.epoch += 1
        self._tell_device(self._replica(a).device)
        self._fault("tablet_transferred")

    def do_policy_changed(self, _a: int, b: int, c: int) -> None:
        role = ROLES[b % 5]
        fields = (("town",), ("phone",), ("likes", "sizes"), ("email",), ("payment_preference",))[c % 5]
        level = Level((b >> 4) % 4)
        self._office(lambda at: self.house.publish_policy(at, role, fields, level))
        self._write(said="policy", role=role.value, fields=list(fields), level=int(level))
        self._fault("policy_changed")

    # Head office

    def do_office_edit(self, _a: int, b: int, c: int) -> None:
        self._office_edit(self._customer(b), c)

    def do_move(self, _a: int, b: int, c: int) -> None:
        record_id = self._customer(b)
        mutation = SetField(field="home_store", value=STORES[c % len(STORES)])
        facts = {"kind": "move", "field": "home_store", "value": mutation.value}
        self._office_submit(record_id, mutation, facts)

    def do_pins_expire(self, a: int, _b: int, _c: int) -> None:
        device = self._replica(a).device
        if self._office(lambda at: self.house.unpin(at, device)):
            self._fault("pins_expired")

    def do_customer_merged(self, _a: int, b: int, c: int) -> None:
        self._merge(self._customer(b), self._customer(c), "customer_merged")

    def do_merge_chain(self, _a: int, b: int, c: int) -> None:
        first, second, third = (self._customer(each) for each in (b, b + 1, b + 2))
        if self._merge(first, second, "customer_merged") and self._merge(second, third, "customer_merged"):
            self._fault("merge_chain")

    def do_customer_unmerged(self, _a: int, b: int, _c: int) -> None:
        rows = self.house.memory.table("customer")
        merged = sorted(key for key, row in rows.items() if row["alias_of"])
        if merged:
            self._office(lambda at: self.house.unmerge(at, merged[b % len(merged)]))
            self._fault("customer_unmerged")

    def do_customer_erased(self, _a: int, b: int, _c: int) -> None:
        record_id = self._customer(b)
        if len(self.erased) >= 4 or record_id in self.erased:
            return
        gone = self._office(lambda at: self.house.erase(at, record_id))
        if not gone:
            return
        self.erased |= set(gone)
        self._write(said="erased", records=[str(each) for each in gone])
        self._fault("customer_erased")
        if any(replica.asked is not None for replica in self.replicas):
            self._fault("erasure_raced_a_round")

    # Transactions and PostgreSQL

    def do_transaction_held(self, _a: int, b: int, c: int) -> None:
        if len(self.open) < 3:
            self._office_edit(self._customer(b), c, hold=True)
            self._fault("long_transaction")

    def do_push_held(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if len(self.open) < 3 and self._ask(replica) and replica.reply is None and not replica.waiting:
            asked = replica.ask()
            served = self._serve(replica, asked) if asked.reply is PushReply else None
            if served is not None:
                reply, at = served
                self.open.append(_OpenTransaction(at, replica, asked, reply))
                replica.waiting = True
                self._fault("push_held_open")

    def do_finish(self, a: int, _b: int, _c: int) -> None:
        if self.open:
            self._finish(self.open[a % len(self.open)], commit=True)

    def do_transaction_aborted(self, a: int, _b: int, _c: int) -> None:
        if self.open:
            self._finish(self.open[a % len(self.open)], commit=False)
            self._fault("transaction_aborted")

    def do_postgres_crashed(self, _a: int, _b: int, _c: int) -> None:
        for each in list(self.open):
            self._finish(each, commit=False)
        self.house.crash()
        self._fault("boot_changed")

    def do_history_lost(self, _a: int, _b: int, _c: int) -> None:
        for each in list(self.open):
            self._finish(each, commit=False)
        self.house.restore_elsewhere()
        self._fault("history_lost")

    def do_server_backup_made(self, _a: int, _b: int, _c: int) -> None:
        if not self.open:
            self.house.backup()
            self._kept = len(self.ledger)

    def do_server_restored(self, _a: int, _b: int, _c: int) -> None:
        if not self._may_be_restored():
            return
        for each in list(self.open):
            self._finish(each, commit=False)
        if self.house.restore():
            self.verdicts = {}
            self._write(said="server restored")
            self._fault("server_restored")

    def _may_be_restored(self) -> bool:
        """The office's own acts would be lost with what tablets send again: not part of this story."""
        since = [json.loads(line) for line in self.ledger[self._kept :]]
        office = ("erased", "merged", "policy", "copied", "lost with the disk")
        return not any(line["said"] in office or line.get("file") == "office" for line in since)

    def do_standby_asked(self, a: int, _b: int, _c: int) -> None:
        replica = self._replica(a)
        if self._ask(replica) and replica.ask().reply is PullReply and replica.reply is None:
            self.house.memory.standby = True
            content = self._answer(replica, replica.ask())
            self.house.memory.standby = False
            if content is not None:
                raise Violation("a standby served the feed")
            replica.give_up()
            self._fault("standby_asked")

    # Edits that no sound app writes

    def do_poison_edit(self, a: int, b: int, c: int) -> None:
        args = (b"{", b'{"field":"town"}', b'{"field":"town","value":{"x":[1]}}', b"[]")[c % 4]
        self._plant(self._replica(a), self._customer(b), "field.set@1", args, "poison_edit")

    def do_unknown_edit(self, a: int, b: int, _c: int) -> None:
        self._plant(self._replica(a), self._customer(b), "visit.plan@9", b'{"day":"x"}', "unknown_edit")

    def do_stale_edit(self, a: int, b: int, _c: int) -> None:
        self._plant(
            self._replica(a),
            self._customer(b),
            "field.set@1",
            b'{"field":"town","value":"old"}',
            "stale_edit",
            age_ms=91 * 86_400_000,
        )

    # How it is done

    def _replica(self, number: int) -> Replica:
        return self.replicas[number % len(self.replicas)]

    def _customer(self, number: int) -> UUID:
        if number % 4 < 2:  # two of them are everybody's: edits shall meet
            return CUSTOMERS[number % 2]
        everybody = [*CUSTOMERS, *self.created]
        return everybody[(number >> 2) % len(everybody)]

    def _word(self) -> str:
        self.words += 1
        return f"w{self.words:06d}q"

    def _phone(self) -> str:
        self.words += 1
        return f"+336{self.words:08d}"

    def _write(self, **line: Any) -> None:
        self.ledger.append(json.dumps(line))

    def _note(self, line: str) -> None:
        self.transcript.update(line.encode())
        self.told.append(line)

    def _fault(self, name: str) -> None:
        self.faults[name] += 1
        self._note(f"  ! {name}")

    def _open_house(self) -> None:
        for code in self.house.people:
            if code != OFFICE:
                self._tell_person(code)
        for device in self.house.devices:
            self._tell_device(device)
        at = self.house.memory.begin()
        for number, customer in enumerate(CUSTOMERS):
            words = {
                "family_name": self._word(),
                "phone": self._phone(),
                "email": f"{self._word()}@canary.fr",
            }
            words["line1"] = self._word()
            store = STORES[number % 2]
            values = {
                "family_name": words["family_name"],
                "phone": words["phone"],
                "email": words["email"],
                "address": {"line1": words["line1"], "city": "Lyon"},
                "birth_date": "1980-04-12",
                "home_store": store,
            }
            mid = id_from("simulated-office", str(number))
            fields = {**words, "address": words["line1"]}
            del fields["line1"]
            self._write(
                said="wrote",
                mid=str(mid),
                file="office",
                person=OFFICE,
                record=str(customer),
                kind="create",
                field="family_name",
                key="",
                value=store,
                seen=[],
                words=list(words.values()),
                fields=fields,
            )
            self.house.edit(at, customer, CreateCustomer(values=values), mid)
        at.commit()
        for code, device in (("ines", "lyon"), ("marie", "lyon"), ("noe", "nice")):
            self._open_replica(code, device)

    def _open_replica(self, code: str, device: str) -> Replica:
        number = len(self.replicas)
        name = f"{code} on {device} {number}"
        person, tablet = self.house.people[code], self.house.devices[device]
        self._write(said="file", name=name, person=code, device=device)
        made = Replica(
            name,
            code=code,
            device=device,
            author=person.associate_id,
            device_id=tablet.device_id,
            shop=tablet.store,
            now=lambda: self.house.now_ms,
            number=number + 1,
        )
        self.replicas.append(made)
        return made

    def _tell_person(self, code: str) -> None:
        person = self.house.people[code]
        self._write(
            said="person",
            code=code,
            id=str(person.associate_id),
            role=person.role.value,
            stores=list(person.stores),
        )

    def _tell_device(self, name: str) -> None:
        device = self.house.devices[name]
        self._write(said="device", name=name, id=str(device.device_id), store=device.store)

    def _become(self, code: str, *, role: Role | None = None, stores: tuple[str, ...] | None = None) -> None:
        person = self.house.people[code]
        person.role = role or person.role
        person.stores = stores if stores is not None else person.stores
        person.epoch += 1
        self._tell_person(code)

    # Edits

    def _edit(self, replica: Replica, record_id: UUID, b: int, c: int) -> None:
        card = replica.store.card(record_id)
        made = self._mutation(replica, record_id, dict(card.values) if card else {}, b, c)
        if made is None:
            return
        record_id, mutation, facts = made
        try:
            envelope = replica.store.submit(record_id, mutation, wall_ms=replica.wall_ms())
        except ValueError as refused:
            self._note(f"  not taken: {refused}")
            return
        knew = any(envelope.base.values())
        met = replica.store.meta.entitlement is not None
        self._wrote(replica, envelope.mutation_id, record_id, {"knew": knew, "met": met, **facts})
        if isinstance(mutation, CreateCustomer):
            self.created.append(record_id)
        self._note(f"  {replica.name} wrote {facts['kind']} {facts.get('field')}")

    def _wrote(self, replica: Replica, mid: UUID, record_id: UUID, facts: dict[str, Any]) -> None:
        self._write(
            said="wrote",
            mid=str(mid),
            file=replica.name,
            person=replica.code,
            author=str(self.house.people[replica.code].associate_id),
            record=str(record_id),
            **{"key": "", "value": "", "seen": [], "words": [], "fields": {}, "field": "", **facts},
        )

    def _mutation(
        self, replica: Replica, record_id: UUID, values: dict[str, Any], b: int, c: int
    ) -> tuple[UUID, Mutation, dict[str, Any]] | None:
        match c % 16:
            case 0 | 1:
                field = ("town", "payment_preference", "language")[b % 3]
                if field == "language":
                    return record_id, SetField(field=field, value="fr"), {"kind": "plain", "field": field}
                return self._set(record_id, field, self._word())
            case 2 | 3:
                field = ("phone", "email", "given_name", "address")[b % 4]
                if field == "phone":
                    return self._set(record_id, field, self._phone())
                word = self._word()
                value: Any = {
                    "email": f"{word}@canary.fr",
                    "address": {"line1": word, "city": "Nice"},
                }.get(field, word)
                return self._set(record_id, field, value, word)
            case 4 | 5:
                field, element = (("likes", "bleu"), ("likes", "lin"), ("tags", "vip"))[b % 3]
                facts = {"kind": "add", "field": field, "key": element}
                return record_id, AddElement(field=field, element=element), facts
            case 6:
                field, element = (("likes", "bleu"), ("likes", "lin"), ("tags", "vip"))[b % 3]
                seen = (values.get(field) or {}).get(element) or []
                if not isinstance(seen, list):
                    return None
                removal = RemoveElement(field=field, element=element, seen=tuple(map(UUID, seen)))
                facts = {"kind": "remove", "field": field, "key": element, "seen": list(seen)}
                return record_id, removal, facts
            case 7 | 8:
                word = self._word()
                entry = PutEntry(field="sizes", key=("shoes", "top")[b % 2], value={"value": word})
                facts = {"kind": "put", "field": "sizes", "words": [word], "fields": {"sizes": word}}
                return record_id, entry, facts
            case 9:
                entry_gone = RemoveEntry(field="sizes", key=("shoes", "top")[b % 2])
                return record_id, entry_gone, {"kind": "drop", "field": "sizes"}
            case 10 | 11:
                return self._note_of(replica, record_id, b)
            case 12:
                mine = [
                    note
                    for note in values.get("notes") or ()
                    if note["author"] == str(self.house.people[replica.code].associate_id)
                ]
                if not mine:
                    return None
                note_id = mine[b % len(mine)]["note_id"]
                return (
                    record_id,
                    WithdrawNote(note_id=UUID(note_id)),
                    {"kind": "withdraw", "field": "notes", "key": note_id},
                )
            case 13:
                return self._consent(record_id, values, b)
            case 14:
                if b % 2:
                    points = b % 50 - 25
                    adjust = AdjustPoints(points=points, reason="geste")
                    return record_id, adjust, {"kind": "points", "field": "loyalty", "value": points}
                word = self._word()
                touchpoint = Touchpoint(
                    touchpoint_id=replica.store.new_id(replica.wall_ms()),
                    at=self.house.now_ms,
                    kind=TouchpointKind.CALL,
                    channel=Channel.STORE,
                    summary=word,
                )
                facts = {
                    "kind": "call",
                    "field": "touchpoints",
                    "words": [word],
                    "fields": {"touchpoints": word},
                }
                return record_id, LogTouchpoint(touchpoint=touchpoint), facts
            case _:
                if len(self.created) >= 4:
                    return None
                name, phone = self._word(), self._phone()
                create = CreateCustomer(values={"family_name": name, "phone": phone})
                facts = {
                    "kind": "create",
                    "field": "family_name",
                    "words": [name, phone],
                    "fields": {"family_name": name, "phone": phone},
                }
                return replica.store.new_id(replica.wall_ms()), create, facts

    def _set(
        self, record_id: UUID, field: str, value: Any, word: str | None = None
    ) -> tuple[UUID, Mutation, dict[str, Any]]:
        word = word or value
        facts = {"kind": "set", "field": field, "words": [word], "fields": {field: word}}
        return record_id, SetField(field=field, value=value), facts

    def _note_of(self, replica: Replica, record_id: UUID, b: int) -> tuple[UUID, Mutation, dict[str, Any]]:
        word, level = self._word(), list(NoteLevel)[b % 3]
        note_id = replica.store.new_id(replica.wall_ms())
        principal = self.house.principal(replica.code, replica.device)
        facts = {
            "kind": "note",
            "field": "notes",
            "key": str(note_id),
            "value": word,
            "level": level.value,
            "store": principal.device_store,
            "words": [word],
            "fields": {"notes": word},
        }
        return record_id, WriteNote(note_id=note_id, text=word, level=level), facts

    def _consent(
        self, record_id: UUID, values: dict[str, Any], b: int
    ) -> tuple[UUID, Mutation, dict[str, Any]]:
        state = ConsentState.GRANTED if b % 2 else ConsentState.WITHDRAWN
        held = values.get("consents")
        standing = held.get(CONSENT, {}).get("standing", []) if isinstance(held, dict) else []
        knows = list(standing) if state is ConsentState.GRANTED else []
        mutation = RecordConsent(
            brand=BRAND,
            channel=ContactChannel.SMS,
            purpose=Purpose.MARKETING,
            state=state,
            knows=tuple(map(UUID, knows)),
        )
        facts = {"kind": "consent", "field": "consents", "key": CONSENT, "value": state.value, "seen": knows}
        return record_id, mutation, facts

    def _plant(
        self, replica: Replica, record_id: UUID, op: str, args: bytes, fault: str, *, age_ms: int = 0
    ) -> None:
        """Put an edit into the outbox as another version of the app would have."""
        store = replica.store
        identity = store.identity
        mid = uuid7(self.house.now_ms - age_ms, replica.entropy(10))
        envelope = Envelope(
            seq=outbox.next_seq(store.connection, answered=identity.answered),
            mutation_id=mid,
            record_id=record_id,
            op=op,
            args=args,
        )
        queued = outbox.Queued(envelope=envelope, author=identity.author, at=self.house.now_ms)
        with store.change() as change:
            outbox.append(store.connection, queued)
            change.touched.add(record_id)
        self._write(
            said="wrote",
            mid=str(mid),
            file=replica.name,
            person=replica.code,
            record=str(record_id),
            kind=fault,
            field="town",
            key="",
            value="",
            seen=[],
            words=[],
            fields={},
        )
        self._fault(fault)

    # Head office's edits

    def _office_edit(self, record_id: UUID, c: int, *, hold: bool = False) -> None:
        match c % 5:
            case 0:
                _, mutation, facts = self._set(record_id, "town", self._word())
            case 1:
                _, mutation, facts = self._set(record_id, "phone", self._phone())
            case 2:
                points = c % 100
                mutation = AdjustPoints(points=points, reason="campagne")
                facts = {"kind": "points", "field": "loyalty", "value": points}
            case 3:
                mutation, facts = (
                    AddElement(field="tags", element="vip"),
                    {"kind": "add", "field": "tags", "key": "vip"},
                )
            case _:
                word = self._word()
                mutation = PutEntry(field="sizes", key="shoes", value={"value": word})
                facts = {"kind": "put", "field": "sizes", "words": [word], "fields": {"sizes": word}}
        self._office_submit(record_id, mutation, facts, hold=hold)

    def _office_submit(
        self, record_id: UUID, mutation: Mutation, facts: dict[str, Any], *, hold: bool = False
    ) -> None:
        mid = uuid7(self.house.now_ms, self.replicas[0].entropy(10) if self.replicas else bytes(10))
        self._write(
            said="wrote",
            mid=str(mid),
            file="office",
            person=OFFICE,
            record=str(record_id),
            **{"key": "", "value": "", "seen": [], "words": [], "fields": {}, **facts},
        )
        self._office(lambda at: self.house.edit(at, record_id, mutation, mid), hold=hold)

    def _merge(self, loser: UUID, winner: UUID, fault: str) -> bool:
        if {loser, winner} & self.erased:
            return False
        merged = bool(self._office(lambda at: self.house.merge(at, loser, winner)))
        if merged:
            self._write(said="merged", records=[str(loser), str(winner)])
            self._fault(fault)
        return merged

    def _office(self, work: Callable[[Transaction], Any], *, hold: bool = False) -> Any:
        while True:
            at = self.house.memory.begin()
            try:
                done = work(at)
            except Blocked as blocked:
                at.rollback()
                self._unblock(blocked)
                continue
            if hold:
                self.open.append(_OpenTransaction(at, None, None, b""))
            else:
                self._commit(at)
            return done

    # Serving

    def _ask(self, replica: Replica) -> bool:
        replica.ask()
        return True

    def _serve(self, replica: Replica, asked: Exchange) -> tuple[bytes, Transaction] | None:
        """Return the server's answer inside its open transaction; None when it refused to serve."""
        while True:
            at = self.house.memory.begin()
            try:
                reply = self.house.serve(replica.code, replica.device, asked.path, asked.body, at)
            except Blocked as blocked:
                at.rollback()
                self._unblock(blocked)
                continue
            except (Refusal, OnStandby) as refused:
                at.rollback()
                self._note(f"  not served: {refused!r}")
                return None
            self._check_served(replica, asked, reply, at)
            return reply, at

    def _answer(self, replica: Replica, asked: Exchange) -> bytes | None:
        served = self._serve(replica, asked)
        if served is None:
            return None
        reply, at = served
        self._commit(at)
        self._check_answer(replica, asked, reply)
        return reply

    def _send(self, replica: Replica) -> bool:
        """Have the request under way answered; return whether an answer is there."""
        if replica.waiting:
            return False
        if self._ask(replica) and replica.reply is None:
            replica.reply = self._answer(replica, replica.ask())
            if replica.reply is None:
                replica.give_up()
        return replica.reply is not None

    def _arrive(self, replica: Replica) -> bool:
        """Let the answer arrive; return whether the round goes on."""
        if not self._send(replica) or replica.reply is None:
            return False
        asked, content = replica.ask(), replica.reply
        return bool(self._taking(replica, asked, content, lambda: replica.take(content)))

    def _whole_round(self, replica: Replica) -> None:
        for _ in range(400):
            if not self._arrive(replica):
                return
        raise Violation(f"a round of {replica.name} does not end")

    def _taking(self, replica: Replica, asked: Exchange, content: bytes, take: Callable[[], Any]) -> Any:
        """Let a reply in and write down what the seller now takes for acknowledged."""
        before = replica.outbox()
        epoch = replica.store.meta.entitlement
        try:
            return take()
        finally:
            if asked.reply is PushReply:
                self._acknowledge(replica, before, content)
            if asked.reply is PullReply:
                self._check_cursor(replica, content)
            held = replica.store.meta.entitlement if not replica.disk.real.in_transaction else epoch
            if held is not None and (epoch is None or held.epoch != epoch.epoch):
                self._check_after_purge(replica)

    def _acknowledge(self, replica: Replica, before: dict[UUID, str], content: bytes) -> None:
        if replica.disk.real.in_transaction:
            return
        reply = msgspec.msgpack.decode(content, type=PushReply)
        after = replica.outbox()
        for outcome in reply.outcomes:
            mid = outcome.mutation_id
            if before.get(mid) == "queued" and after.get(mid) != "queued":
                status = outcome.detail["status"] if outcome.status == "duplicate" else str(outcome.status)
                self._write(said="acked", file=replica.name, mid=str(mid), status=status)

    def _look(self, replica: Replica, record_id: UUID) -> Held | None:
        request = LookRequest(caller=replica.store.caller(replica.wall_ms()), record_ids=(record_id,))
        asked = Exchange(path=LOOK, body=encode(request), reply=LookReply)
        sent = Sent(asked=asked, token=replica.store.meta.progress.token)
        content = self._answer(replica, asked)
        self._write(said="pinned", record=str(record_id), device=replica.device)
        return Held(sent=sent, content=content) if content is not None else None

    def _late(self, replica: Replica, held: Held) -> None:
        """Let a reply in beside the round."""
        asked, token = held.sent.asked, held.sent.token
        reply = msgspec.msgpack.decode(held.content, type=asked.reply)
        epoch = replica.store.meta.entitlement
        if epoch is not None and epoch.epoch != reply.entitlement.epoch:
            self._fault("reply_crossed_an_epoch")
        wall_ms = replica.wall_ms()

        def take() -> None:
            if asked.reply is PushReply:
                request = msgspec.msgpack.decode(asked.body, type=PushRequest)
                settle(
                    replica.store,
                    request,
                    reply,
                    asked_with=token,
                    wall_ms=wall_ms,
                    new_incarnation=UUID(bytes=replica.entropy(16)),
                )
            elif asked.reply is PullReply:
                request = msgspec.msgpack.decode(asked.body, type=PullRequest)
                apply_page(replica.store, request, reply, wall_ms=wall_ms)
            else:
                apply_look(replica.store, reply, asked_with=token, wall_ms=wall_ms)

        self._taking(replica, asked, held.content, take)
        self._check_buried(replica)

    def _garble(
        self,
        a: int,
        fault: str,
        change: Callable[[bytes], bytes],
        *,
        status: int = 200,
        kind: str = "application/msgpack",
        serve: bool = True,
    ) -> None:
        replica = self._replica(a)
        if replica.waiting:
            return
        self._ask(replica)
        content = b""
        if serve:
            if not self._send(replica):
                return
            content = replica.reply or b""
        try:
            replica.take(change(content), status=status, kind=kind)
        except (ServerUnreachable, RequestRejected):
            self._fault(fault)
        else:
            raise Violation(f"{fault}: the tablet took it for a reply")

    def _cut(self, replica: Replica, after: int, fault: str, work: Callable[[], Any]) -> None:
        replica.disk.failed = False
        replica.disk.cut_after = after
        with contextlib.suppress(PowerCut):
            work()
        replica.disk.cut_after = None
        if replica.disk.failed:
            replica.restart()
            self._fault(fault)

    def _fill(self, replica: Replica, after: int, fault: str, work: Callable[[], Any]) -> None:
        replica.disk.failed = False
        replica.disk.full_after = after
        with contextlib.suppress(StoreFull):
            work()
        replica.disk.full_after = None
        if replica.disk.failed:
            replica.give_up()
            self._fault(fault)
            if replica.disk.real.in_transaction:
                raise Violation("a full disk left a transaction open")

    def _commit(self, at: Transaction) -> None:
        if at.xid is not None and self.house.memory.committed and at.xid < max(self.house.memory.committed):
            self._fault("late_commit")
        at.commit()

    def _finish(self, held: _OpenTransaction, *, commit: bool) -> None:
        self.open.remove(held)
        if commit:
            self._commit(held.at)
        else:
            held.at.rollback()
        replica = held.replica
        if replica is None:
            return
        if commit and held.asked is not None:
            self._check_answer(replica, held.asked, held.reply)
        if replica.waiting and replica.asked is held.asked:
            replica.waiting = False
            if commit:
                replica.reply = held.reply
            else:
                replica.give_up()

    def _unblock(self, blocked: Blocked) -> None:
        self._finish(next(each for each in self.open if each.at is blocked.holder), commit=True)

    # Checks on the way

    def _check_served(self, replica: Replica, asked: Exchange, reply: bytes, at: Transaction) -> None:
        """No edit changes anybody but whom it names, or her survivor."""
        if asked.reply is PullReply:
            if any(each.at is not at for each in self.open):
                self._fault("pull_during_open_transaction")
            return
        if asked.reply is not PushReply:
            return
        request = msgspec.msgpack.decode(asked.body, type=PushRequest)
        named = {edit.record_id for edit in request.edits}
        for _ in range(16):
            rows = (at.get("customer", each) for each in named)
            named |= {row["alias_of"] for row in rows if row is not None and row["alias_of"]}
        strangers = set(at.writes.get("customer", ())) - named
        if strangers:
            raise Violation(f"I8: a push changed {len(strangers)} people it does not name")

    def _check_answer(self, replica: Replica, asked: Exchange, reply: bytes) -> None:
        """One verdict for each edit, always the same; cursors do not go back."""
        if asked.reply is PushReply:
            self._check_verdicts(msgspec.msgpack.decode(reply, type=PushReply))

    def _check_verdicts(self, reply: PushReply) -> None:
        for outcome in reply.outcomes:
            repeated = outcome.status == "duplicate"
            status = outcome.detail["status"] if repeated else str(outcome.status)
            first = self.verdicts.setdefault(outcome.mutation_id, status)
            if status not in AFTER.get(first, ()) and first != status:
                raise Violation(f"I3: an edit was {first} and then {status}")
            self._note(f"  {status} {outcome.code}{' again' if repeated else ''}")
            if repeated:
                continue
            for fault, met in (
                ("edit_met_erasure", status == "erased"),
                ("edit_met_merge", status == "redirected"),
                ("edit_met_conflict", status == "conflict"),
                ("edit_met_later_edit", status == "merged"),
                (
                    "edit_met_lost_right",
                    status == "refused" and outcome.code in ("role_changed", "field_not_allowed"),
                ),
                ("edit_met_departure", outcome.code == "customer_out_of_scope"),
            ):
                if met:
                    self._fault(fault)
        if reply.resend is not None:
            self._fault(f"resend_{reply.resend.why}")

    def _check_after_purge(self, replica: Replica) -> None:
        """Nothing outside the entitlement is in the file, not even for a moment."""
        entitlement = replica.store.meta.entitlement
        if entitlement is None:
            return
        groups = {row[0] for row in replica.disk.real.execute("select distinct grp from fragment")}
        if groups - set(entitlement.groups):
            raise Violation(f"I2: {replica.name} keeps {sorted(groups - set(entitlement.groups))}")

    def _check_cursor(self, replica: Replica, content: bytes) -> None:
        """A round does not end before the end of the one before it, save where history was lost."""
        if replica.disk.real.in_transaction or replica.store.meta.progress.token is None:
            return
        key = (replica.name, replica.store.identity.incarnation)
        principal = self.house.principal(replica.code, replica.device)
        assert principal.device_id is not None
        token = open_token(
            TOKEN_KEY, replica.store.meta.progress.token, principal.device_id, principal.associate_id
        )
        now = {
            (scope, group): end
            for stream in token.streams
            for end in (int(unpack_snapshot(stream.base).split(":")[1]),)
            for scope in stream.scopes
            for group in _cut(stream.groups)
        }
        boot, before = self.cursors.get(key, (token.boot, {}))
        reply = msgspec.msgpack.decode(content, type=PullReply)
        if reply.more:
            return
        lost = reply.reconcile is not None or replica.store.meta.progress.reconciling
        if boot == token.boot and not lost:
            back = [channel for channel in now.keys() & before.keys() if now[channel] < before[channel]]
            if back:
                raise Violation(f"I6: {replica.name} reads {len(back)} channels from before")
        self.cursors[key] = (token.boot, now)

    def _check_buried(self, replica: Replica) -> None:
        buried = replica.disk.real.execute(
            "select count(*) from fragment where record_id in (select record_id from member where scope = '')"
        ).fetchone()[0]
        if buried:
            raise Violation(f"I7: an erased person came back to {replica.name}")

    def _check_quiet(self, replica: Replica) -> None:
        expected = self.house.expected(replica.code, replica.device)
        held = replica.held()
        if held != expected:
            extra, missing = held - expected, expected - held
            raise Violation(
                f"I1: {replica.name} has {len(extra)} too many, {len(missing)} missing:"
                f" {sorted(map(str, [*extra, *missing]))[:4]}"
            )
        if replica.members() != self.house.expected_members(replica.code, replica.device):
            raise Violation(f"I1: {replica.name} has other people in its scopes than the server")
        if digest(records.fragments_held(replica.store.connection)) != digest(expected):
            raise Violation("I12: equal stores, other digests")
        if replica.store.pending():
            raise Violation(f"I5: {replica.name} still has edits waiting")
        self._check_buried(replica)
        replica.ask()
        content = self._answer(replica, replica.ask())
        replica.give_up()
        if content is not None and msgspec.msgpack.decode(content, type=PullReply).rows:
            raise Violation("I11: a pull with nothing new brought rows")

    def _forget_cursor(self, replica: Replica) -> None:
        self.cursors.pop((replica.name, replica.store.identity.incarnation), None)

    # For the oracle

    def dump(self) -> list[str]:
        """Return the server's tables as lines of JSON."""
        tables = self.house.memory.table
        scopes = {number: key for key, number in tables("scope").items()}
        lines: list[dict[str, Any]] = []
        for key, row in tables("customer").items():
            lines.append({"table": "customer", "id": key, "values": row["values"], "alias": row["alias_of"]})
        for mid, row in tables("receipt").items():
            lines.append(
                {
                    "table": "receipt",
                    "mid": mid,
                    "record": row["record_id"],
                    "status": row["status"],
                    "code": row["code"],
                }
            )
        for row in tables("field_past").values():
            lines.append(
                {"table": "past", "record": row["record_id"], "field": row["field"], "value": row["value"]}
            )
        for mid, row in tables("held_edit").items():
            lines.append({"table": "held", "mid": mid, "record": row["record_id"], "args": row["args"]})
        for row in tables("conflict").values():
            lines.append(
                {
                    "table": "conflict",
                    "mid": row["mutation_id"],
                    "record": row["record_id"],
                    "mine": row["mine"],
                    "theirs": row["theirs"],
                    "state": row["state"],
                }
            )
        for row in tables("member").values():
            lines.append(
                {
                    "table": "member",
                    "scope": scopes[row["scope"]],
                    "record": row["record_id"],
                    "state": row["state"],
                }
            )
        return [msgspec.json.encode(line).decode() for line in lines]

    def _files(self) -> dict[str, tuple[sqlite3.Connection, bytes]]:
        return {replica.name: (replica.disk.real, replica.disk.content()) for replica in self.replicas}


def play(seed: int, steps: int, *, story: Sequence[Step] | None = None) -> Result:
    """Run one seed, or the story given in its place."""
    told = draw(seed, steps) if story is None else story
    world, broken = live(told)
    return Result(
        seed=seed,
        steps=len(told),
        hash=world.transcript.hexdigest(),
        faults=dict(world.faults),
        broken=broken,
    )


def live(story: Sequence[Step]) -> tuple[Simulation, tuple[str, ...]]:
    """Tell a story to a new world; return the world and what was broken."""
    with in_memory():
        world = Simulation()
        return world, ending(world, story)


def ending(world: Simulation, story: Sequence[Step]) -> tuple[str, ...]:
    """Tell a story to a world and return what was broken."""
    try:
        world.tell(story)
    except Violation as violation:
        return (str(violation),)
    except Exception as error:  # a bug of the product or of the simulation: a failing seed all the same
        return (f"{type(error).__name__}: {error}",)
    return ()
