"""A file to import, of any kind: looked over, rehearsed and taken in alike."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from server.auth.principal import Principal
from server.database.pool import Connection
from server.imports import cost_job, cost_mapping, customer_job, customer_mapping, job, mapping, rehearsal
from server.imports.csv_source import Dialect
from server.imports.mapping import MappingInvalid

SHIPPED = Path(mapping.__file__).parent / "mappings"
Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]


class TableFile:
    """A file and its mapping, looked over once; nothing is written until it is taken in."""

    def __init__(self, prepared: job.Prepared | customer_job.PeopleFile | cost_job.CostFile) -> None:
        self._prepared = prepared

    @property
    def source(self) -> str:
        """The system that the file speaks for."""
        return self._prepared.mapping.source

    @property
    def file_hash(self) -> str:
        """What names its content."""
        return self._prepared.file_hash

    @property
    def dialect(self) -> Dialect:
        """How the file is written."""
        return self._prepared.dialect

    @property
    def lines(self) -> int:
        """How many lines it has, without the header."""
        if isinstance(self._prepared, job.Prepared):
            return self._prepared.ends.lines
        if isinstance(self._prepared, cost_job.CostFile):
            return self._prepared.read.lines
        return self._prepared.rows

    async def rehearse(
        self, connection: Connection, *, principal: Principal, clock: Clock, secret: bytes, progress: Progress
    ) -> dict[str, Any]:
        """Return what taking it in would do. ``connection`` is outside any transaction."""
        told: rehearsal.Rehearsal | rehearsal.LinesRehearsal | cost_job.CostRehearsal
        if isinstance(self._prepared, job.Prepared):
            told = await rehearsal.rehearse_lines(
                connection, self._prepared, principal=principal, clock=clock, progress=progress
            )
        elif isinstance(self._prepared, cost_job.CostFile):
            told = await cost_job.rehearse(connection, self._prepared, principal=principal, progress=progress)
        else:
            told = await rehearsal.rehearse(
                connection,
                self._prepared,
                principal=principal,
                clock=clock,
                secret=secret,
                progress=progress,
            )
        found: dict[str, Any] = msgspec.to_builtins(told)
        return found

    async def take_in(
        self, connection: Connection, *, principal: Principal, clock: Clock, progress: Progress
    ) -> dict[str, Any]:
        """Take it in, or go on where it stopped, and return its batch and what was counted."""
        result: job.Result | customer_job.PeopleResult | cost_job.CostResult
        if isinstance(self._prepared, job.Prepared):
            result = await job.run(
                connection, self._prepared, principal=principal, clock=clock, progress=progress
            )
        elif isinstance(self._prepared, cost_job.CostFile):
            result = await cost_job.run(
                connection, self._prepared, principal=principal, clock=clock, progress=progress
            )
        else:
            result = await customer_job.run(
                connection, self._prepared, principal=principal, clock=clock, progress=progress
            )
        return {"batch_id": str(result.batch_id), "totals": msgspec.to_builtins(result.totals)}


def looked_over(path: Path, mapping_path: Path, *, store: str | None) -> TableFile:
    """Look a file over by a mapping of any kind.

    Raises:
        FileUnreadable: no header, not text, cut short.
        MappingInvalid: the mapping is none, or names columns that the file does not have.
    """
    match customer_mapping.kind_of(mapping_path):
        case "customers":
            return TableFile(customer_job.prepare(path, customer_mapping.load(mapping_path), store=store))
        case "costs":
            return TableFile(cost_job.prepare(path, cost_mapping.load(mapping_path)))
    return TableFile(job.prepare(path, mapping.load(mapping_path), store=store))


def shipped(name: str) -> Path | None:
    """Return the mapping of this name that comes with the product."""
    path = SHIPPED / f"{name}.toml"
    return path if "/" not in name and "." not in name and path.exists() else None


def document_of(path: Path) -> Any:
    """Return a mapping file's content.

    Raises:
        MappingInvalid: it cannot be read.
    """
    try:
        if path.suffix == ".json":
            return msgspec.json.decode(path.read_bytes())
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.MsgspecError) as error:
        raise MappingInvalid(f"{path.name}: {error}") from error
