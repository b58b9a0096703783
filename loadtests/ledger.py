"""What a simulated tablet was told was saved, in plain lines of its own: the witness of a load test."""

import json
from pathlib import Path
from typing import TextIO
from uuid import UUID


class Ledger:
    """Notes by one tablet, written down before the app is called and again once it said *saved*.

    Shares nothing with the product but ids, so that it can bear witness against it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None
        self.intended: dict[UUID, UUID] = {}  # note -> customer
        self.saved: dict[UUID, UUID] = {}

    def intend(self, note_id: UUID, record_id: UUID) -> None:
        """Write down that this note is about to be made."""
        self.intended[note_id] = record_id
        self._line("intended", note_id, record_id)

    def save(self, note_id: UUID) -> None:
        """Write down that the app said *saved*."""
        self.saved[note_id] = self.intended[note_id]
        self._line("saved", note_id, self.saved[note_id])

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _line(self, what: str, note_id: UUID, record_id: UUID) -> None:
        if self._file is not None:
            self._file.write(
                json.dumps({"what": what, "note": str(note_id), "record": str(record_id)}) + "\n"
            )
            self._file.flush()
