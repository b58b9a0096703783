"""Pages: a list's place to go on from, sealed so that it tells nothing and cannot be made up."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from server.auth.principal import Principal
from server.auth.sealing import SealBroken, derive, seal, unseal
from server.problems import Refusal
from server.settings import Settings

ROWS = 20  # of a page, where nothing is said
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


class Listing:
    """One page of one list, as it is asked for."""

    def __init__(self, cursors: Cursors, cursor: str | None, limit: int) -> None:
        self._cursors = cursors
        self._cursor = cursor
        self.limit = limit
        self.rows = limit + 1  # to look for: one more than is shown tells whether there are more

    @classmethod
    def asked(
        cls,
        request: Request[Any, Any, Any],
        principal: Principal,
        cursor: str | None,
        limit: int,
        *about: str | None,
    ) -> "Listing":
        """Return what is asked for of a list, by its name and what it is narrowed down to."""
        return cls(Cursors(request.app.state.settings, principal, about), cursor, limit)

    def after(self, kind: type[T]) -> T | None:
        """Return the sort key of the last row shown; None for the first page.

        Raises:
            Refusal: INVALID_CURSOR.
        """
        return self._cursors.open(self._cursor, kind)

    def page(self, rows: Sequence[T], place: Callable[[T], tuple[Any, ...]]) -> Page[T]:
        """Return the page of the rows found; ``place`` gives the sort key of one."""
        shown = list(rows[: self.limit])
        further = self._cursors.seal(place(shown[-1])) if len(rows) > self.limit else None
        return Page(data=shown, has_more=further is not None, next_cursor=further)


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
