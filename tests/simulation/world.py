"""The world of one seed: who is in it, what they wrote down, what was met; and how it begins."""

import hashlib
import json
from collections import Counter
from typing import Any
from uuid import UUID

from schemas.ids import id_from
from schemas.mutations import (
    CreateCustomer,
)
from sync.replica.engine import Exchange
from tests.simulation.house import CUSTOMERS, House
from tests.simulation.memory import Transaction
from tests.simulation.replica import Replica
from tests.simulation.staff import OFFICE, STORES

MOST_REPLICAS = 5


class OpenTransaction:
    """A transaction that stays open for a while, and the reply that waits for it if it is a tablet's."""

    def __init__(
        self, at: Transaction, replica: Replica | None, asked: Exchange | None, reply: bytes
    ) -> None:
        self.at = at
        self.replica = replica
        self.asked = asked
        self.reply = reply


class Opening:
    """What every story begins with: the customers that the office made, and what was written down of it."""

    def __init__(self, world: "World") -> None:
        self.memory = world.house.memory.twin()
        self.ledger = list(world.ledger)
        self.words = world.words


_opening: list[Opening] = []  # at most one


def forget_opening() -> None:
    """Let the next story begin with a house that is opened anew: the code that opens it has changed."""
    _opening.clear()


class World:
    """Everything that a story happens to."""

    def __init__(self, house: House | None = None) -> None:
        opening = _opening[0] if _opening and house is None else None
        self.house = house or House(memory=opening.memory.twin() if opening else None)
        self.ledger: list[str] = []  # for the oracle: what people did, as lines of JSON
        self.transcript = hashlib.blake2b(digest_size=16)
        self.told: list[str] = []  # for people: the story and what came of it
        self.faults: Counter[str] = Counter()
        self.open: list[OpenTransaction] = []
        self.words = 0
        self.verdicts: dict[UUID, str] = {}
        self.contents: dict[tuple[UUID, str, int], bytes] = {}  # of each revision of a fragment
        self.said_at: dict[tuple[UUID, str, str, int], bytes] = {}  # the value of each revision of a path
        self.created: list[UUID] = []
        self.erased: set[UUID] = set()
        self.kept = 0  # lines of the ledger when the server's backup was made
        self.lines_at: dict[int, int] = {}  # place in the server's log -> lines of the ledger by then
        self.damaged: set[str] = set()  # files in which something was ever wrong
        self.decided: set[UUID] = set()  # held edits that a manager let stand or go
        self.away = 0  # times that weeks passed
        self.glances = 0  # pulls that were answered before the real door
        self.brought = 0  # replies that brought something
        self.cursors: dict[tuple[str, UUID], tuple[UUID, dict[tuple[int, bytes], int]]] = {}
        self.replicas: list[Replica] = []
        if opening is not None:
            self.ledger, self.words = list(opening.ledger), opening.words
        else:
            self._open_house()
            if house is None:
                _opening.append(Opening(self))
        for code, device in (("ines", "lyon"), ("marie", "lyon"), ("noe", "nice")):
            self.open_replica(code, device)

    def close(self) -> None:
        """Give the tablets' disks back. The world is over."""
        for replica in self.replicas:
            replica.disk.give_back()

    def replica(self, number: int) -> Replica:
        return self.replicas[number % len(self.replicas)]

    def customer(self, number: int) -> UUID:
        if number % 4 < 2:  # two of them are everybody's: edits shall meet
            return CUSTOMERS[number % 2]
        everybody = [*CUSTOMERS, *self.created]
        return everybody[(number >> 2) % len(everybody)]

    def written_at(self, lsn: int) -> int:
        """Return how much of the ledger was written when the server's log had come so far."""
        return max((lines for place, lines in self.lines_at.items() if place <= lsn), default=0)

    def forget_answers(self) -> None:
        """The server has lost some of its latest commits: it may answer otherwise now."""
        self.verdicts, self.contents, self.said_at = {}, {}, {}

    def word(self) -> str:
        self.words += 1
        return f"w{self.words:06d}q"

    def phone(self) -> str:
        self.words += 1
        return f"+336{self.words:08d}"

    def write(self, **line: Any) -> None:
        self.ledger.append(json.dumps(line))

    def note(self, line: str) -> None:
        self.transcript.update(line.encode())
        self.told.append(line)

    def fault(self, name: str) -> None:
        self.faults[name] += 1
        self.note(f"  ! {name}")

    def wrote(self, replica: Replica, mid: UUID, record_id: UUID, facts: dict[str, Any]) -> None:
        self.write(
            said="wrote",
            mid=str(mid),
            file=replica.name,
            person=replica.code,
            author=str(self.house.people[replica.code].associate_id),
            record=str(record_id),
            **{"key": "", "value": "", "seen": [], "words": [], "fields": {}, "field": "", **facts},
        )

    def open_replica(self, code: str, device: str) -> Replica:
        number = len(self.replicas)
        name = f"{code} on {device} {number}"
        person, tablet = self.house.people[code], self.house.devices[device]
        self.write(said="file", name=name, person=code, device=device)
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

    def tell_person(self, code: str) -> None:
        person = self.house.people[code]
        self.house.keep_person(code)
        self.write(
            said="person",
            code=code,
            id=str(person.associate_id),
            role=person.role.value,
            stores=list(person.stores),
        )

    def tell_device(self, name: str) -> None:
        device = self.house.devices[name]
        self.house.keep_device(name)
        self.write(said="device", name=name, id=str(device.device_id), store=device.store)

    def forget_cursor(self, replica: Replica) -> None:
        self.cursors.pop((replica.name, replica.store.identity.incarnation), None)

    def _open_house(self) -> None:
        for code in self.house.people:
            if code != OFFICE:
                self.tell_person(code)
        for device in self.house.devices:
            self.tell_device(device)
        at = self.house.memory.begin()
        for number, customer in enumerate(CUSTOMERS):
            words = {
                "family_name": self.word(),
                "phone": self.phone(),
                "email": f"{self.word()}@canary.fr",
            }
            words["line1"] = self.word()
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
            self.write(
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
            self.house.office.edit(at, customer, CreateCustomer(values=values), mid)
        at.commit()
