"""Load on a running server: tablets that open in the morning, tablets in a quiet hour, head office.

    comptoir demo --no-tablet &        # or any server with the made-up brand
    locust                             # host, users and length stand in pyproject.toml

The run fails (exit code 1) when a request fails, when a budget of ``budgets.py`` is broken, or when a
tablet's ledger shows that something was lost or leaked.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from locust import FastHttpUser, between, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import RescheduleTask

from loadtests.accounts import Enroller, NotServed, SignedIn
from loadtests.budgets import FEWEST, over_budget
from loadtests.ledger import Ledger
from loadtests.simulated_tablet import PromiseBroken, SimulatedTablet
from loadtests.staff import next_manager, next_of_head_office, next_seller
from schemas.mutations import AddElement, PutEntry
from schemas.protocol import CONTENT_TYPE
from sync.replica.engine import LOOK, PUSH
from sync.replica.transport import read_reply

LIKES = ("bleu nuit", "camel", "cuir grainé", "lin", "cachemire", "petit format")
SHOE_SIZES = ("36", "37", "38", "39", "40")
KNOWN_CUSTOMERS = 300  # that a seller has in mind

_enroller = Enroller()


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser) -> None:
    """Say what a run may be told besides Locust's own options."""
    parser.add_argument("--password", default="comptoir-demo", help="of every associate of the made-up brand")
    parser.add_argument(
        "--ledgers", default="", help="folder to keep the tablets' ledgers in (default: none)"
    )
    parser.add_argument(
        "--budget-factor", type=float, default=1.0, help="how much slower than two free cores this machine is"
    )
    parser.add_argument(
        "--budget-fewest", type=int, default=FEWEST, help="requests of a name below which it is not judged"
    )


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """Fail the run when a budget is broken."""
    options = environment.parsed_options
    assert options is not None
    entries = list(environment.stats.entries.values())
    broken = over_budget(entries, factor=options.budget_factor, fewest=options.budget_fewest)
    for line in broken:
        print(f"over budget: {line}")
    if broken:
        environment.process_exit_code = 1


class OnTablet(FastHttpUser):
    """An associate with a tablet of his own, enrolled when he appears."""

    abstract = True
    next_person: Callable[[], tuple[str, str]] = staticmethod(next_seller)

    def on_start(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        code, shop = type(self).next_person()
        device = _enroller.enrol(self.client, store=shop, password=options.password)
        self.sign_in = SignedIn(self.client, code, options.password, device)
        me = self._get("/v1/me", name="who am I")
        path = Path(options.ledgers) / f"{device.device_id}.jsonl" if options.ledgers else None
        self.tablet = SimulatedTablet(
            self._send, device_id=device.device_id, author=me["associate_id"], shop=shop, ledger=Ledger(path)
        )
        self.first_download()

    def on_stop(self) -> None:
        """Send what waits, then let the ledger speak."""
        if not hasattr(self, "tablet"):
            return
        with self.measured("last round"):
            self.tablet.sync()
            if lost := self.tablet.lost_notes():
                raise PromiseBroken(f"{len(lost)} notes lost")
        self.tablet.ledger.close()

    def first_download(self) -> None:
        """Fill the empty store."""
        with self.measured("store opening"):
            self.tablet.sync()
        self.known = [line.record_id for line in self.tablet.store.search("", limit=KNOWN_CUSTOMERS)]

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Count what happens inside as one event of its own, failed if it raises."""
        begun = time.perf_counter()
        failure: Exception | None = None
        try:
            yield
        except Exception as error:
            failure = error
        self.environment.events.request.fire(
            request_type="SYNC",
            name=name,
            response_time=(time.perf_counter() - begun) * 1000,
            response_length=0,
            exception=failure,
            context={},
        )

    def somebody(self) -> UUID:
        """Return a customer that this person knows."""
        if not self.known:
            raise RescheduleTask
        return random.choice(self.known)

    def _send(self, path: str, body: bytes) -> bytes:
        name = path.rpartition("/")[2]
        if path not in (PUSH, LOOK) and self.tablet.store.status().last_full_sync is None:
            name = "pull, first pages"
        headers = {**self.sign_in.headers(), "Content-Type": CONTENT_TYPE, "Accept": CONTENT_TYPE}
        # Locust's annotation knows text only; bytes pass through as they are.
        response = self.client.post(path, data=cast(Any, body), headers=headers, name=name)
        received = {key.lower(): value for key, value in (response.headers or {}).items()}
        return read_reply(response.status_code, received, response.content or b"")

    def _get(self, path: str, *, name: str) -> Any:
        response = self.client.get(path, headers=self.sign_in.headers(), name=name)
        if not response.ok:
            raise NotServed(f"{name}: {response.status_code}")
        return response.json()


class StoreOpening(OnTablet):
    """Ten o'clock: sign in, and fill an empty tablet."""

    weight = 1
    wait_time = between(5, 10)

    @task
    def open_the_store(self) -> None:
        self.tablet.begin_anew()
        self.sign_in.renew()
        self.first_download()


class QuietSeller(OnTablet):
    """A seller between two customers: finds, reads, enriches, and the tablet syncs."""

    weight = 5
    wait_time = between(1, 4)

    @task(4)
    def find_and_read(self) -> None:
        line = self.tablet.store.summary(self.somebody())
        if line is None or not line.family_name:
            return
        found = self.tablet.store.search(line.family_name[:4])
        if found:
            self._get(f"/v1/customers/{found[0].record_id}", name="read a customer")

    @task(1)
    def look_beyond_the_store(self) -> None:
        line = self.tablet.store.summary(self.somebody())
        if line is not None and line.family_name:
            with self.measured("look and hold"):
                self.tablet.look(line.family_name)

    @task(3)
    def enrich(self) -> None:
        customer = self.somebody()
        self.tablet.edit(customer, AddElement(field="likes", element=random.choice(LIKES)))
        size = {"value": random.choice(SHOE_SIZES)}
        self.tablet.edit(customer, PutEntry(field="sizes", key="shoes", value=size))
        self.tablet.write_note(customer, "Passe au comptoir, préfère être appelée le matin.")
        with self.measured("sync round"):
            self.tablet.sync()

    @task(2)
    def hear_what_is_new(self) -> None:
        with self.measured("sync round"):
            self.tablet.sync()


class QuietManager(QuietSeller):
    """The same by a store manager, whose lens shows contact data."""

    weight = 2
    next_person = staticmethod(next_manager)


class HeadOffice(FastHttpUser):
    """Head office searches the whole brand and reads profiles."""

    weight = 1
    wait_time = between(1, 3)

    def on_start(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        self.sign_in = SignedIn(self.client, next_of_head_office()[0], options.password, None)

    @task
    def find_and_read(self) -> None:
        start = random.choice(("mar", "ber", "lef", "dup", "mor", "gar", "rou"))
        headers = self.sign_in.headers()
        response = self.client.get(f"/v1/customers?q={start}", headers=headers, name="find customers")
        if response.ok and (found := response.json()["data"]):
            customer = random.choice(found)
            self.client.get(f"/v1/customers/{customer['id']}", headers=headers, name="read a customer")
