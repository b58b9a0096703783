"""A house with a person whose every field holds a word of her own, and traces left of her on purpose."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from schemas.ids import record_id_of
from schemas.mutations import CreateCustomer, PutProduct, SetField
from schemas.product import Money, Product
from schemas.record import Kind, Struct
from schemas.staff import Role
from server.database.pool import Connection
from server.proofs import lens
from server.proofs.lens import STORES, connected_to, word
from server.replication.push import submit
from server.settings import Settings

OTHER, HERS = STORES
ALIVE: Final = f"zq{OTHER}".encode()  # somebody else's, who stays
UNSENT: Final = f"zq{HERS}unsent"  # in a note that a tablet has not sent when she is forgotten
WORDS: Final = (f"zq{HERS}", "zqtwin", word(HERS, "phone")[3:])
TRACES: Final = tuple(each.encode() for each in WORDS)
SOLD: Final = word(HERS, "purchases").encode()  # a sale's own words: kept by law, and they do not say to whom
PRODUCT: Final = "s"
CROWD: Final = 320  # others of her store: so many are worth a first download by file
_PRICE: Final = Money(amount=100_000, currency="EUR")


class Furnished(Struct):
    """Who there is, and a backup of the house as it is now."""

    people: dict[str, UUID]
    customers: dict[str, UUID]
    twin: UUID  # another record of hers
    backup: str


async def furnish(url: str, settings: Settings, *, crowd: int) -> Furnished:
    """Make her, all that is told of her, others, and a backup in which she is."""
    async with connected_to(url) as connection:
        people = await lens.hire_one_per_role(connection, settings)
        customers = {store: await lens.plant(connection, people, store) for store in STORES}
        twin = await _more_of_her(connection, people, customers[HERS])
        source = lens.principal_of_a_role(people[Role.INTEGRATION.value], Role.INTEGRATION, STORES)
        said = [
            lens.envelope(
                uuid4(), CreateCustomer(values={"family_name": f"Other{number}", "home_store": HERS})
            )
            for number in range(crowd)
        ]
        product = Product(sku=PRODUCT, name={"en": "s"}, family="leather", price=_PRICE)
        said.append(lens.envelope(record_id_of(Kind.PRODUCT.value, PRODUCT), PutProduct(product=product)))
        await submit(connection, source, said, now=datetime.now(UTC))
        await connection.execute("analyze")  # the planner remembers her too
    return Furnished(people=people, customers=customers, twin=twin, backup=await _copy(url))


async def _more_of_her(connection: Connection, people: Mapping[str, UUID], customer_id: UUID) -> UUID:
    """Leave her in the rarer places too: history, held edits, refused lines, and another record of hers."""
    source = lens.principal_of_a_role(people[Role.INTEGRATION.value], Role.INTEGRATION, STORES)
    seller = lens.principal_of_a_role(people[Role.SELLER.value], Role.SELLER, STORES)
    twin = uuid4()
    for principal, record, mutation in (
        (source, customer_id, SetField(field="town", value=f"zq{HERS}later")),
        (seller, customer_id, SetField(field="email", value=f"zq{HERS}refused@example.com")),
        (source, twin, CreateCustomer(values={"family_name": "zqtwin", "home_store": HERS})),
    ):
        await submit(connection, principal, [lens.envelope(record, mutation)], now=datetime.now(UTC))
    batch = uuid4()
    await connection.execute(
        "insert into import_batch (id, source, file_name, file_hash) values ($1, 'till', 'a.csv', 'x')", batch
    )
    await connection.execute(
        "insert into import_refusal (batch_id, line, code, reason, original) values ($1, 1, 'x', 'x', $2)",
        batch,
        ["1", word(HERS, "given_name"), word(HERS, "family_name"), f"{word(HERS, 'email')}@example.com"],
    )
    return twin


async def _copy(database_url: str) -> str:
    """Return the address of a copy of a database that nobody is connected to: a backup, restored."""
    address, _, name = database_url.rpartition("/")
    async with connected_to(f"{address}/postgres") as connection:
        await connection.execute(f'create database "{name}_restored" template "{name}" strategy file_copy')
    return f"{address}/{name}_restored"


async def plant_in_tables(connection: Connection) -> None:
    """Leave a live row, a dead one, a value the planner remembers, and a word in PostgreSQL's log."""
    trace = word(HERS, "given_name")
    await connection.execute("update import_refusal set original = $1", [trace])
    await connection.execute(
        "insert into import_batch (id, source, file_name, file_hash) values ($1, 'till', 'a.csv', 'y')",
        uuid4(),
    )
    await connection.execute("update import_batch set file_name = $1", trace)
    await connection.execute("analyze import_batch")
    await connection.execute("update import_batch set file_name = 'a.csv'")
    with contextlib.suppress(Exception):
        await connection.execute(f"select '{trace}'::int")
