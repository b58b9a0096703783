"""Doors of the privacy officer: erasures and their receipts."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.privacy.erasing import erase
from server.privacy.receipts import ErasureReceipt, receipt_of
from server.problems import Refusal
from server.rest.idempotency import IdempotencyKey, claim, keep_result
from server.rest.paging import known_parameters

Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=60, pattern=r"^[a-z0-9][a-z0-9 _.:/-]*$")]


class ErasureRequest(Struct):
    """Whom to forget, and why: a case number or a word, never anything about the person."""

    customer_id: UUID
    reason: Reason


def require_officer(principal: Principal) -> None:
    """Refuse everybody but the privacy officer.

    Raises:
        Refusal: NOT_ALLOWED.
    """
    if principal.role != Role.PRIVACY_OFFICER:
        raise Refusal(ErrorCode.NOT_ALLOWED)


@post("/erasures", status_code=201)
async def erase_person(
    data: JSONBody[ErasureRequest],
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    idempotency_key: IdempotencyKey = None,
) -> ErasureReceipt:
    """Forget a person for good, under every id she was merged from. Her sales stay, and lead to nobody.

    It cannot be undone. Tablets forget her with their next call; the receipt says which have.
    """
    require_officer(principal)
    claimed = await claim(connection, principal, request, idempotency_key) if idempotency_key else None
    if claimed is not None and claimed.repeated and claimed.record_id is not None:
        case_id = claimed.record_id
    else:
        case_id = (await erase(connection, principal, data.customer_id, reason=data.reason)).case_id
        if claimed is not None:
            await keep_result(connection, claimed, case_id)
    return await receipt_of(connection, case_id, now=datetime.now(UTC))


@get("/erasures/{case_id:uuid}")
async def read_erasure(
    case_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ErasureReceipt:
    """Which tablets have acknowledged an erasure, which are outstanding, which are covered by their lease."""
    require_officer(principal)
    found = await receipt_of(connection, case_id, now=datetime.now(UTC))
    await chain.append(connection, principal, "erasure.read", subject_kind="erasure", subject_id=case_id)
    return found


router = Router(
    "/v1/privacy",
    route_handlers=[erase_person, read_erasure],
    guards=[known_parameters],
    tags=["privacy"],
)
