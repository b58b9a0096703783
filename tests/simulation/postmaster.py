"""What happens to PostgreSQL in memory: crashes, backups, standbys that lack the latest, other clusters."""

from typing import Any

from schemas.ids import id_from
from tests.simulation.memory import Memory


class Postmaster:
    """Starts, stops and replaces the database."""

    def __init__(self, memory: Memory, *, lives: int) -> None:
        self._memory = memory
        self._boots = lives
        self._kept: tuple[dict[str, dict[Any, Any]], int, list[int], int, int] | None = None
        self.system = 1

    def backup(self) -> None:
        """Keep what is committed, as a base backup does."""
        tables = {name: dict(rows) for name, rows in self._memory.tables.items()}
        memory = self._memory
        self._kept = (tables, memory.next_xid, list(memory.committed), memory.lsn, memory.gc_floor)

    def restore(self) -> bool:
        """Put the backup back: what was committed since is lost. Return whether there was one."""
        if self._kept is None:
            return False
        self._memory.crash()
        tables, self._memory.next_xid, committed, self._memory.lsn, self._memory.gc_floor = self._kept
        self._memory.undo = []
        self._memory.tables = {name: dict(rows) for name, rows in tables.items()}
        self._memory.committed = list(committed)
        self._kept = None
        self.new_life()
        return True

    def fail_over(self, lost: int) -> None:
        """Promote a standby that lacks the latest commits."""
        self._memory.lose(lost)
        self.new_life()

    def sweep(self) -> int:
        """Delete the departures that everybody has seen who may still go on; return how many."""
        at = self._memory.begin()
        self._memory.gc_floor = floor = max(self._memory.gc_floor, int(self._memory.snapshot().split(":")[0]))
        gone = [key for key, row in at.rows("member") if row["state"] in (0, 3) and row["xid"] < floor]
        told = [key for key, row in at.rows("late_verdict") if row["xid"] < floor]
        for table, keys in (("member", gone), ("late_verdict", told)):
            for key in keys:
                at.delete(table, key)
        at.commit()
        return len(gone)

    def crash(self) -> None:
        """Kill PostgreSQL and start it again: what is not committed is lost, another boot begins."""
        self._memory.crash()
        self.new_life()

    def restore_elsewhere(self) -> None:
        """Dump and reload into another cluster: the same rows, other transaction numbers."""
        self._memory.crash()
        self._memory.next_xid = 10
        self._memory.committed, self._memory.undo, self._memory.gc_floor = [], [], 0
        at = self._memory.begin()
        for table in ("member", "fragment", "erasure"):
            for key, row in list(at.rows(table)):
                fresh = {name: at.number() for name in ("xid", "moved") if name in row}
                at.put(table, key, {**row, **fresh})
        at.commit()
        self.system += 1
        self.new_life()

    def new_life(self) -> None:
        """Begin a life of the database: its numbers go on from here, what stands is what is committed."""
        at = self._memory.begin()
        self._boots += 1
        boot = id_from("simulated-boot", str(self.system), str(self._boots))
        floor = int(self._memory.snapshot().split(":")[0])
        start_lsn = self._memory.lsn
        life = {"floor": floor, "place": self._boots, "system": self.system, "start_lsn": start_lsn}
        at.put("boot", boot, life)
        at.put("boot_marker", 1, boot)
        at.commit()
        self._memory.undo = []
