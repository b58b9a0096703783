"""The house: its people and tablets, and the server's own code over PostgreSQL in memory."""

from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from schemas.ids import id_from
from schemas.protocol import CheckRequest, LookRequest, PullRequest, PushRequest, encode
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Lens
from server.auth.principal import WIDER_ROLES, Principal
from server.policy.in_force import Policies, lens_for
from server.replication import checking, publishing, tablet_pull, tablet_push
from server.replication import look as looking
from server.scope import customer_scopes, pin_scope, tablet_scopes
from tests.simulation.answers.membership import members, scope_keys
from tests.simulation.head_office import HeadOffice, keep_policy
from tests.simulation.memory import Memory, Transaction
from tests.simulation.postmaster import Postmaster
from tests.simulation.staff import BRAND, OFFICE, STORES, ZONES, Device, Person, principal_of
from tests.simulation.statements import Connection

T = TypeVar("T")

START_MS = 1_790_000_000_000
LEASE_S = 14 * 86_400
TOKEN_KEY = bytes(32)

CUSTOMERS = tuple(id_from("simulated-customer", str(number)) for number in range(8))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("the server waited for something that the memory does not have")


class House:
    """Everything on the server's side, and the decisions of head office."""

    def __init__(self, *, page_bytes: int = 1, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.page_bytes = page_bytes
        self.now_ms = START_MS
        self.people = {
            person.code: person
            for person in (
                Person(code="ines", role=Role.SELLER, stores=("lyon",)),
                Person(code="marie", role=Role.STORE_MANAGER, stores=("lyon",)),
                Person(code="noe", role=Role.SELLER, stores=("nice", "lyon")),
                Person(code="luc", role=Role.SELLER, stores=("lyon",)),
                Person(code=OFFICE, role=Role.INTEGRATION, stores=()),
            )
        }
        self.devices = {
            store: Device(device_id=id_from("simulated-device", store), store=store) for store in STORES
        }
        self.policy = DEFAULT_POLICY
        self.policies = Policies()
        self.policies._known[DEFAULT_POLICY.version] = DEFAULT_POLICY
        self.office = HeadOffice(self)
        self.postmaster = Postmaster(self.memory, lives=0 if memory is None else 1)
        if memory is None:
            self._open()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run the server's own code to its end."""
        return run(work)

    def connect(self, at: Any) -> Any:
        """Return what the server takes for the connection of a transaction."""
        return Connection(at)

    @property
    def now(self) -> datetime:
        """The server's clock."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def principal(self, code: str, device: str | None) -> Principal:
        """Return who asks, as the database knows him now."""
        person, held = self.people[code], self.devices[device] if device is not None else None
        stores = person.stores
        if person.role is Role.ZONE_MANAGER:
            stores = ZONES["south"]
        elif person.role in WIDER_ROLES:
            stores = STORES
        return principal_of(
            code,
            person.role,
            stores,
            held.device_id if held else None,
            held.store if held else None,
            f"{person.epoch}.{held.epoch if held else 0}.{self.policy.version}",
            self.policy.version,
        )

    def lens(self, code: str) -> Lens:
        """Return what somebody sees."""
        return lens_for(self.policy, self.principal(code, None))

    # What tablets ask

    def serve(self, code: str, device: str, path: str, body: bytes, at: Transaction) -> bytes:
        """Answer a tablet inside a transaction that the caller ends.

        Raises:
            Blocked: another transaction holds a row that this one needs.
            Refusal: as the routes of the server meet it.
        """
        connection: Any = self.connect(at)
        principal = self.principal(code, device)
        if path.endswith("/push"):
            pushed = msgspec.msgpack.decode(body, type=PushRequest)
            return encode(
                self.run(
                    tablet_push.push(
                        connection, principal, pushed, now=self.now, policies=self.policies, lease_s=LEASE_S
                    )
                )
            )
        if path.endswith("/pull"):
            pulled = msgspec.msgpack.decode(body, type=PullRequest)
            return encode(
                self.run(
                    tablet_pull.pull(
                        connection,
                        principal,
                        msgspec.structs.replace(pulled, max_bytes=self.page_bytes),
                        now=self.now,
                        policies=self.policies,
                        token_key=TOKEN_KEY,
                        lease_s=LEASE_S,
                    )
                )
            )
        if path.endswith("/check"):
            asked = msgspec.msgpack.decode(body, type=CheckRequest)
            return encode(
                self.run(
                    checking.check(
                        connection,
                        principal,
                        asked,
                        now=self.now,
                        policies=self.policies,
                        token_key=TOKEN_KEY,
                        lease_s=LEASE_S,
                    )
                )
            )
        looked = msgspec.msgpack.decode(body, type=LookRequest)
        return encode(
            self.run(
                looking.look(
                    connection,
                    principal,
                    looked,
                    now=self.now,
                    policies=self.policies,
                    find=_find_nobody,
                    lease_s=LEASE_S,
                )
            )
        )

    def glance(self, _code: str, _device: str, _body: bytes) -> bytes | None:
        """Answer a pull with nothing new before the real door is asked; None where that has to judge."""
        return None

    def keep_person(self, code: str) -> None:
        """Let the database know who somebody is now."""

    def keep_device(self, name: str) -> None:
        """Let the database know where a tablet is now."""

    # What a replica must hold once it is quiet

    def expected(self, code: str, device: str) -> set[tuple[UUID, str, int]]:
        """Return record, group and revision of every fragment that a person's replica should hold."""
        at = self.memory.begin()
        principal = self.principal(code, device)
        keys = scope_keys(at)
        scopes, groups = set(tablet_scopes(principal)), lens_for(self.policy, principal).groups
        inside = {
            row["record_id"] for row in members(at) if row["state"] == 1 and keys[row["scope"]] in scopes
        }
        found = {
            (record_id, group, row["rev"])
            for (record_id, group), row in at.rows("fragment")
            if record_id in inside and group in groups
        }
        at.rollback()
        return found

    def expected_members(self, code: str, device: str) -> set[tuple[UUID, str]]:
        """Return who should be in which scope of a person's replica."""
        at = self.memory.begin()
        keys, scopes = scope_keys(at), set(tablet_scopes(self.principal(code, device)))
        found = {
            (row["record_id"], keys[row["scope"]])
            for row in members(at)
            if row["state"] == 1 and keys[row["scope"]] in scopes
        }
        at.rollback()
        return found

    def reach(self, code: str) -> set[str]:
        """Return the scopes whose customers somebody may edit."""
        return set(customer_scopes(self.principal(code, None)))

    def _open(self) -> None:
        at = self.memory.begin()
        connection: Any = self.connect(at)
        self.run(publishing.scope_ids(connection, _all_scopes(self)))
        keep_policy(at, self.policy)
        at.commit()
        self.postmaster.new_life()


def _all_scopes(house: House) -> list[str]:
    keys = ["catalog", "directory", f"brand:{BRAND}", *(f"store:{store}" for store in STORES)]
    keys += [f"own:{person.associate_id}" for person in house.people.values()]
    keys += [pin_scope(device.device_id) for device in house.devices.values()]
    return keys


async def _find_nobody(*_arguments: Any) -> list[Any]:
    return []
