"""The door to what may be shown to a customer next, each article with its reason."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from schemas.advice import Suggestion, suggest
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.visibility import Lens
from server.audit import chain
from server.auth.principal import Principal
from server.catalog import queries
from server.customers.queries import read_profile
from server.database.pool import Connection
from server.problems import Refusal
from server.rest.access import provide_lens, require_readable
from server.rest.paging import known_parameters
from server.scope import AS_CALLER, customer_scopes

READ_FOR_IT = ("owned", "likes", "dislikes", "sizes", "computed_sizes", "advice", "limits")


class Suggestions(Struct):
    """What to show her, the best first."""

    data: tuple[Suggestion, ...]


@get("/customers/{customer_id:uuid}/suggestions", opt={AS_CALLER: True})
async def read_suggestions(
    customer_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    lens: NamedDependency[Lens],
) -> Suggestions:
    """What to show her, made of what this role may see of her and of the catalogue alone."""
    require_readable(lens, "advice")
    fields = await read_profile(connection, customer_id, scopes=customer_scopes(principal), lens=lens)
    if fields is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    values = {
        field: msgspec.json.decode(fields[field])
        for field in READ_FOR_IT
        if field in fields and lens.reads(field)
    }
    products = await queries.every_product(connection)
    found = suggest(values, products, now_ms=int(datetime.now(UTC).timestamp() * 1000))
    await chain.append(
        connection, principal, "customer.suggestions_read", subject_kind="customer", subject_id=customer_id
    )
    return Suggestions(data=found)


router = Router(
    "/v1",
    route_handlers=[read_suggestions],
    guards=[known_parameters],
    dependencies={"lens": Provide(provide_lens)},
    tags=["customers"],
)
