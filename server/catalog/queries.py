"""Reads products."""

from typing import Any

import asyncpg
import msgspec

from schemas.product import Product
from server.database.pool import Connection

_COLUMNS = """sku, name, family, price, currency, colour, material, size_category, sizes, launched, picture,
    complements"""


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


def _product(row: asyncpg.Record) -> Product:
    fields: dict[str, Any] = dict(row)
    fields["price"] = {"amount": fields["price"], "currency": fields.pop("currency")}
    return msgspec.convert(fields, Product)
