"""Reads products."""

from typing import Any

import asyncpg
import msgspec

from schemas.product import Product, Stock
from server.database.pool import Connection

_COLUMNS = """sku, name, family, price, currency, colour, material, size_category, sizes, launched, picture,
    complements, wear_months"""


async def list_products(
    connection: Connection, *, family: str | None, after: str | None, limit: int
) -> list[Product]:
    """Return products of a family (None: any) in the order of their SKUs, after one of them."""
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from product
        where sku > $1 and ($2::text is null or family = $2) order by sku limit $3
        """,  # noqa: S608 (the columns are ours)
        after or "",
        family,
        limit,
    )
    return [_product(row) for row in rows]


async def find_product(connection: Connection, sku: str) -> Product | None:
    """Return a product, or None when there is none of this SKU."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from product where sku = $1",  # noqa: S608 (the columns are ours)
        sku,
    )
    return _product(row) if row is not None else None


async def every_product(connection: Connection) -> list[Product]:
    """Return the whole catalogue, by SKU."""
    rows = await connection.fetch(f"select {_COLUMNS} from product order by sku")  # noqa: S608 (ours)
    return [_product(row) for row in rows]


async def is_store(connection: Connection, code: str) -> bool:
    """Whether there is a store of this code."""
    return bool(await connection.fetchval("select exists (select from store where code = $1)", code))


async def stock_of(connection: Connection, sku: str) -> list[Stock]:
    """Return what every store had of an article when it was counted last, by store."""
    rows = await connection.fetch(
        """
        select store, max(counted_at) as at, json_object_agg(size, quantity order by size)::text as sizes
        from stock where sku = $1 group by store order by store
        """,
        sku,
    )
    return [
        Stock(
            sku=sku,
            store=row["store"],
            at=int(row["at"].timestamp() * 1000),
            sizes=msgspec.json.decode(row["sizes"]),
        )
        for row in rows
    ]


def _product(row: asyncpg.Record) -> Product:
    fields: dict[str, Any] = dict(row)
    fields["price"] = {"amount": fields["price"], "currency": fields.pop("currency")}
    return msgspec.convert(fields, Product)
