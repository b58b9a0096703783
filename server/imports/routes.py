"""Doors to imports: a file is brought, rehearsed, taken in, stopped, gone on with and taken back."""

import asyncio
import csv
import io
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from schemas.problem import ErrorCode, FieldError
from schemas.record import Struct
from schemas.staff import Role
from server.audit import chain
from server.auth.extraction import UNCOUNTED
from server.auth.principal import Principal
from server.database.pool import Connection
from server.gate import ACCEPTS, ANSWERS
from server.imports import files, refusals
from server.imports.csv_source import FileUnreadable, neutralised
from server.imports.mapping import MappingInvalid
from server.imports.proposing import Proposal
from server.imports.table_file import document_of, shipped
from server.problems import Refusal
from server.rest.paging import QUERY, ROWS, Cursor, Limit, Listing, Page, known_parameters

KEEPERS = (Role.ADMINISTRATOR, Role.HEAD_OFFICE_CRM)
LARGEST_FILE = 32 << 20  # bytes as it is sent; gzip is welcome
BYTES = "application/octet-stream"
CSV = "text/csv"
MOST_REFUSED = 50_000  # lines of one answer

FileName = Annotated[str, QueryParameter(pattern=r"^[A-Za-z0-9_][A-Za-z0-9 ._-]{0,79}$")]
NAMED = "^[a-z0-9][a-z0-9-]{1,60}$"
MappingName = Annotated[str, QueryParameter(pattern=NAMED)]
Store = Annotated[str | None, QueryParameter(min_length=1, max_length=60)]


class SavedMapping(Struct):
    """A mapping that was saved under a name."""

    name: str
    document: dict[str, Any]


class ShownImport(Struct, omit_defaults=True):
    """A file and what became of it."""

    import_id: UUID
    file_name: str
    source: str
    state: str  # kept, rehearsed, done, stopped, failed, undone
    lines: int
    created_at: datetime
    wanted: str | None = None  # what is being done, or about to be
    done: int = 0  # lines of it
    error: str | None = None
    rehearsed: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    batch_id: UUID | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    dates: str | None = None  # as birth dates are written: iso, day_first, month_first, ambiguous, mixed
    dropped: list[str] = []  # columns of secrets: nothing of them was read


_COLUMNS = (
    "id as import_id, file_name, source, state, lines, created_at, wanted, done, error, rehearsed, result,"
    " batch_id, dialect->>'encoding' as encoding, dialect->>'delimiter' as delimiter,"
    " dialect->>'decimal' as decimal, dialect->>'dates' as dates,"
    " coalesce(dialect->'dropped', '[]') as dropped"
)


@put("/import-mappings/{name:str}")
async def save_mapping(
    name: Annotated[str, PathParameter(pattern=NAMED)],
    data: JSONBody[dict[str, Any]],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> SavedMapping:
    """Keep a mapping under a name; files that were brought before keep the one they came with."""
    require_keeper(principal)
    if shipped(name) is not None:
        raise Refusal(ErrorCode.ALREADY_EXISTS)
    await connection.execute(
        """
        insert into import_mapping (brand, name, document, saved_by) values ($1, $2, $3, $4)
        on conflict (brand, name) do update set document = $3, saved_by = $4, saved_at = now()
        """,
        principal.brand,
        name,
        data,
        principal.associate_id,
    )
    await _note(connection, principal, "import.mapping_saved", None, name=name)
    return SavedMapping(name=name, document=data)


@post(
    "/imports",
    status_code=201,
    request_max_body_size=LARGEST_FILE,
    opt={ACCEPTS: BYTES, QUERY: ("mapping", "file_name", "store")},
)
async def bring_file(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    mapping: MappingName,
    file_name: FileName,
    store: Store = None,
) -> ShownImport:
    """Keep a CSV file, plain or gzip, and say how it is written. Nothing of it is taken in yet."""
    require_keeper(principal)
    if store is not None and not await connection.fetchval(
        "select true from store where code = $1 and brand = $2", store, principal.brand
    ):
        raise Refusal(ErrorCode.INVALID, "no such store")
    body = await request.body()
    if not body:
        raise Refusal(ErrorCode.INVALID, "the file is empty")
    document = await _mapping(connection, principal, mapping)
    try:
        found = await asyncio.to_thread(files.look_over, body, file_name, document, store=store)
    except (FileUnreadable, MappingInvalid) as error:
        said = str(error).replace(".mapping.json", mapping)[:300]
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="", detail=said),)) from error
    import_id = uuid4()
    await connection.execute(
        """
        insert into import_file
          (id, brand, source, file_name, mapping, store, dialect, body, lines, brought_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        import_id,
        principal.brand,
        found.source,
        file_name,
        document,
        store,
        msgspec.to_builtins(found.dialect),
        body,
        found.lines,
        principal.associate_id,
    )
    await _note(connection, principal, "import.brought", import_id, lines=found.lines, source=found.source)
    return await _shown(connection, principal, import_id)


@post(
    "/imports/proposals",
    status_code=200,
    request_max_body_size=LARGEST_FILE,
    opt={ACCEPTS: BYTES, QUERY: ("file_name",)},
)
async def propose_mapping(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    file_name: FileName,
) -> Proposal:
    """How a file that has no mapping might be read: accept or change it, and save it under a name.

    Nothing is kept. What seems to tell of a consent is named, and never proposed as one.
    """
    require_keeper(principal)
    body = await request.body()
    if not body:
        raise Refusal(ErrorCode.INVALID, "the file is empty")
    try:
        found = await asyncio.to_thread(files.proposed, body, file_name)
    except FileUnreadable as error:
        raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="", detail=str(error)[:300]),)) from error
    await _note(connection, principal, "import.proposed", None, columns=len(found.columns))
    return found


@get("/imports", opt={QUERY: ("cursor", "limit")})
async def list_imports(
    request: Request[Any, Any, Any],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
    cursor: Cursor = None,
    limit: Limit = ROWS,
) -> Page[ShownImport]:
    """Files that were brought, the newest first."""
    require_keeper(principal)
    listing = Listing.asked(request, principal, cursor, limit, "imports")
    place = listing.after(tuple[datetime, UUID])
    rows = await connection.fetch(
        f"""
        select {_COLUMNS} from import_file
        where brand = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
        order by created_at desc, id desc limit $4
        """,  # noqa: S608 (the columns are ours)
        principal.brand,
        *(place or (None, None)),
        listing.rows,
    )
    return listing.page(
        [msgspec.structs.replace(ShownImport(**dict(row)), rehearsed=None) for row in rows],
        lambda line: (line.created_at, line.import_id),
    )


@get("/imports/{import_id:uuid}")
async def read_import(
    import_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownImport:
    """How far it is, what the rehearsal counted, and what came of it."""
    require_keeper(principal)
    return await _shown(connection, principal, import_id)


@post("/imports/{import_id:uuid}/rehearse", status_code=202)
async def rehearse(
    import_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownImport:
    """Count what taking it in would do. Nothing is written."""
    return await _want(connection, principal, import_id, "rehearse", ("kept", "rehearsed", "failed"))


@post("/imports/{import_id:uuid}/apply", status_code=202)
async def take_in(
    import_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownImport:
    """Take it in, in the background; or go on where it was stopped."""
    return await _want(connection, principal, import_id, "apply", ("kept", "rehearsed", "stopped", "failed"))


@post("/imports/{import_id:uuid}/undo", status_code=202)
async def take_back(
    import_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownImport:
    """Take it back: rows are again what they were, what others said since stays."""
    return await _want(connection, principal, import_id, "undo", ("done", "stopped", "failed"))


@post("/imports/{import_id:uuid}/stop", status_code=202)
async def stop(
    import_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> ShownImport:
    """Stop what is being done after the transaction it is in."""
    require_keeper(principal)
    await _shown(connection, principal, import_id)
    await connection.execute(
        "update import_file set stop = true where id = $1 and wanted is not null", import_id
    )
    await _note(connection, principal, "import.stopped", import_id)
    return await _shown(connection, principal, import_id)


@get("/imports/{import_id:uuid}/refused", opt={ANSWERS: (CSV,)})
async def read_refused(
    import_id: FromPath[UUID],
    connection: NamedDependency[Connection],
    principal: NamedDependency[Principal],
) -> Response[bytes]:
    """The lines that stayed outside, under their own header, with the reason: to mend and bring again.

    For whoever brought the file alone: what its lines say of people is no field that a policy could hide.
    """
    require_keeper(principal)
    shown = await _shown(connection, principal, import_id)
    row = await connection.fetchrow("select dialect, brought_by from import_file where id = $1", import_id)
    if row is None or row["brought_by"] != principal.associate_id:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    if shown.batch_id is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    written = row["dialect"]
    rows = io.StringIO(newline="")
    writer = csv.writer(rows, delimiter=written["delimiter"])
    writer.writerow([*refusals.ADDED, *written["header"]])
    async for refused in refusals.stored(connection, shown.batch_id, most=MOST_REFUSED):
        writer.writerow([refused.line, refused.code, refused.reason, *map(neutralised, refused.values)])
    await _note(connection, principal, "import.refused_read", import_id)
    return Response(rows.getvalue().encode(), media_type=CSV)


async def _want(
    connection: Connection, principal: Principal, import_id: UUID, what: str, states: tuple[str, ...]
) -> ShownImport:
    require_keeper(principal)
    shown = await _shown(connection, principal, import_id)
    done = await connection.fetchval(
        """
        update import_file set wanted = $2, stop = false
        where id = $1 and wanted is null and state = any($3::text[])
          and ($2 <> 'undo' or batch_id is not null) returning true
        """,
        import_id,
        what,
        list(states),
    )
    if not done and shown.wanted != what:
        raise Refusal(ErrorCode.INVALID, f"it is {shown.wanted or shown.state}: this cannot be done now")
    await _note(connection, principal, f"import.{what}", import_id)
    return await _shown(connection, principal, import_id)


async def _shown(connection: Connection, principal: Principal, import_id: UUID) -> ShownImport:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from import_file where id = $1 and brand = $2",  # noqa: S608 (ours)
        import_id,
        principal.brand,
    )
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND)
    return ShownImport(**dict(row))


async def _mapping(connection: Connection, principal: Principal, name: str) -> Any:
    if (path := shipped(name)) is not None:
        return document_of(path)
    saved = await connection.fetchval(
        "select document from import_mapping where brand = $1 and name = $2", principal.brand, name
    )
    if saved is None:
        raise Refusal(ErrorCode.INVALID, "no such mapping")
    return saved


def require_keeper(principal: Principal) -> None:
    """Refuse whoever does not keep imports: head office and the administrator do.

    Raises:
        Refusal: NOT_ALLOWED.
    """
    if principal.role not in KEEPERS or principal.confined:
        raise Refusal(ErrorCode.NOT_ALLOWED)


async def _note(
    connection: Connection, principal: Principal, action: str, import_id: UUID | None, **facts: Any
) -> None:
    await chain.append(
        connection, principal, action, subject_kind="import", subject_id=import_id, facts=facts
    )


router = Router(
    "/v1",
    route_handlers=[
        save_mapping, propose_mapping, bring_file, list_imports, read_import, rehearse, take_in,
        take_back, stop, read_refused,
    ],
    guards=[known_parameters],
    opt={UNCOUNTED: True},
    tags=["imports"],
)  # fmt: skip
