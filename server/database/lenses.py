"""What row policies and grants ask of the policy in force: one row for each role."""

from typing import Any

import msgspec

from schemas.record import Struct
from schemas.staff import ROLES
from schemas.visibility import NOTES, Level, Policy, lens_of


class LensRow(Struct):
    """What a role may see of customers, as the wall keeps it."""

    role: str
    version: int
    fields: list[str]  # read in clear, save notes: who reads which depends on the note
    searchable: list[str]  # also those seen masked
    groups: list[str]


def lens_rows(policy: Policy) -> list[LensRow]:
    """Return what each role may see by this policy."""
    rows: list[LensRow] = []
    for role in ROLES:
        lens = lens_of(policy, role, person="", stores=())
        rows.append(
            LensRow(
                role=role.value,
                version=policy.version,
                fields=[field for field in lens.levels if lens.reads(field) and field != NOTES],
                searchable=[field for field, level in lens.levels.items() if level >= Level.MASKED],
                groups=[group for group in lens.groups if not group.startswith(f"{NOTES}@")],
            )
        )
    return rows


async def keep_lenses(connection: Any, policy: Policy) -> bool:
    """Let the wall follow this policy, in the caller's transaction; return whether anything changed."""
    wanted = lens_rows(policy)
    kept = await connection.fetch("select role, version, fields, searchable, groups from wall_lens")
    if {row["role"]: LensRow(**dict(row)) for row in kept} == {row.role: row for row in wanted}:
        return False
    await connection.execute("delete from wall_lens")
    await connection.executemany(
        "insert into wall_lens (role, version, fields, searchable, groups) values ($1, $2, $3, $4, $5)",
        [msgspec.structs.astuple(row) for row in wanted],
    )
    await connection.execute("select wall_restate()")
    return True
