"""Pages: a list's place to go on from, sealed so that it tells nothing and cannot be made up."""

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from server.auth.principal import Principal
from server.auth.sealing import SealBroken, derive, seal, unseal
from server.problems import Refusal
from server.settings import Settings

MOST_ROWS = 100
BLOCK = 64  # bytes: what a cursor holds is padded to a multiple of this
QUERY = "query"  # a route's opt: the query parameters it knows

# Types of query parameters. Constraints of msgspec.Meta inside FromQuery would not be looked at.
Limit = Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)]
Cursor = Annotated[str | None, QueryParameter(min_length=1, max_length=600, pattern="^[A-Za-z0-9_-]+$")]
Word = Annotated[str | None, QueryParameter(min_length=1, max_length=60)]

T = TypeVar("T")


class Page(Struct, Generic[T]):
    """Some rows of a list, and where to go on. There are no totals: they would tell of rows not shown."""

    data: list[T]
    has_more: bool
    next_cursor: str | None = None


class Cursors:
    """Seals and opens cursors of one person and one list; a cursor of another is none of ours.

    Without a principal: names of entries that all who may read the list share.
    """

    def __init__(
        self, settings: Settings, principal: Principal | None, about: tuple[str | None, ...]
    ) -> None:
        whose = [str(principal.associate_id), principal.epoch] if principal else [None, None]
        self._key = derive(settings.secret, "cursor")
        self._context = msgspec.json.encode([*whose, about])

    def seal(self, place: tuple[Any, ...]) -> str:
        """Return the cursor of a place: the sort key of the last row shown."""
        plain = msgspec.msgpack.encode(place)
        padded = len(plain).to_bytes(2, "big") + plain
        padded += bytes(-len(padded) % BLOCK)  # the length of a number would tell of its size
        sealed = seal(self._key, padded, context=self._context)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, cursor: str | None, kind: type[T]) -> T | None:
        """Return the place a cursor names; None without one.

        Raises:
            Refusal: INVALID_CURSOR when it was made for another person, list or filter, or altered.
        """
        if cursor is None:
            return None
        try:
            sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            padded = unseal(self._key, sealed, context=self._context)
            return msgspec.msgpack.decode(padded[2 : 2 + int.from_bytes(padded[:2], "big")], type=kind)
        except (binascii.Error, SealBroken, msgspec.DecodeError, ValueError) as error:
            raise Refusal(ErrorCode.INVALID_CURSOR) from error


def page_of(rows: list[T], *, limit: int, cursor_of_last: Any) -> Page[T]:
    """Return a page of at most ``limit`` rows out of one more; ``cursor_of_last`` makes a row's cursor."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(data=shown, has_more=more, next_cursor=cursor_of_last(shown[-1]) if more else None)


async def known_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse a query parameter that the route does not know, or one given twice.

    Raises:
        Refusal: UNKNOWN_PARAMETER.
    """
    known = handler.opt.get(QUERY, ())
    given = list(connection.query_params.multi_items())
    names = [name for name, _ in given]
    if any(name not in known for name in names):
        raise Refusal(
            ErrorCode.UNKNOWN_PARAMETER,
            "known here: " + (", ".join(known) or "none"),
        )
    if len(names) != len(set(names)):
        raise Refusal(
            ErrorCode.INVALID,
            errors=(FieldError(pointer="", detail="a query parameter is given twice"),),
        )
