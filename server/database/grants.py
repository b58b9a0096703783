"""Which role is given what: the catalogue and the policy in force, turned into grants and policies. Pure."""

from collections.abc import Iterable, Iterator

from schemas.customer import FIELDS
from schemas.record import Struct
from schemas.visibility import NOTES
from server.database.catalogue import FUNCTIONS, RIGHTS, TABLES, Held, Kind, Right
from server.database.lenses import LensRow
from server.database.roles import CALLERS, DOOR, FILES, Keys, Work
from server.database.wall_functions import passed

COLUMNS = tuple(field for field in FIELDS if field != NOTES)  # of customers, that a role may be given
GATED = tuple((right.table, right.fields) for right in RIGHTS if right.fields)
UNGUARDED = ("wall", "alembic_version")  # nobody but the owner is given anything of these
_UNKNOWN = Held(kind=Kind.CUSTOMER, columns="")  # a table nobody has classified is the engine's alone


class Grant(Struct):
    """A right of a role on a table, or on some of its columns. Roles by their short names."""

    role: str
    verb: str
    table: str
    columns: tuple[str, ...] = ()  # none: all of them

    def statement(self, keys: Keys) -> str:
        """Return the statement that gives it."""
        quoted = ", ".join(f'"{column}"' for column in self.columns)
        columns = f" ({quoted})" if quoted else ""
        return f"grant {self.verb}{columns} on {self.table} to {keys.role(self.role)}"


class RowPolicy(Struct):
    """Which rows a role's grants are about."""

    name: str
    table: str
    verb: str  # all, or one
    roles: tuple[str, ...]
    rows: str

    def statement(self, keys: Keys) -> str:
        """Return the statement that makes it."""
        clause = {
            "select": f"using ({self.rows})",
            "insert": f"with check ({self.rows})",
        }.get(self.verb, f"using ({self.rows}) with check ({self.rows})")
        holders = ", ".join(keys.role(name) for name in self.roles)
        return f"create policy {self.name} on {self.table} for {self.verb} to {holders} {clause}"


def grants(tables: Iterable[str]) -> Iterator[Grant]:
    """Yield what every role is given on these tables, whatever the policy says."""
    known = [name for name in tables if name not in UNGUARDED]
    for name in known:
        held = TABLES.get(name, _UNKNOWN)
        shown = tuple(column for column in held.columns.split() if column not in held.proof.split())
        for work in Work:
            for verb in getattr(held, work.value).split():
                hides = verb == "select" and held.proof and work is not Work.GATE
                yield Grant(role=work.value, verb=verb, table=name, columns=shown if hides else ())
        if held.door:
            yield Grant(role=DOOR, verb="select", table=name, columns=tuple(held.door.split()))
        for verb in held.files.split():
            yield Grant(role=FILES, verb=verb, table=name)
    for right in RIGHTS:
        if right.table in known and not right.fields:
            for role in _holders(right):
                columns = tuple(right.columns.split())
                yield Grant(role=role, verb=right.verb, table=right.table, columns=columns)


def lens_grants(lenses: Iterable[LensRow]) -> Iterator[Grant]:
    """Yield what callers' roles are given by the policy in force: as ``wall_restate`` gives it."""
    for lens in lenses:
        shown = tuple(field for field in lens.fields if field in COLUMNS)
        yield Grant(role=lens.role, verb="select", table="customer", columns=("id", *shown))
        for table, fields in GATED:
            if set(fields) <= set(lens.fields):
                yield Grant(role=lens.role, verb="select", table=table)


def row_policies(keys: Keys, tables: Iterable[str]) -> Iterator[RowPolicy]:
    """Yield the row policies of these tables, save the owner's."""
    known = [name for name in tables if name not in UNGUARDED]
    for name in known:
        held = TABLES.get(name, _UNKNOWN)
        for work in Work:
            if getattr(held, work.value):
                rows = f"(select {passed(keys, work)})"
                yield RowPolicy(name=f"wall_{work}", table=name, verb="all", roles=(work.value,), rows=rows)
        if held.door:
            yield RowPolicy(name="wall_door", table=name, verb="select", roles=(DOOR,), rows="true")
        if "insert" in held.files:
            rows = "(select wall_stands(current_user))"
            yield RowPolicy(name="wall_files", table=name, verb="insert", roles=(FILES,), rows=rows)
    for right in RIGHTS:
        if right.table in known:
            rows = (right.rows or "true").replace("{me}", "current_user")
            yield RowPolicy(
                name=f"wall_callers_{right.verb}",
                table=right.table,
                verb=right.verb,
                roles=_holders(right),
                rows=rows,
            )


def executions() -> Iterator[tuple[str, str]]:
    """Yield which role may carry out which function."""
    for function in FUNCTIONS:
        for role in (*CALLERS, FILES, Work.ENGINE.value):
            yield role, function
    yield Work.ENGINE.value, "wall_restate()"
    for work in (Work.KEEPER, Work.GATE):
        yield work.value, "name_life()"
    yield DOOR, "wall_unmoved(text,pg_snapshot)"
    yield DOOR, "wall_profiles(text,uuid[],text[],text)"


def _holders(right: Right) -> tuple[str, ...]:
    return (*CALLERS, FILES) if right.files else CALLERS
