"""Tablets, a server and everything that may happen between them: in the end all agree, and nothing leaked."""

import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.engagement import NoteLevel
from schemas.mutations import (
    AddElement,
    CreateCustomer,
    Mutation,
    PutEntry,
    RemoveElement,
    RemoveEntry,
    SetField,
    WriteNote,
)
from schemas.protocol import LookRequest, MemberState
from schemas.staff import Role
from sync.digest import digest
from sync.replica import records
from sync.replica.pull import apply_look, apply_page, next_pull
from sync.replica.push import next_push, settle
from tests.sync.replica.model_server import ModelServer
from tests.sync.replica.tablet import Tablet

CUSTOMERS = [UUID(int=i) for i in range(1, 6)]
SHOPS = ("lyon", "nice")
DEVICES = [UUID(int=90), UUID(int=91)]
ROLES = [Role.SELLER, Role.STORE_MANAGER, Role.CALL_CENTRE, Role.ADMINISTRATOR]

tablets = st.sampled_from([0, 1])
customers = st.sampled_from(CUSTOMERS)
shops = st.sampled_from(SHOPS)


class Retail(RuleBasedStateMachine):
    """Two tablets, two shops, five customers."""

    late: Bundle[tuple[int, str, Any, Any]] = Bundle("late")

    @initialize()
    def open_shops(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="comptoir-"))
        self.server = ModelServer(page_rows=2)
        self.numbers = iter(range(10_000, 10_000_000))
        for customer in CUSTOMERS:
            self.server.put_customer(
                customer,
                {"family_name": f"Nom{customer.int}", "phone": self._phone(), "address": {"city": "Canari"}},
                scopes=[f"store:{SHOPS[customer.int % 2]}"],
            )
        self.tablets = [
            Tablet(self.folder / f"{i}.db", self.server, device=device, stores=(SHOPS[i],), durable=False)
            for i, device in enumerate(DEVICES)
        ]
        self.submitted: set[UUID] = set()
        self.dismissed: set[UUID] = set()

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        try:
            self._settle_down()
            self._check_all_agree()
        finally:
            for tablet in self.tablets:
                tablet.store.close()
            shutil.rmtree(self.folder)

    # What people do

    @rule(
        i=tablets,
        customer=customers,
        field=st.sampled_from(["town", "language", "phone", "payment_preference", "given_name"]),
    )
    def set_field(self, i: int, customer: UUID, field: str) -> None:
        value = {"language": "fr", "phone": self._phone()}.get(field, f"mot{next(self.numbers)}")
        self._edit(i, customer, SetField(field=field, value=value))

    @rule(i=tablets, customer=customers, element=st.sampled_from(["bleu", "lin"]), add=st.booleans())
    def change_likes(self, i: int, customer: UUID, element: str, add: bool) -> None:
        if add:
            self._edit(i, customer, AddElement(field="likes", element=element))
            return
        card = self.tablets[i].store.card(customer)
        seen = (card.values.get("likes") or {}).get(element, ()) if card else ()
        mutation = RemoveElement(field="likes", element=element, seen=tuple(map(UUID, seen)))
        self._edit(i, customer, mutation)

    @rule(i=tablets, customer=customers, put=st.booleans())
    def change_sizes(self, i: int, customer: UUID, put: bool) -> None:
        value = {"value": str(next(self.numbers))}
        self._edit(
            i,
            customer,
            PutEntry(field="sizes", key="shoes", value=value)
            if put
            else RemoveEntry(field="sizes", key="shoes"),
        )

    @rule(i=tablets, customer=customers, level=st.sampled_from(list(NoteLevel)))
    def write_note(self, i: int, customer: UUID, level: NoteLevel) -> None:
        note_id = self.tablets[i].store.new_id(self.tablets[i].now)
        self._edit(i, customer, WriteNote(note_id=note_id, text=f"note {next(self.numbers)}", level=level))

    @rule(i=tablets)
    def create_customer(self, i: int) -> None:
        tablet = self.tablets[i]
        values = {"family_name": f"Neuf{next(self.numbers)}", "phone": self._phone()}
        self._edit(i, tablet.store.new_id(tablet.now), CreateCustomer(values=values))

    @rule(i=tablets)
    def dismiss(self, i: int) -> None:
        for problem in self.tablets[i].store.problems()[:1]:
            self.tablets[i].store.dismiss(problem.mutation_id)
            self.dismissed.add(problem.mutation_id)

    # What the line does

    @rule(i=tablets)
    def sync(self, i: int) -> None:
        self.tablets[i].sync()

    @rule(target=late, i=tablets)
    def push_and_hold_the_reply(self, i: int) -> tuple[int, str, Any, Any]:
        tablet = self.tablets[i]
        request = next_push(tablet.store, wall_ms=tablet.now)
        token = tablet.store.meta.progress.token
        return (i, "push", (request, token), self.server.push(request) if request else None)

    @rule(target=late, i=tablets)
    def pull_and_hold_the_reply(self, i: int) -> tuple[int, str, Any, Any]:
        tablet = self.tablets[i]
        request = next_pull(tablet.store, wall_ms=tablet.now)
        return (i, "pull", request, self.server.pull(request))

    @rule(target=late, i=tablets, customer=customers)
    def look_and_hold_the_reply(self, i: int, customer: UUID) -> tuple[int, str, Any, Any]:
        request = LookRequest(caller=self.tablets[i].store.caller(1), record_ids=(customer,))
        token = self.tablets[i].store.meta.progress.token
        return (i, "look", token, self.server.look(request))

    @rule(held=late)
    def let_a_reply_arrive(self, held: tuple[int, str, Any, Any]) -> None:
        """Late, perhaps for the second time, perhaps after others."""
        i, kind, request, reply = held
        store, now = self.tablets[i].store, self.tablets[i].now
        if reply is None:
            return
        if kind == "push":
            twin = UUID(bytes=self.tablets[i].entropy(16))
            request, token = request
            settle(store, request, reply, asked_with=token, wall_ms=now, new_incarnation=twin)
        elif kind == "pull":
            apply_page(store, request, reply, wall_ms=now)
        else:
            apply_look(store, reply, asked_with=request, wall_ms=now)

    @rule(i=tablets)
    def crash(self, i: int) -> None:
        self.tablets[i].reopen()

    # What head office does

    @rule(i=tablets, role=st.sampled_from(ROLES))
    def change_role(self, i: int, role: Role) -> None:
        self.server.become(DEVICES[i], role=role)

    @rule(i=tablets, stores=st.sampled_from([("lyon",), ("nice",), SHOPS, ()]))
    def change_stores(self, i: int, stores: tuple[str, ...]) -> None:
        self.server.become(DEVICES[i], stores=stores)

    @rule(customer=customers, shop=shops, state=st.sampled_from([MemberState.IN, MemberState.OUT]))
    def move_customer(self, customer: UUID, shop: str, state: int) -> None:
        if customer not in self.server.erased:
            self.server.move(customer, f"store:{shop}", state)

    @rule(customer=customers)
    def change_phone_elsewhere(self, customer: UUID) -> None:
        if customer not in self.server.erased:
            self.server.put_customer(customer, {"phone": self._phone()}, scopes=[])

    @precondition(lambda self: len(self.server.erased) < 2)
    @rule(customer=customers)
    def erase(self, customer: UUID) -> None:
        self.server.erase(customer)

    @rule()
    def lose_history(self) -> None:
        self.server.history += 1

    # What must always hold

    @invariant()
    def cards_show_no_more_than_the_lens(self) -> None:
        for tablet in getattr(self, "tablets", []):
            lens = tablet.store.lens
            for line in tablet.store.search("", limit=100):
                card = tablet.store.card(line.record_id)
                assert lens is not None and card is not None
                assert set(card.values) <= set(lens.levels)
                if "phone" in card.values and not lens.reads("phone"):
                    assert "+33" not in str(card.values["phone"])
                    assert line.phone is None

    @invariant()
    def every_edit_took_effect_at_most_once(self) -> None:
        assert all(times == 1 for times in getattr(self, "server", ModelServer()).effects.values())

    def _edit(self, i: int, customer: UUID, mutation: Mutation) -> None:
        envelope = self.tablets[i].edit(customer, mutation)
        self.submitted.add(envelope.mutation_id)

    def _phone(self) -> str:
        return f"+336{next(self.numbers):08d}"

    def _settle_down(self) -> None:
        for _ in range(2):  # what one sends, the other receives
            for tablet in self.tablets:
                tablet.sync()

    def _check_all_agree(self) -> None:
        verdicts = self.server.receipts
        assert set(verdicts) == self.submitted
        for tablet in self.tablets:
            expected = self.server.expected_fragments(tablet.device)
            assert tablet.fragments() == expected
            assert digest(records.fragments_held(tablet.store.connection)) == digest(
                (record_id, group, rev) for record_id, group, rev, _ in expected
            )
            assert tablet.store.pending() == []
            self._check_no_forbidden_byte(tablet)
        shown = {problem.mutation_id for tablet in self.tablets for problem in tablet.store.problems()}
        unsettled = {
            mid
            for mid, verdict in verdicts.items()
            if verdict.status in ("refused", "conflict", "erased", "parked")
        }
        assert shown == unsettled - self.dismissed

    def _check_no_forbidden_byte(self, tablet: Tablet) -> None:
        """Search the file for what this person may not see; his own words in a refused edit are his."""
        lens = self.server.lens(tablet.device)
        own = b"".join(problem.args for problem in tablet.store.problems())
        content = b"".join(part.read_bytes() for part in self.folder.glob(f"{Path(tablet.path).name}*"))
        if not lens.reads("address"):
            assert b"Canari" not in content
        if not lens.reads("phone"):
            for values in self.server.values.values():
                phone = str(values.get("phone")).encode()
                assert phone in own or phone not in content


TestRetail = Retail.TestCase
TestRetail.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
