"""Products and their stock as others tell them: kept, and published to tablets."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from schemas.ids import record_id_of
from schemas.mutations import CountStock, PutProduct
from schemas.product import Product, Stock, stock_record
from schemas.record import Kind
from server.database.pool import Connection
from server.replication.publishing import publish_public
from server.replication.workspace import Entry
from server.scope import CATALOG, stock_scope


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
                             launched, picture, complements, wear_months)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (sku) do update set
          name = excluded.name, family = excluded.family, price = excluded.price,
          currency = excluded.currency, colour = excluded.colour, material = excluded.material,
          size_category = excluded.size_category, sizes = excluded.sizes, launched = excluded.launched,
          picture = excluded.picture, complements = excluded.complements,
          wear_months = excluded.wear_months
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
                each.wear_months,
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


async def count_stock(connection: Connection, entries: Sequence[Entry], now_ms: int) -> None:
    """Keep the latest count of each article in each store, and publish it to that store's tablets."""
    latest: dict[tuple[str, str], Stock] = {}
    for entry in entries:
        assert isinstance(entry.mutation, CountStock)
        stock = entry.mutation.stock
        place = (stock.store, stock.sku)
        if place not in latest or stock.at >= latest[place].at:
            latest[place] = stock
    fresh: dict[str, list[Stock]] = {}
    for (store, _), stock in sorted(latest.items()):
        if await _count(connection, stock):
            fresh.setdefault(store, []).append(stock)
    for store, counted in fresh.items():
        await publish_public(
            connection,
            Kind.STOCK,
            stock_scope(store),
            [(stock_record(each.store, each.sku), msgspec.to_builtins(each)) for each in counted],
        )


async def _count(connection: Connection, stock: Stock) -> bool:
    """Write one count; return whether it is later than the one that stood."""
    await connection.execute("select pg_advisory_xact_lock(hashtext($1))", f"stock/{stock.store}/{stock.sku}")
    stood = await connection.fetchval(
        "select max(counted_at) from stock where sku = $1 and store = $2", stock.sku, stock.store
    )
    at = datetime.fromtimestamp(stock.at / 1000, UTC)
    if stood is not None and stood > at:
        return False
    await connection.execute("delete from stock where sku = $1 and store = $2", stock.sku, stock.store)
    sizes = stock.sizes or {"": 0}
    await connection.execute(
        """
        insert into stock (sku, store, size, quantity, counted_at)
        select $1, $2, each.size, each.quantity, $5
        from unnest($3::text[], $4::int[]) as each (size, quantity)
        """,
        stock.sku,
        stock.store,
        list(sizes),
        list(sizes.values()),
        at,
    )
    return True
