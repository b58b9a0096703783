"""The door to the directory: the stores of the brand."""

from litestar import Router, get
from litestar.di import NamedDependency

from schemas.record import Struct
from schemas.staff import Store
from server.auth.principal import Principal
from server.database.pool import Connection
from server.rest.paging import known_parameters
from server.scope import AS_CALLER

MOST_STORES = 2_000


class Stores(Struct):
    """The stores of the brand, by code."""

    data: list[Store]


@get("/stores", opt={AS_CALLER: True})
async def list_stores(
    connection: NamedDependency[Connection], principal: NamedDependency[Principal]
) -> Stores:
    """Every store of the brand that the person asking works for."""
    rows = await connection.fetch(
        "select code, name, city, brand, zone, country from store where brand = $1 order by code limit $2",
        principal.brand,
        MOST_STORES,
    )
    return Stores(data=[Store(**dict(row)) for row in rows])


router = Router("/v1", route_handlers=[list_stores], guards=[known_parameters], tags=["directory"])
