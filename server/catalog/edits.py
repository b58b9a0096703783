"""Products as the catalogue tells them: kept, and published to every tablet."""

from collections.abc import Sequence

import msgspec

from schemas.ids import record_id_of
from schemas.mutations import PutProduct
from schemas.product import Product
from schemas.record import Kind
from server.database.pool import Connection
from server.replication.publishing import publish_public
from server.replication.workspace import Entry
from server.scope import CATALOG


async def put_products(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Keep the latest word on each product and publish it."""
    latest: dict[str, Product] = {}
    for entry in entries:
        assert isinstance(entry.mutation, PutProduct)
        latest[entry.mutation.product.sku] = entry.mutation.product
    products = [latest[sku] for sku in sorted(latest)]
    await connection.executemany(
        """
        insert into product (id, sku, name, family, price, currency, colour, material, size_category, sizes,
                             launched, picture, complements)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        on conflict (sku) do update set
          name = excluded.name, family = excluded.family, price = excluded.price,
          currency = excluded.currency, colour = excluded.colour, material = excluded.material,
          size_category = excluded.size_category, sizes = excluded.sizes, launched = excluded.launched,
          picture = excluded.picture, complements = excluded.complements
        """,
        [
            (
                record_id_of(Kind.PRODUCT.value, each.sku),
                each.sku,
                each.name,
                each.family,
                each.price.amount,
                each.price.currency,
                each.colour,
                each.material,
                each.size_category,
                list(each.sizes),
                each.launched,
                each.picture,
                list(each.complements),
            )
            for each in products
        ],
    )
    await publish_public(
        connection,
        Kind.PRODUCT,
        CATALOG,
        [(record_id_of(Kind.PRODUCT.value, each.sku), msgspec.to_builtins(each)) for each in products],
    )
