"""Who works against the server: sellers and managers with a tablet each, head office at a desk."""

import base64
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import gevent
from locust import FastHttpUser, between, task
from locust.exception import RescheduleTask

from loadtests.accounts import Enroller, NotServed, SignedIn, post_json
from loadtests.ledger import Ledger
from loadtests.simulated_tablet import PromiseBroken, SimulatedTablet
from loadtests.staff import ADMINISTRATOR, SELLERS, next_manager, next_of_head_office, next_seller
from schemas.mutations import AddElement, PutEntry
from schemas.protocol import CONTENT_TYPE
from sync.replica.engine import LOOK, PUSH
from sync.replica.transport import ServerBusy, read_reply

LIKES = ("bleu nuit", "camel", "cuir grainé", "lin", "cachemire", "petit format")
SHOE_SIZES = ("36", "37", "38", "39", "40")
TURNED_AWAY = 20  # times that a tablet lets itself be told to come back later, in one round
KNOWN_CUSTOMERS = 300  # that a seller has in mind

_enroller = Enroller()


class OnTablet(FastHttpUser):
    """An associate with a tablet of his own, enrolled when he appears."""

    abstract = True
    next_person: Callable[[], tuple[str, str]] = staticmethod(next_seller)
    excused: tuple[type[Exception], ...] = ()  # what is no failure of the server

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
        except self.excused:
            return
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
        for attempt in range(TURNED_AWAY):
            # Locust's annotation knows text only; bytes pass through as they are.
            with self.client.post(
                path, data=cast(Any, body), headers=headers, name=name, catch_response=True
            ) as response:
                received = {key.lower(): value for key, value in (response.headers or {}).items()}
                try:
                    return read_reply(response.status_code, received, response.content or b"")
                except ServerBusy as busy:
                    if attempt == TURNED_AWAY - 1:
                        raise
                    response.request_meta["name"] = "asked to come back later"
                    response.success()
                    wait_s = busy.retry_after_s * random.uniform(1, 1.5)
            gevent.sleep(wait_s)
        raise AssertionError

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


class AtTheDesk(HeadOffice):
    """Two of head office who look how Saturday goes, however many sellers there are."""

    fixed_count = 2


class Campaigner(FastHttpUser):
    """Head office builds a list: page after page of the whole brand, then a closer look at some."""

    weight = 3
    wait_time = between(0.2, 1)
    pages = 10

    def on_start(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        self.sign_in = SignedIn(self.client, next_of_head_office()[0], options.password, None)

    @task
    def build_a_list(self) -> None:
        cursor = ""
        for _ in range(self.pages):
            headers = self.sign_in.headers()
            response = self.client.get(
                f"/v1/customers?limit=100{cursor}", headers=headers, name="a page of a list"
            )
            if not response.ok:
                return
            page = response.json()
            for each in page["data"][:2]:
                self.client.get(f"/v1/customers/{each['id']}", headers=headers, name="read a customer")
            if not page.get("next_cursor"):
                return
            cursor = f"&cursor={page['next_cursor']}"


class ListBuilder(Campaigner):
    """One of head office who builds lists on a Saturday."""

    fixed_count = 1
    wait_time = between(1, 3)


class BusySeller(QuietSeller):
    """A seller with somebody before him: a look-up every half minute, an edit now and then."""

    weight = 8
    wait_time = between(25, 35)


class BusyManager(QuietManager):
    """The same by a store manager."""

    weight = 1
    wait_time = between(25, 35)


class Line:
    """The line of the whole house, as a journey cuts and mends it."""

    on = False  # the outage


outage = Line()


class LineCut(Exception):
    """There is no network."""


class CutOff(QuietSeller):
    """A seller whose line is cut for a while: he goes on, and his tablet sends when the line is back."""

    weight = 1
    wait_time = between(5, 15)
    returning_s = 10.0  # over which everybody comes back
    excused = (LineCut,)

    def on_start(self) -> None:
        self.was_cut = False
        super().on_start()

    @task(1)
    def look_beyond_the_store(self) -> None:
        if not outage.on:
            super().look_beyond_the_store()

    @task(4)
    def find_and_read(self) -> None:
        if outage.on:
            self.tablet.store.card(self.somebody())
        else:
            super().find_and_read()

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Count a round; the first after an outage by a name of its own, a moment after everybody else's."""
        if self.was_cut and not outage.on:
            self.was_cut = False
            gevent.sleep(random.uniform(0, self.returning_s))
            name = "sync round after an outage"
        with super().measured(name):
            yield

    def _send(self, path: str, body: bytes) -> bytes:
        if outage.on:
            self.was_cut = True
            raise LineCut
        return super()._send(path, body)


class Tills(FastHttpUser):
    """The tills of all stores bring their tickets while the stores are open, a packet at a time."""

    weight = 1
    fixed_count = 2
    wait_time = between(0.5, 2)
    tickets = 50  # in a packet

    def on_start(self) -> None:
        options = self.environment.parsed_options
        assert options is not None
        administrator = SignedIn(self.client, ADMINISTRATOR, options.password, None)
        self.source = f"till-{uuid4().hex[:8]}"
        asked = {"source": self.source, "kind": "comptoir"}
        made = post_json(
            self.client, "/v1/connectors", asked, name="make a connector", headers=administrator.headers()
        )
        self.path = made["path"]
        self.secret = base64.b64decode(made["secret"].removeprefix("whsec_"))

    @task
    def bring_tickets(self) -> None:
        now = datetime.now(UTC)
        documents = [self._ticket(now) for _ in range(self.tickets)]
        body = json.dumps(documents).encode()
        message, instant = f"msg_{uuid4().hex}", str(int(now.timestamp()))
        signed = hmac.digest(self.secret, f"{message}.{instant}.".encode() + body, "sha256")
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": instant,
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        self.client.post(self.path, data=cast(Any, body), headers=headers, name="bring tickets")

    def _ticket(self, now: datetime) -> dict[str, Any]:
        amount = random.randrange(1_000, 200_000)
        return {
            "type": "ticket",
            "version": 1,
            "reference": uuid4().hex,
            "at": now.isoformat(),
            "store": random.choice(SELLERS)[1],
            "currency": "EUR",
            "total": amount,
            "lines": [{"sku": "LOAD-1", "title": "Load", "quantity": 1, "amount": amount}],
            "customer": {"phone": f"+336{random.randrange(10**8):08d}"},
        }
