"""Erasure: everything of a person goes, in one transaction, under every id she ever had.

What stays: her ids, so that no tablet and no late edit brings her back; her sales, under an id that leads to
nobody, because the books are kept by law; keyed fingerprints; and the audit trail, which holds no values.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from schemas.identity import digits, tokens
from schemas.problem import ErrorCode
from schemas.record import Struct
from server.audit import chain
from server.auth.principal import Principal
from server.customers.edits import NAME_FIELDS, contact_forms_of
from server.database.pool import Connection
from server.identity.following import forget
from server.privacy.fingerprints import fingerprints_of, source_form
from server.problems import Refusal
from server.replication.workspace import CustomerState, installed
from server.scope import reachable

# Where rows are about one person: table -> its column of the id. All of them go.
GOES: Mapping[str, str] = {
    "awaiting_match": "customer_id",
    "conflict": "record_id",
    "consent_event": "customer_id",
    "contact_point": "customer_id",
    "customer": "id",
    "customer_part": "customer_id",
    "customer_search": "customer_id",
    "extraction_person": "customer_id",
    "field_past": "record_id",
    "fragment": "record_id",
    "held_edit": "record_id",
    "idempotency_key": "record_id",
    "identity_key": "customer_id",
    "identity_seen": "customer_id",
    "import_edit": "record_id",
    "late_verdict": "record_id",
    "loyalty_entry": "customer_id",
    "outgoing": "customer_id",
    "pin": "record_id",
    "processing_limit": "customer_id",
    "promise": "customer_id",
    "reveal": "customer_id",
    "source_record": "customer_id",
    "touchpoint": "customer_id",
    "webhook_message": "record_id",
}
# Where something stays, and what of it.
STAYS: Mapping[str, str] = {
    "audit_event": "who did what when; no values",
    "erasure": "the id alone, so that nothing brings her back",
    "erasure_ack": "which tablet has forgotten the id",
    "member": "the id alone, as a tombstone for tablets",
    "privacy_case": "that the id asked for something by right, and when it was answered; no values",
    "purchase": "the sale, under an id that leads to nobody: the books are kept by law",
    "receipt": "that an edit was answered; no content",
}

LONGEST_LIKE = 9  # last digits of a number by which a refused line is recognised


class Erased(Struct):
    """What an erasure did."""

    case_id: UUID
    ids: tuple[UUID, ...]
    sales_kept: int


async def erase(connection: Connection, principal: Principal, customer_id: UUID, *, reason: str) -> Erased:
    """Erase a person under all her ids, in the caller's transaction.

    Raises:
        Refusal: PERSON_ERASED when it was done before, NOT_FOUND for somebody unknown or not theirs.
    """
    survivor = await _lock_survivor(connection, principal, customer_id)
    ids = sorted({survivor.customer_id, *survivor.parts})
    known = await _known_by(connection, survivor, ids)
    case_id = uuid4()
    await connection.execute(
        "insert into erasure (record_id, case_id) select unnest($1::uuid[]), $2", ids, case_id
    )
    await connection.execute(
        """
        insert into erasure_fingerprint (fingerprint, case_id) select unnest($1::bytea[]), $2
        on conflict do nothing
        """,
        sorted(fingerprints_of(known)),
        case_id,
    )
    sales = await _let_go_of_sales(connection, ids)
    await _empty_deliveries(connection, ids)
    await _scrub_refused_lines(connection, survivor, known)
    await _forget_words(connection, ids, survivor)
    await forget(connection, ids)
    await connection.execute("delete from identity_pair where one = any($1) or other = any($1)", ids)
    for table, column in GOES.items():
        await connection.execute(f"delete from {table} where {column} = any($1)", ids)  # noqa: S608 (ours)
    await _forget_merges(connection, ids)
    await connection.execute(
        "update receipt set status = 'erased', code = null, detail = null where record_id = any($1)", ids
    )
    await connection.execute(
        """
        update member set state = 3, into_id = null, rev = rev + 1,
               xid = pg_current_xact_id(), moved = pg_current_xact_id()
        where record_id = any($1)
        """,
        ids,
    )
    await connection.execute(
        "insert into erasure_case (id, asked_by, reason, ids, sales_kept) values ($1, $2, $3, $4, $5)",
        case_id,
        principal.associate_id,
        reason,
        len(ids),
        sales,
    )
    await chain.append_many(
        connection, principal, "customer.erased", "customer", [(each, {"case": str(case_id)}) for each in ids]
    )
    return Erased(case_id=case_id, ids=tuple(ids), sales_kept=sales)


async def _lock_survivor(connection: Connection, principal: Principal, customer_id: UUID) -> CustomerState:
    wanted = customer_id
    for _ in range(3):  # somebody may merge her on before she is locked
        states = await installed().load_customers(connection, [wanted])
        state = states.get(wanted)
        if state is None:
            if await connection.fetchval(
                "select exists (select from erasure where record_id = $1)", customer_id
            ):
                raise Refusal(ErrorCode.PERSON_ERASED)
            break
        if state.alias_of is None:
            if await reachable(connection, principal, [wanted]):
                return state
            break
        wanted = state.alias_of
    raise Refusal(ErrorCode.NOT_FOUND)


async def _known_by(
    connection: Connection, survivor: CustomerState, ids: Sequence[UUID]
) -> set[tuple[str, str]]:
    """Return every contact and source number she was ever known by that is still kept somewhere."""
    known = {form for values in survivor.known_as() for form in contact_forms_of(values)}
    known |= {form for values in _parts_of(survivor) for form in contact_forms_of(values)}
    past = await connection.fetch(
        """
        select field, value from field_past
        where record_id = any($1) and field in ('email', 'phone', 'loyalty_card')
        """,
        ids,
    )
    for row in past:
        if isinstance(row["value"], str):
            known |= contact_forms_of({row["field"]: row["value"]})
    sources = await connection.fetch(
        "select source, source_id from source_record where customer_id = any($1)", ids
    )
    return known | {source_form(row["source"], row["source_id"]) for row in sources}


def _parts_of(survivor: CustomerState) -> list[dict[str, Any]]:
    return [part.values for part in survivor.parts.values()]


async def _let_go_of_sales(connection: Connection, ids: Sequence[UUID]) -> int:
    """Keep her sales for the books, together, under an id that nobody can lead back to her."""
    done = await connection.execute(
        "update purchase set customer_id = $2, via = null, mutation_id = null where customer_id = any($1)",
        ids,
        uuid4(),
    )
    return int(done.rpartition(" ")[2])


async def _empty_deliveries(connection: Connection, ids: Sequence[UUID]) -> None:
    """Empty what sources delivered of her and what imports kept to be undone; forget where she visited."""
    await connection.execute(
        """
        delete from import_before b where b.key = any($1::text[])
          or (b.before ->> 'root') = any($1) or (b.before ->> 'customer_id') = any($1)
          or b.subject = 'source' and exists (
               select from source_record s join import_batch i on i.source = s.source
               where i.id = b.batch_id and s.source_id = b.key and s.customer_id = any($2::uuid[]))
        """,
        [str(each) for each in ids],
        ids,
    )
    # A file that waits to be taken in may speak of her: it has to be brought again.
    await connection.execute("update import_file set body = null where wanted is null and body is not null")
    await connection.execute(
        "update delivery set body = null, records = '{}' where records && $1::uuid[]", ids
    )
    await connection.execute(
        """
        delete from visitor_link l using source_record s
        where s.source = l.source and s.source_id = l.reference and s.customer_id = any($1)
        """,
        ids,
    )
    rows = await connection.fetch(
        "select awaiting_id from awaiting_match where customer_id = any($1::uuid[])", ids
    )
    for table, column in (
        ("awaiting_match", "awaiting_id"),
        ("awaiting_key", "awaiting_id"),
        ("awaiting", "id"),
    ):
        await connection.execute(
            f"delete from {table} where {column} = any($1::uuid[])",  # noqa: S608 (ours)
            [row["awaiting_id"] for row in rows],
        )


async def _scrub_refused_lines(
    connection: Connection, survivor: CustomerState, known: Iterable[tuple[str, str]]
) -> None:
    """Take the original columns out of refused lines of imports that are hers."""
    whole, parts = set(), set()
    for kind, form in known:
        if kind.startswith("source:"):
            whole.add(form)
        elif kind == "phone":
            parts.add(digits(form)[-LONGEST_LIKE:])
        else:
            parts.add(form.casefold())
    names = [
        (given.casefold(), family.casefold())
        for values in survivor.known_as()
        if (given := values.get("given_name")) and (family := values.get("family_name"))
    ]
    await connection.execute(
        """
        update import_refusal r set original = '[]'
        where original <> '[]' and (
          exists (select from unnest($1::text[]) part
                  where strpos(lower(original::text), part) > 0
                     or (part ~ '^[0-9]+$'
                         and strpos(regexp_replace(original::text, '[^0-9,]', '', 'g'), part) > 0))
          or exists (select from unnest($2::text[], $3::text[]) as name (given, family)
                     where strpos(lower(original::text), given) > 0
                       and strpos(lower(original::text), family) > 0)
          or (original ?| $4::text[] and exists (
                select from import_batch b where b.id = r.batch_id and b.source = any($5::text[]))))
        """,
        sorted(parts),
        [given for given, _ in names],
        [family for _, family in names],
        sorted(whole),
        sorted({kind.removeprefix("source:") for kind, _ in known if kind.startswith("source:")}),
    )


async def _forget_words(connection: Connection, ids: Sequence[UUID], survivor: CustomerState) -> None:
    """Take those words out of the dictionary of names that nobody else bears."""
    past = await connection.fetch(
        "select value from field_past where record_id = any($1) and field = any($2)", ids, list(NAME_FIELDS)
    )
    known = [values.get(name) for values in survivor.known_as() for name in NAME_FIELDS]
    known += [values.get(name) for values in _parts_of(survivor) for name in NAME_FIELDS]
    words = tokens(*known, *(row["value"] for row in past if isinstance(row["value"], str)))
    lonely = await connection.fetch(
        """
        select word from unnest($1::text[]) word where not exists (
          select from customer_search s where s.tokens @> array[word] and s.customer_id <> all($2))
        """,
        list(words),
        ids,
    )
    gone = [row["word"] for row in lonely]
    await connection.execute("delete from name_token_delete where token = any($1)", gone)
    await connection.execute("delete from name_token where token = any($1)", gone)


async def _forget_merges(connection: Connection, ids: Sequence[UUID]) -> None:
    """Forget with whom she was merged or compared."""
    await connection.execute("delete from identity_pair where one = any($1) or other = any($1)", ids)
    merges = await connection.fetch(
        "delete from merge where loser = any($1) or winner = any($1) returning id", ids
    )
    await connection.execute(
        "delete from merge_record where merge_id = any($1)", [row["id"] for row in merges]
    )
