"""Putting values right at a person's request, whatever the policy gives the officer to write."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.mutations import Envelope, SetField, encode_args, op_of
from schemas.problem import ErrorCode
from schemas.record import Channel
from schemas.staff import Role
from server.audit import chain
from server.auth.principal import Principal
from server.customers import queries
from server.customers.forms import as_kept
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.privacy import cases
from server.problems import Refusal
from server.replication.push import Speaking, submit
from server.rest.writing import Writer, raise_refused


async def rectify(
    connection: Connection,
    principal: Principal,
    customer_id: UUID,
    *,
    values: Mapping[str, Any],
    reason: str,
    case_id: UUID | None,
    policies: Policies,
    now: datetime,
) -> list[str]:
    """Write single values and return their fields; null clears one. She may be frozen: it is she who asks.

    Raises:
        Refusal: INVALID with nothing to put right; FIELD_INVALID for a value that does not fit, and what
            else the write path refuses; NOT_FOUND and PRECONDITION of the case.
    """
    if not values:
        raise Refusal(ErrorCode.INVALID, "nothing to put right")
    fields = sorted(values)
    seen = await queries.revisions(connection, customer_id)
    writer = Writer(connection, principal, policies, now)
    edits = [SetField(field=field, value=as_kept(field, values[field])) for field in fields]
    outcomes = await submit(
        connection,
        msgspec.structs.replace(principal, role=Role.INTEGRATION),  # her right does not end at a policy
        [
            Envelope(
                seq=0,
                mutation_id=writer.new_id(),
                record_id=customer_id,
                op=op_of(edit),
                args=encode_args(edit),
                base=seen,
            )
            for edit in edits
        ],
        now=now,
        policies=policies,
        speaking=Speaking(channel=Channel.HEAD_OFFICE, author=str(principal.associate_id), by_right=True),
    )
    for outcome in outcomes:
        raise_refused(outcome)
    await chain.append(
        connection,
        principal,
        "customer.rectified",
        subject_kind="customer",
        subject_id=customer_id,
        facts={"fields": fields, "reason": reason},
    )
    await cases.note_done(connection, principal, case_id, "rectified", " ".join(fields))
    return fields
