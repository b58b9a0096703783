"""Doors to the catalogue: products, their pictures, and where they are in stock."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import anyio
import msgspec
from litestar import Request, Response, Router, get, put
from litestar.di import NamedDependency, Provide
from litestar.params import HeaderParameter, JSONBody, PathParameter

from schemas.mutations import CountStock
from schemas.problem import ErrorCode
from schemas.product import Pieces, Product, Size, Stock, stock_record
from schemas.promise import Instant
from schemas.record import Struct
from server.auth.principal import Principal
from server.catalog import queries
from server.database.pool import Connection
from server.gate import ANSWERS
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, Word, known_parameters
from server.rest.writing import Writer, provide_writer
from server.scope import AS_CALLER
from server.settings import home

PICTURES = "pictures"  # a folder in the folder of this installation
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}

Sku = Annotated[str, PathParameter(min_length=1, max_length=60)]
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match")]


class Count(Struct):
    """What was counted, and when."""

    at: Instant
    sizes: Annotated[dict[Size, Pieces], msgspec.Meta(max_length=60)] = {}  # "" for what has no size


@get("/products", opt={QUERY: ("family", "cursor", "limit"), AS_CALLER: True})
async def list_products(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    family: Word = None,
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[Product]:
    """The catalogue, in the order of the SKUs."""
    listing = Listing.asked(request, principal, cursor, limit, "products", family)
    after = listing.after(tuple[str])
    rows = await queries.list_products(
        connection, family=family, after=after[0] if after else None, limit=listing.rows
    )
    return listing.page(rows, lambda row: (row.sku,))


@get("/products/{sku:str}", opt={AS_CALLER: True})
async def read_product(sku: Sku, connection: NamedDependency[Connection]) -> Product:
    """One product."""
    product = await queries.find_product(connection, sku)
    if product is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return product


@get(
    "/products/{sku:str}/picture",
    opt={AS_CALLER: True, ANSWERS: tuple(dict.fromkeys(MEDIA_TYPES.values()))},
)
async def read_picture(
    sku: Sku, connection: NamedDependency[Connection], if_none_match: IfNoneMatch = None
) -> Response[bytes]:
    """The picture of a product."""
    product = await queries.find_product(connection, sku)
    path = _picture_of(product, home() / PICTURES) if product else None
    if path is None or not await anyio.Path(path).is_file():
        raise Refusal(ErrorCode.NOT_FOUND)
    content = await anyio.Path(path).read_bytes()
    etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=86400"}  # no personal data in it
    if if_none_match == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPES[path.suffix.lower()], headers=headers)


@get("/products/{sku:str}/stock", opt={AS_CALLER: True})
async def read_stock(sku: Sku, connection: NamedDependency[Connection]) -> list[Stock]:
    """What every store had of an article when it was counted last."""
    if await queries.find_product(connection, sku) is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return await queries.stock_of(connection, sku)


@put("/products/{sku:str}/stock/{store:str}")
async def count_stock(
    sku: Sku,
    store: Sku,
    data: JSONBody[Count],
    connection: NamedDependency[Connection],
    writer: NamedDependency[Writer],
) -> list[Stock]:
    """Say what a store has of an article; an earlier count than the one that stands changes nothing."""
    if await queries.find_product(connection, sku) is None or not await queries.is_store(connection, store):
        raise Refusal(ErrorCode.NOT_FOUND)
    counted = Stock(sku=sku, store=store, at=data.at, sizes=data.sizes)
    await writer.write(stock_record(store, sku), [CountStock(stock=counted)])
    return await queries.stock_of(connection, sku)


def _picture_of(product: Product, folder: Path) -> Path | None:
    """Return the file of a picture; a name that leads out of the folder, or is no picture, is none."""
    if not product.picture or Path(product.picture).name != product.picture:
        return None
    path = folder / product.picture
    return path if path.suffix.lower() in MEDIA_TYPES else None


router = Router(
    "/v1",
    route_handlers=[list_products, read_product, read_picture, read_stock, count_stock],
    guards=[known_parameters],
    dependencies={"writer": Provide(provide_writer)},
    tags=["catalogue"],
)
