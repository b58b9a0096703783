"""What was run already: one line of JSON for each block of seeds, so that a run can be stopped and go on."""

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec

from schemas.record import Struct
from server.proofs.keeping import this_commit
from tests.simulation.runs import Block, Tally


class Line(Struct):
    """A block that was run, where and when."""

    at: str
    commit: str
    machine: str
    block: Block


class Progress:
    """The lines of a file, and a place to add to them. Several processes may add at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.commit = this_commit()
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text and not text.endswith("\n"):  # the last was cut off: it counts for nothing
            path.write_text(text := text[: text.rfind("\n") + 1], encoding="utf-8")
        self.lines = [msgspec.json.decode(line, type=Line) for line in text.splitlines()]

    def add(self, block: Block) -> None:
        """Keep what a block came to."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        machine = f"{platform.node()} {platform.machine()}"
        line = Line(at=at, commit=self.commit, machine=machine, block=block)
        with self.path.open("ab", buffering=0) as file:
            file.write(msgspec.json.encode(line) + b"\n")
        self.lines.append(line)

    def done(self) -> set[range]:
        """Return the seeds that need not be run again: nothing was broken in their block."""
        blocks = (line.block for line in self.lines if not line.block.broken)
        return {range(block.first, block.first + block.seeds) for block in blocks}

    def tally(self, *, stopped: bool) -> Tally:
        """Add up what stands: of a block that was run again, what it came to last."""
        tally = Tally(stopped=stopped)
        for line in self._standing():
            tally.add(line.block)
        return tally

    def by_commit(self) -> list[dict[str, Any]]:
        """Return what was run of each commit."""
        standing = sorted(self._standing(), key=attrgetter("at"))
        seeds: Counter[str] = Counter()
        faults: Counter[str] = Counter()
        for line in standing:
            seeds[line.commit] += line.block.seeds
            faults[line.commit] += sum(line.block.faults.values())
        return [
            {
                "commit": commit,
                "seeds": seeds[commit],
                "faults": faults[commit],
                "ranges": _ranges(line.block for line in standing if line.commit == commit),
                "until": max(line.at for line in standing if line.commit == commit),
            }
            for commit in dict.fromkeys(line.commit for line in standing)
        ]

    def _standing(self) -> Sequence[Line]:
        return list({line.block.first: line for line in self.lines}.values())


def _ranges(blocks: Iterable[Block]) -> list[str]:
    found = sorted((block.first, block.first + block.seeds) for block in blocks)
    joined: list[tuple[int, int]] = []
    for first, end in found:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return [f"{first}-{end - 1}" for first, end in joined]
