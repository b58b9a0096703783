"""The oracle: judges plain ledgers, a dump of the server and the raw files of tablets, and nothing else.

It knows nothing of the product: it imports the standard library alone and holds its own, hand-written table
of who may see what. Lines are JSON: what simulated sellers wrote down before and after they used the app,
what head office decided, and what the server's tables hold. Tablets are SQLite files.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

# Who sees which class of field: W writes, R reads, M sees a mask, a dot sees nothing.
CLASSES = ("identity", "contact", "address", "birth", "family", "relation", "taste", "note", "consent",
           "history", "spend", "loyalty", "origin", "promise")  # fmt: skip
SEES = {
    "seller":          "WM.MWWWWWRRR.W",
    "store_manager":   "WWWWWWWWWRRRRW",
    "zone_manager":    "RM.MRRRRRRRRRR",
    "call_centre":     "WWWM.RR.WR.R.W",
    "head_office_crm": "WRRRRWW.RRRRWR",
    "loyalty_manager": "RM.M.R..RRRWR.",
    "privacy_officer": "RRRRRRRRWRRRRR",
    "administrator":   "..............",
}  # fmt: skip
CLASS_OF = {
    "title": "identity", "given_name": "identity", "family_name": "identity", "language": "identity",
    "town": "identity", "birth_date": "birth", "email": "contact", "phone": "contact",
    "other_contacts": "contact", "address": "address", "family": "family", "home_store": "relation",
    "associate_id": "relation", "tags": "relation", "sizes": "taste", "likes": "taste",
    "payment_preference": "taste", "notes": "note", "consents": "consent", "touchpoints": "history",
    "loyalty": "loyalty", "loyalty_card": "loyalty", "social_handles": "contact",
    "other_addresses": "address", "important_dates": "relation", "second_associate_id": "relation",
    "client_since": "relation", "origin": "origin", "computed_sizes": "taste", "dislikes": "taste",
    "occasions": "taste", "wish_list": "taste", "advice": "taste", "contact_preference": "taste",
    "delivery_preference": "taste", "purchases": "history",
    "owned": "history", "spend": "spend", "tasks": "promise",
    "appointments": "promise", "cases": "promise",
}  # fmt: skip
BRAND_WIDE = ("call_centre", "head_office_crm", "loyalty_manager", "privacy_officer")
IN_SHOPS = ("seller", "store_manager", "zone_manager")
SOUTH = ("lyon", "nice")
RANKS = {  # what was done was done, whoever called it off
    "tasks": {"open": 0, "cancelled": 1, "done": 2},
    "appointments": {"booked": 0, "cancelled": 1, "missed": 2, "kept": 3},
    "cases": {"open": 0, "in_progress": 1, "waiting": 1, "cancelled": 2, "solved": 3},
}
SETTLED = ("applied", "merged", "redirected")
_MARK = re.compile(rb"w\d{6}q|\+336\d{8}")  # by which whatever was said is known again
AFTER = {"conflict": ("applied", "merged")}  # what a person may make of a verdict
SHOWN = ("refused", "conflict", "parked", "erased")


def judge(
    ledger: Iterable[str], dump: Iterable[str], tablets: Mapping[str, tuple[sqlite3.Connection, bytes]]
) -> list[str]:
    """Return what does not hold, in words; nothing when all holds."""
    case = _Case([json.loads(line) for line in ledger], [json.loads(line) for line in dump], tablets)
    for check in (
        case.acknowledged_is_on_the_server,
        case.saved_is_somewhere,
        case.effects_are_there_once,
        case.nothing_that_nobody_wrote,
        case.nothing_of_the_erased,
        case.withdrawals_hold,
        case.points_add_up,
        case.promises_stand_as_they_were_moved,
        case.every_tablet_has_said_that_the_erased_are_gone,
        case.sound_edits_are_never_parked,
        case.ones_own_last_word_stands,
        case.nobody_writes_without_the_right,
        case.nobody_writes_out_of_reach,
        case.nobody_is_turned_away_by_a_merge,
        case.what_was_decided_is_not_asked_again,
        case.the_feed_says_where_they_are,
        case.stores_agree,
        case.no_forbidden_byte,
    ):
        check()
    return case.found


class _Case:
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
        self.members = rows.get("member", [])
        told = rows.get("acknowledged", ())
        self.acknowledged = {(row["device"], row["associate"], row["record"]) for row in told}
        for mid, anew in self.stood.items():  # what it does, it does under its new name
            line = self.wrote[mid]
            self.wrote.setdefault(anew, {**line, "file": "office"})
            self.wrote[mid] = {**line, "kind": "stood", "fields": {}}
        self.marks = {name: set(_MARK.findall(content)) for name, (_, content) in tablets.items()}
        self.outboxes = {name: _outbox(store) for name, (store, _) in tablets.items()}

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

    # The rules

    def acknowledged_is_on_the_server(self) -> None:
        for mid, status in self.acked.items():
            receipt = self.receipts.get(mid)
            if receipt is None:
                if not self._may_be_forgotten(mid):
                    self._say("acknowledged but not on the server", mid)
            elif self.restored or receipt["record"] in self.erased or mid in self.decided:
                continue
            elif receipt["status"] != status and receipt["status"] not in AFTER.get(status, ()):
                self._say(f"acknowledged as {status}, kept as {receipt['status']}", mid)

    def saved_is_somewhere(self) -> None:
        shown = {mid: state for held in self.outboxes.values() for mid, state in held.items()}
        for mid, line in self.wrote.items():
            if line["file"] == "office":
                continue
            receipt, state = self.receipts.get(mid), shown.get(mid)
            if receipt is None:
                if state != "queued" and mid not in self.lost and not self._may_be_forgotten(mid):
                    self._say("saved, and now nowhere", mid)
                continue
            if receipt["status"] in SHOWN and receipt["record"] not in self.erased:
                seen = state is not None or mid in self.dismissed or mid in self.lost
                if not seen:
                    self._say(f"{receipt['status']}, and nobody was told", mid)
            if receipt["record"] in self.erased:
                continue
            if receipt["status"] == "conflict" and mid not in self.conflicts:
                self._say("a conflict without its two values", mid)
            if receipt["status"] in ("refused", "parked") and mid not in self.held:
                self._say("refused and not kept for a manager", mid)

    def effects_are_there_once(self) -> None:
        removed: dict[tuple[str, str, str], set[str]] = {}
        withdrawn = set()
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if receipt and receipt["status"] in SETTLED:
                if line["kind"] == "remove":
                    removed.setdefault((receipt["record"], line["field"], line["key"]), set()).update(
                        each[-8:] for each in line["seen"]
                    )
                if line["kind"] == "withdraw":
                    withdrawn.add(line["key"])
        texts: dict[str, str] = {}
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if receipt is None or receipt["status"] not in SETTLED or receipt["record"] in self.erased:
                continue
            if self.real_merges and {receipt["record"], line["record"]} & self.merged:
                continue
            record = self.customers.get(receipt["record"])
            if record is None:
                self._say("it landed on nobody", mid)
                continue
            where = (receipt["record"], line["field"], line["key"])
            if line["kind"] == "add":
                there = record["values"].get(line["field"], {}).get(line["key"], [])
                times = [each[-8:] for each in there].count(mid[-8:])
                if times != (0 if mid[-8:] in removed.get(where, ()) else 1):
                    self._say(f"an element is there {times} times", mid)
            elif line["kind"] == "note":
                notes = [note for note in record["values"].get("notes", ()) if note["note_id"] == line["key"]]
                if len(notes) != 1:
                    self._say(f"a note is there {len(notes)} times", mid)
                elif not notes[0].get("withdrawn") and notes[0]["text"] != line["value"]:
                    self._say("a note lost its text", mid)
                elif notes[0]["level"] == "store" and notes[0].get("store") != line["store"]:
                    self._say("a note is read in a store where it was not written", mid)
                elif notes[0]["level"] != line["level"] and not self._is_a_stranger_there(line):
                    self._say(f"a note is {notes[0]['level']}, written was {line['level']}", mid)
                elif notes[0].get("withdrawn") and line["key"] not in withdrawn:
                    self._say("a note was withdrawn by nobody", mid)
            elif line["kind"] in ("set", "put", "create"):
                if receipt["record"] not in texts:
                    lines = [row for row in self.past if row["record"] == receipt["record"]]
                    mine = [row for row in self.conflicts.values() if row["record"] == receipt["record"]]
                    texts[receipt["record"]] = json.dumps([record["values"], lines, mine])
                for word in line["words"]:
                    if word not in texts[receipt["record"]]:
                        self._say(f"a value of {line['field']} is neither held nor kept as past", mid)

    def nothing_that_nobody_wrote(self) -> None:
        known = {mark for line in self.wrote.values() for word in line["words"] for mark in _words(word)}
        for record in self.customers.values():
            for word in _words(json.dumps(record["values"])):
                if word not in known:
                    self.found.append(f"{record['id']} holds {word}, which nobody wrote")
        for mid in self.receipts:
            if mid not in self.wrote:
                self.found.append(f"the server answered {mid}, which nobody wrote")

    def nothing_of_the_erased(self) -> None:
        words = {
            word
            for mid, line in self.wrote.items()
            if self._landed(mid, line) in self.erased and line["record"] in self.erased
            for word in line["words"]
        }
        server = json.dumps(
            [
                list(self.customers.values()),
                self.past,
                list(self.held.values()),
                list(self.conflicts.values()),
            ]
        )
        for word in words:
            if word in server:
                self.found.append(f"{word} of an erased person is on the server")
        for name in self.tablets:
            for word in words:
                if self._is_in_file(word, name):
                    self.found.append(f"{word} of an erased person is in the file {name}")

    def withdrawals_hold(self) -> None:
        events: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if line["kind"] == "consent" and receipt and receipt["status"] in SETTLED:
                events.setdefault((receipt["record"], line["key"]), []).append((mid, line))
        for (record, key), said in events.items():
            if record in self.erased or record not in self.customers:
                continue
            if self.real_merges and record in self.merged:
                continue
            answered = {each for _, line in said if line["value"] == "granted" for each in line["seen"]}
            standing = {mid for mid, line in said if line["value"] == "withdrawn"} - answered
            granted = any(line["value"] == "granted" for _, line in said)
            expected = "granted" if granted and not standing else "withdrawn"
            held = self.customers[record]["values"].get("consents", {}).get(key, {}).get("state")
            if held != expected:
                self.found.append(f"consent {key} of {record} is {held}, said was {expected}")

    def points_add_up(self) -> None:
        sums: dict[str, int] = {}
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if line["kind"] == "points" and receipt and receipt["status"] in SETTLED:
                sums[receipt["record"]] = sums.get(receipt["record"], 0) + line["value"]
        for record, total in sums.items():
            if record in self.erased or record not in self.customers:
                continue
            if self.real_merges and record in self.merged:
                continue
            held = (self.customers[record]["values"].get("loyalty") or {}).get("points")
            if held != total:
                self.found.append(f"{record} has {held} points, given were {total}")

    def promises_stand_as_they_were_moved(self) -> None:
        """A promise ends where the latest round went furthest, whoever arrived first; of each part somebody's
        word stands, the only one's who spoke if there was one."""
        begun: dict[str, dict[str, Any]] = {}
        moves: dict[str, list[dict[str, Any]]] = {}
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if receipt is None or receipt["status"] not in SETTLED or receipt["record"] in self.erased:
                continue
            if line["kind"] == "begun":
                begun[line["key"]] = {**line, "record": receipt["record"]}
            if line["kind"] == "moved":
                moves.setdefault(line["key"], []).append(line)
        for key, line in begun.items():
            record, field, ranks = line["record"], line["field"], RANKS[line["field"]]
            if record not in self.customers or (self.real_merges and record in self.merged):
                continue
            held = self.customers[record]["values"].get(field, {}).get(key)
            if held is None or held.get("text") != line["words"][0]:
                self.found.append(f"{key} among the {field} of {record} is gone, or says something else")
                continue
            went = [
                (number, ranks[to]) for number, to in (each["value"] for each in moves.get(key, ())) if to
            ]
            number, rank = max([(0, 0), *went])
            if (held.get("round", 0), ranks[held["state"]]) != (number, rank):
                self.found.append(f"{key} of {field} is {held['state']}, said was {rank} of round {number}")
            for part in {part for each in (line, *moves.get(key, ())) for part in each["parts"]}:
                said = [each for each in (line, *moves.get(key, ())) if part in each["parts"]]
                if held.get(part) not in [each["parts"][part] for each in said]:
                    self.found.append(f"{part} of {key} among the {field} is what nobody said")
                alone = len({each["file"] for each in said}) == 1 and line["file"] not in self.copied
                if alone and held.get(part) != said[-1]["parts"][part]:
                    self.found.append(f"{part} of {key} among the {field} is not the last word of who spoke")

    def every_tablet_has_said_that_the_erased_are_gone(self) -> None:
        for name in self.files:
            person, device = self._owner(name)
            for record in sorted(self.erased):
                if (device["id"], person["id"], record) not in self.acknowledged:
                    self.found.append(f"{name} has not said that {record} is gone")

    def sound_edits_are_never_parked(self) -> None:
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            planted = line["kind"] in ("poison_edit", "unknown_edit", "stale_edit", "stood")
            sound = not planted and line.get("met", True)  # before the first contact nobody knows the time
            if receipt and receipt["status"] == "parked" and sound:
                self._say(f"a sound edit was parked ({receipt['code']})", mid)

    def ones_own_last_word_stands(self) -> None:
        """Where one person alone spoke, knowing what stood, nothing collides and his last word stands."""
        said: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
        for mid, line in self.wrote.items():
            if line["kind"] in ("set", "plain", "resolve"):
                said.setdefault((self._landed(mid, line), line["field"]), []).append((mid, line))
        for (record, field), lines in said.items():
            files = {line["file"] for _, line in lines}
            if len(files) > 1 or files & self.copied or "office" in files or record not in self.customers:
                continue
            receipts = [self.receipts.get(mid) for mid, _ in lines]
            knew = all(line.get("knew") for _, line in lines)
            if record in self.erased | self.merged or not all(receipts) or not knew:
                continue
            states = [receipt["status"] for receipt in receipts if receipt]
            if any(state not in ("applied", "refused") for state in states):
                self.found.append(f"{field} of {record}: one person alone, and his edits were {states}")
            taken = [line for (_, line), state in zip(lines, states, strict=True) if state == "applied"]
            if taken and taken[-1]["kind"] == "set":
                held = json.dumps(self.customers[record]["values"].get(field))
                if taken[-1]["words"][0] not in held:
                    self.found.append(
                        f"{field} of {record} is not the last word of the only person who spoke"
                    )

    def nobody_writes_without_the_right(self) -> None:
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if (
                line["file"] == "office"
                or not receipt
                or receipt["status"] not in SETTLED
                or not line["fields"]
            ):
                continue
            needed = {"create": 1, "call": 2}.get(line["kind"], 3)
            for field in line["fields"]:
                changed = any(key[1] == field for key in self.overrides)
                levels = [self._level(role, field) for role in self.roles[line["person"]]]
                if max(levels) < needed and not changed:
                    self._say(f"{field} was written without the right to it", mid)

    def nobody_is_turned_away_by_a_merge(self) -> None:
        """Who reaches both of two people who became one is not told that she is out of his reach."""
        homes = self._homes()
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if line["file"] == "office" or not receipt or receipt["code"] != "customer_out_of_scope":
                continue
            person = self.people[line["person"]]
            family = [line["record"]]
            while (row := self.customers.get(family[-1])) is not None and row["alias"] is not None:
                family.append(row["alias"])
            lived = {store for each in family for store in homes.get(each, {"?"})}
            moved = line["person"] in self.moved or person["role"] not in IN_SHOPS
            if len(family) > 1 and not moved and lived <= set(person["stores"]):
                self._say("turned away though he reaches all of the family", mid)

    def _homes(self) -> dict[str, set[str]]:
        """Return where those lived whom the office made; the others live where a tablet stood."""
        homes: dict[str, set[str]] = {}
        for line in self.wrote.values():
            if line["file"] == "office" and line["kind"] == "create" and line["value"]:
                homes[line["record"]] = {line["value"]}
        for line in self.wrote.values():
            if line["kind"] == "move" and line["record"] in homes:
                homes[line["record"]].add(line["value"])
        return homes

    def nobody_writes_out_of_reach(self) -> None:
        homes = self._homes()
        for mid, line in self.wrote.items():
            receipt = self.receipts.get(mid)
            if line["file"] == "office" or mid in self.stood or not receipt:
                continue
            if receipt["status"] not in SETTLED:
                continue
            person, record = self.people[line["person"]], line["record"]
            settled = line["person"] in self.moved or record in self.merged or record not in homes
            if settled or person["role"] not in IN_SHOPS or line["kind"] == "create":
                continue
            pinned = (record, self.files[line["file"]]["device"]) in self.pinned
            if not homes[record] & set(person["stores"]) and not pinned:
                self._say("an edit out of its author's reach was taken", mid)

    def what_was_decided_is_not_asked_again(self) -> None:
        for name, held in self.outboxes.items():
            for mid, state in held.items():
                conflict = self.conflicts.get(mid)
                if state == "conflict" and conflict is not None and conflict["state"] == "decided":
                    self._say(f"{name} still asks about what is decided", mid)

    def the_feed_says_where_they_are(self) -> None:
        shops: dict[str, set[str]] = {}
        for row in self.members:
            if row["state"] == 1 and row["scope"].startswith("store:"):
                shops.setdefault(row["record"], set()).add(row["scope"].removeprefix("store:"))
        for record, row in self.customers.items():
            if record in self.merged or row["alias"] is not None:
                continue
            home = row["values"].get("home_store")
            if shops.get(record, set()) != ({home} if home else set()):
                self.found.append(f"{record} lives in {home}, the feed says {sorted(shops.get(record, ()))}")

    def stores_agree(self) -> None:
        for name, (store, _) in self.tablets.items():
            person, device = self._owner(name)
            scopes = self._scopes(person, device)
            inside = {
                row["record"] for row in self.members if row["state"] == 1 and row["scope"] in scopes
            } & set(self.customers)
            held = _held(store)
            for record in sorted(set(held) - inside):
                self.found.append(f"{name} holds {record}, who is out of its reach")
            for record in sorted(inside):
                expected = self._seen(person, self.customers[record]["values"])
                shown = held.get(record, {})
                for field in sorted(set(expected) | set(shown)):
                    if expected.get(field) != shown.get(field):
                        self.found.append(f"{name} shows another {field} of {record} than the server holds")

    def no_forbidden_byte(self) -> None:
        for name, (store, _) in self.tablets.items():
            person, device = self._owner(name)
            scopes = self._scopes(person, device)
            inside = {row["record"] for row in self.members if row["state"] == 1 and row["scope"] in scopes}
            own = b"".join(row[0] for row in store.execute("select args from outbox"))
            told = b"".join(row[0] or b"" for row in store.execute("select detail from outbox"))
            told += b"".join(row[0] for row in store.execute("select args from answered"))  # his own, of late
            for mid, line in self.wrote.items():
                receipt = self.receipts.get(mid)
                landed = receipt["record"] if receipt else line["record"]
                for field, word in line["fields"].items():
                    word_bytes = word.encode()
                    if not self._is_in_file(word, name) or word_bytes in own:
                        continue
                    clear = self._level(person["role"], field) >= 2
                    if clear and word_bytes not in told:  # not told for a reason of its own
                        here = landed in inside or (
                            self.real_merges and landed in self.merged and bool(inside & self.merged)
                        )
                        clear = here and (field != "notes" or self._reads_note(person, self._note_of(line)))
                    if not clear:
                        self.found.append(f"{name} holds {field} of {landed}: not for {person['role']}")

    # Who sees what

    def _level(self, role: str, field: str) -> int:
        if (role, field) in self.overrides:
            return self.overrides[role, field]
        return ".MRW".index(SEES[role][CLASSES.index(CLASS_OF[field])])

    def _owner(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        file = self.files[name]
        return self.people[file["person"]], self.devices[file["device"]]

    def _scopes(self, person: dict[str, Any], device: dict[str, Any]) -> set[str]:
        scopes = {"catalog", "directory"}
        role, stores = person["role"], self._stores(person)
        if role in BRAND_WIDE or (role in IN_SHOPS and device["store"] in stores):
            scopes.add(f"store:{device['store']}")
        if role in IN_SHOPS:
            scopes |= {f"own:{person['id']}", f"pin:{device['id']}"}
        elif role in BRAND_WIDE:
            scopes.add(f"pin:{device['id']}")
        return scopes

    def _stores(self, person: dict[str, Any]) -> Iterable[str]:
        if person["role"] == "zone_manager":
            return SOUTH
        if person["role"] in BRAND_WIDE:
            return ("lyon", "nice", "paris")
        stores: list[str] = person["stores"]
        return stores

    def _reads_note(self, person: dict[str, Any], line: dict[str, Any]) -> bool:
        if line["level"] == "brand":
            return True
        if line["level"] == "store" and line["store"] is not None:
            return line["store"] in self._stores(person)
        return bool(line["author"] == person["id"])

    def _note_of(self, line: dict[str, Any]) -> dict[str, Any]:
        """Return a note as it was written; who is a stranger to its store is its only reader."""
        left = line["level"] == "store" and self._is_a_stranger_there(line)
        notes = [note for row in self.customers.values() for note in row["values"].get("notes", ())]
        alone = any(note["note_id"] == line["key"] and note["level"] == "private" for note in notes)
        return {**line, "level": "private"} if left and alone else line

    def _is_a_stranger_there(self, line: dict[str, Any]) -> bool:
        """Whether the author of a note may have had no part in its store when it came in."""
        return line["person"] in self.moved or line["store"] not in self._stores(self.people[line["person"]])

    def _seen(self, person: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        shown = {}
        for field, value in values.items():
            level = self._level(person["role"], field) if field in CLASS_OF else 0
            if level == 1:
                shown[field] = _mask(field, value)
            elif level and field == "notes":
                notes = [note for note in value if self._reads_note(person, note)]
                if notes:
                    shown[field] = sorted(notes, key=lambda note: str(note["note_id"]))
            elif level:
                shown[field] = value
        return shown

    def _may_be_forgotten(self, mid: str) -> bool:
        """Whether a server restored from a backup may have lost this edit for good.

        The tablet sends again what it still has: not what its author may not read back, nor what left it
        with a right, a scope or an old image of its disk.
        """
        line = self.wrote[mid]
        if not self.restored or mid not in self.acked:
            return False
        if self.acked[mid] == "erased" or line["record"] in self.erased:
            return True  # nothing of it was kept, here or there
        unread = any(
            self._level(role, each) < 2 for role in self.roles[line["person"]] for each in line["fields"]
        )
        gone = line["person"] in self.moved or line["file"] in self.copied or bool(self.overrides)
        gone = gone or self.files[line["file"]]["device"] in self.transferred
        return unread or gone or not line.get("met", True)

    def _is_in_file(self, word: str, name: str) -> bool:
        mark = _MARK.search(word.encode())
        if mark is not None and mark.group() not in self.marks[name]:
            return False
        return word.encode() in self.tablets[name][1]

    def _landed(self, mid: str, line: dict[str, Any]) -> str:
        receipt = self.receipts.get(mid)
        landed: str = receipt["record"] if receipt else line["record"]
        return landed

    def _say(self, what: str, mid: str) -> None:
        line = self.wrote.get(mid, {})
        self.found.append(
            f"{what}: {line.get('kind')} of {line.get('field')} by {line.get('person')} ({mid})"
            f" on {line.get('record')}"
        )


def _mask(field: str, value: Any) -> Any:
    if field == "phone":
        return f"•• •• •• {value[-2:]}"
    if field == "email":
        return "•••@•••"
    if field == "birth_date":
        return f"--{value[5:]}"
    return "•••"


def _outbox(store: sqlite3.Connection) -> dict[str, str]:
    rows = store.execute("select mutation_id, state from outbox").fetchall()
    return {_uuid(row[0]): row[1] for row in rows}


def _held(store: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Return the values of every customer in a tablet's file, as the file alone tells."""
    found: dict[str, dict[str, Any]] = {}
    rows = store.execute(
        "select distinct record_id, body from fragment where record_id in"
        " (select record_id from member where kind = 'customer')"
    )
    for key, body in rows:
        values = found.setdefault(_uuid(key), {})
        for field, value in json.loads(body)["values"].items():
            if field == "notes" and isinstance(value, list):
                both = [*values.get("notes", ()), *value]
                values["notes"] = sorted(both, key=lambda note: str(note["note_id"]))
            else:
                values[field] = value
    return found


def _uuid(key: bytes) -> str:
    text = key.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _words(text: str) -> set[str]:
    """Return the words a simulated seller marks what he says with: a w, a number, a q."""
    found = set()
    for part in text.split("w")[1:]:
        number, ending, _ = part.partition("q")
        if ending and number.isdecimal():
            found.add(f"w{number}q")
    return found
