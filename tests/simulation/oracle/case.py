"""A case: what everybody wrote down, what the server holds, and what is in the files."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from tests.simulation.oracle.files import outbox_of
from tests.simulation.oracle.rights import (
    BRAND_WIDE,
    CLASS_OF,
    CLASSES,
    IN_SHOPS,
    LAID_ASIDE_FROM,
    SEES,
    SOUTH,
    mask,
)

SETTLED = ("applied", "merged", "redirected")
_MARK = re.compile(rb"w\d{6}q|\+336\d{8}")  # by which whatever was said is known again


class Case:
    """What is known, and what was found not to hold."""

    def __init__(
        self,
        ledger: list[dict[str, Any]],
        dump: list[dict[str, Any]],
        tablets: Mapping[str, tuple[sqlite3.Connection, bytes]],
    ) -> None:
        self.found: list[str] = []
        self.tablets = tablets
        self.people: dict[str, dict[str, Any]] = {}
        self.roles: dict[str, set[str]] = {}  # every role that somebody ever had
        self.moved: set[str] = set()  # people whose role or stores changed
        self.copied: set[str] = set()  # files of which there was ever another copy
        self.real_merges = False  # they move and combine: what one id said is not what one id shows
        self.restored = False  # the server, from a backup: it may judge anew what it had judged
        self.merged: set[str] = set()  # records that were ever part of a merge
        self.parted: set[str] = set()  # records that were merged, and then no longer
        self.pinned: set[tuple[str, str]] = set()  # record, tablet
        self.devices: dict[str, dict[str, Any]] = {}
        self.transferred: set[str] = set()  # tablets that stood elsewhere before
        self.overrides: dict[tuple[str, str], int] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.wrote: dict[str, dict[str, Any]] = {}  # mutation -> the seller's line
        self.acked: dict[str, str] = {}
        self.dismissed: set[str] = set()
        self.decided: set[str] = set()  # held edits that a manager let stand or go
        self.stood: dict[str, str] = {}  # such an edit -> the edit that was made of it
        self.lost: set[str] = set()
        self.erased: set[str] = set()
        for line in ledger:
            self._read(line)
        rows: dict[str, list[dict[str, Any]]] = {}
        for line in dump:
            rows.setdefault(line["table"], []).append(line)
        self.customers = {row["id"]: row for row in rows.get("customer", ())}
        self.receipts = {row["mid"]: row for row in rows.get("receipt", ())}
        self.past = rows.get("past", [])
        self.held = {row["mid"]: row for row in rows.get("held", ())}
        self.conflicts = {row["mid"]: row for row in rows.get("conflict", ())}
        self.asked = {row["id"]: row for row in rows.get("conflict", ())}
        self.members = rows.get("member", [])
        told = rows.get("acknowledged", ())
        self.acknowledged = {(row["device"], row["associate"], row["record"]) for row in told}
        for mid, anew in self.stood.items():  # what it does, it does under its new name
            line = self.wrote[mid]
            self.wrote.setdefault(anew, {**line, "file": "office"})
            self.wrote[mid] = {**line, "kind": "stood", "fields": {}}
        self.marks = {name: set(_MARK.findall(content)) for name, (_, content) in tablets.items()}
        self.outboxes = {name: outbox_of(store) for name, (store, _) in tablets.items()}

    def _read(self, line: dict[str, Any]) -> None:
        match line["said"]:
            case "person":
                if line["code"] in self.people:
                    self.moved.add(line["code"])
                self.people[line["code"]] = line
                self.roles.setdefault(line["code"], set()).add(line["role"])
            case "copied":
                self.copied.add(line["file"])
            case "merged":
                self.merged.update(line["records"])
            case "unmerged":
                self.parted.add(line["record"])
            case "pinned":
                self.pinned.add((line["record"], line["device"]))
            case "device":
                if self.devices.get(line["name"], line)["store"] != line["store"]:
                    self.transferred.add(line["name"])
                self.devices[line["name"]] = line
            case "merges are the product's own":
                self.real_merges = True
            case "server restored":
                self.restored = True
            case "policy":
                for field in line["fields"]:
                    self.overrides[line["role"], field] = line["level"]
                for field, others in LAID_ASIDE_FROM.items():
                    least = min(self.level(line["role"], other) for other in others)
                    if least < min(2, self.level(line["role"], field)):
                        self.overrides[line["role"], field] = least
            case "file":
                self.files[line["name"]] = line
            case "wrote":
                self.wrote[line["mid"]] = line
            case "acked":
                self.acked.setdefault(line["mid"], line["status"])
            case "decided":
                self.decided.add(line["mid"])
                if line["anew"] is not None:
                    self.stood[line["mid"]] = line["anew"]
            case "dismissed":
                self.dismissed.add(line["mid"])
            case "lost with the disk":
                self.lost.update(line["mids"])
            case "erased":
                self.erased.update(line["records"])

    def level(self, role: str, field: str) -> int:
        """Return how much of a field a role sees: 0 nothing, 1 a mask, 2 all, 3 to write it."""
        if (role, field) in self.overrides:
            return self.overrides[role, field]
        return ".MRW".index(SEES[role][CLASSES.index(CLASS_OF[field])])

    def owner(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return whose file this is, and on which tablet."""
        file = self.files[name]
        return self.people[file["person"]], self.devices[file["device"]]

    def scopes(self, person: dict[str, Any], device: dict[str, Any]) -> set[str]:
        """Return the scopes that somebody's file on a tablet holds."""
        scopes = {"catalog", "directory"}
        role, stores = person["role"], self.stores(person)
        if role in BRAND_WIDE or (role in IN_SHOPS and device["store"] in stores):
            scopes.add(f"store:{device['store']}")
        if role in IN_SHOPS:
            scopes |= {f"own:{person['id']}", f"pin:{device['id']}"}
        elif role in BRAND_WIDE:
            scopes.add(f"pin:{device['id']}")
        return scopes

    def stores(self, person: dict[str, Any]) -> Iterable[str]:
        """Return the stores that somebody has a part in."""
        if person["role"] == "zone_manager":
            return SOUTH
        if person["role"] in BRAND_WIDE:
            return ("lyon", "nice", "paris")
        stores: list[str] = person["stores"]
        return stores

    def reads_note(self, person: dict[str, Any], line: dict[str, Any]) -> bool:
        """Whether a note is for somebody to read."""
        if line["level"] == "brand":
            return True
        if line["level"] == "store" and line["store"] is not None:
            return line["store"] in self.stores(person)
        return bool(line["author"] == person["id"])

    def is_a_stranger_there(self, line: dict[str, Any]) -> bool:
        """Whether the author of a note may have had no part in its store when it came in."""
        return line["person"] in self.moved or line["store"] not in self.stores(self.people[line["person"]])

    def note_of(self, line: dict[str, Any]) -> dict[str, Any]:
        """Return a note as it was written; who is a stranger to its store is its only reader."""
        left = line["level"] == "store" and self.is_a_stranger_there(line)
        notes = [note for row in self.customers.values() for note in row["values"].get("notes", ())]
        alone = any(note["note_id"] == line["key"] and note["level"] == "private" for note in notes)
        return {**line, "level": "private"} if left and alone else line

    def seen(self, person: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        """Return what somebody is shown of a customer's values."""
        shown = {}
        for field, value in values.items():
            level = self.level(person["role"], field) if field in CLASS_OF else 0
            if level == 1:
                shown[field] = mask(field, value)
            elif level and field == "notes":
                notes = [note for note in value if self.reads_note(person, note)]
                if notes:
                    shown[field] = sorted(notes, key=lambda note: str(note["note_id"]))
            elif level:
                shown[field] = value
        return shown

    def may_be_forgotten(self, mid: str) -> bool:
        """Whether a server restored from a backup may have lost this edit for good.

        The tablet sends again what it still has: not what its author may not read back, nor what left it
        with a right, a scope or an old image of its disk.
        """
        line = self.wrote[mid]
        if not self.restored or mid not in self.acked:
            return False
        if self.acked[mid] == "erased" or line["record"] in self.erased:
            return True  # nothing of it was kept, here or there
        if mid in self.dismissed:
            return True  # refused, seen and given up: sent again it might be taken against its author's word
        unread = any(
            self.level(role, each) < 2 for role in self.roles[line["person"]] for each in line["fields"]
        )
        gone = line["person"] in self.moved or line["file"] in self.copied or bool(self.overrides)
        gone = gone or self.files[line["file"]]["device"] in self.transferred
        return unread or gone or not line.get("met", True)

    def is_in_file(self, word: str, name: str) -> bool:
        """Whether a word is anywhere in a tablet's file."""
        mark = _MARK.search(word.encode())
        if mark is not None and mark.group() not in self.marks[name]:
            return False
        return word.encode() in self.tablets[name][1]

    def landed(self, mid: str, line: dict[str, Any]) -> str:
        """Return the record that an edit came to."""
        receipt = self.receipts.get(mid)
        landed: str = receipt["record"] if receipt else line["record"]
        return landed

    def say(self, what: str, mid: str) -> None:
        """Tell of an edit that something does not hold."""
        line = self.wrote.get(mid, {})
        self.found.append(
            f"{what}: {line.get('kind')} of {line.get('field')} by {line.get('person')} ({mid})"
            f" on {line.get('record')}"
        )

    def decided_at(self, record: str) -> set[str]:
        """Return where decisions about this record's conflicts went: to whom she had been merged by then."""
        return {
            self.receipts[mid]["record"]
            for mid, line in self.wrote.items()
            if line["kind"] == "resolve" and line["record"] == record and mid in self.receipts
        }

    def homes(self) -> dict[str, set[str]]:
        """Return where those lived whom the office made; the others live where a tablet stood."""
        homes: dict[str, set[str]] = {}
        for line in self.wrote.values():
            if line["file"] == "office" and line["kind"] == "create" and line["value"]:
                homes[line["record"]] = {line["value"]}
        for line in self.wrote.values():
            if line["kind"] == "move" and line["record"] in homes:
                homes[line["record"]].add(line["value"])
        return homes
