"""What people did stands in the values, once, whoever arrived first."""

import json
from typing import Any

from tests.simulation.oracle.case import SETTLED, Case

RANKS = {  # what was done was done, whoever called it off
    "tasks": {"open": 0, "cancelled": 1, "done": 2},
    "appointments": {"booked": 0, "cancelled": 1, "missed": 2, "kept": 3},
    "cases": {"open": 0, "in_progress": 1, "waiting": 1, "cancelled": 2, "solved": 3},
}


def effects_are_there_once(case: Case) -> None:
    removed: dict[tuple[str, str, str], set[str]] = {}
    withdrawn = set()
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if receipt and receipt["status"] in SETTLED:
            if line["kind"] == "remove":
                removed.setdefault((receipt["record"], line["field"], line["key"]), set()).update(
                    each[-8:] for each in line["seen"]
                )
            if line["kind"] == "withdraw":
                withdrawn.add(line["key"])
    texts: dict[str, str] = {}
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if receipt is None or receipt["status"] not in SETTLED or receipt["record"] in case.erased:
            continue
        if case.real_merges and {receipt["record"], line["record"]} & case.merged:
            continue
        record = case.customers.get(receipt["record"])
        if record is None:
            case.say("it landed on nobody", mid)
            continue
        where = (receipt["record"], line["field"], line["key"])
        if line["kind"] == "add":
            there = record["values"].get(line["field"], {}).get(line["key"], [])
            times = [each[-8:] for each in there].count(mid[-8:])
            gone = mid[-8:] in removed.get(where, ())
            # A server that lost it may meet its removal first: what comes again after that is an addition
            # nobody there had seen, and stands.
            if times != (0 if gone else 1) and not (gone and case.restored and times == 1):
                case.say(f"an element is there {times} times", mid)
        elif line["kind"] == "note":
            notes = [note for note in record["values"].get("notes", ()) if note["note_id"] == line["key"]]
            if len(notes) != 1:
                case.say(f"a note is there {len(notes)} times", mid)
            elif not notes[0].get("withdrawn") and notes[0]["text"] != line["value"]:
                case.say("a note lost its text", mid)
            elif notes[0]["level"] == "store" and notes[0].get("store") != line["store"]:
                case.say("a note is read in a store where it was not written", mid)
            elif notes[0]["level"] != line["level"] and not case.is_a_stranger_there(line):
                case.say(f"a note is {notes[0]['level']}, written was {line['level']}", mid)
            elif notes[0].get("withdrawn") and line["key"] not in withdrawn:
                case.say("a note was withdrawn by nobody", mid)
        elif line["kind"] in ("set", "put", "create"):
            if receipt["record"] not in texts:
                lines = [row for row in case.past if row["record"] == receipt["record"]]
                mine = [row for row in case.conflicts.values() if row["record"] == receipt["record"]]
                texts[receipt["record"]] = json.dumps([record["values"], lines, mine])
            for word in line["words"]:
                if word not in texts[receipt["record"]]:
                    case.say(f"a value of {line['field']} is neither held nor kept as past", mid)


def withdrawals_hold(case: Case) -> None:
    events: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if line["kind"] == "consent" and receipt and receipt["status"] in SETTLED:
            events.setdefault((receipt["record"], line["key"]), []).append((mid, line))
    for (record, key), said in events.items():
        if record in case.erased or record not in case.customers:
            continue
        if case.real_merges and record in case.merged:
            continue
        answered = {each for _, line in said if line["value"] == "granted" for each in line["seen"]}
        standing = {mid for mid, line in said if line["value"] == "withdrawn"} - answered
        granted = any(line["value"] == "granted" for _, line in said)
        expected = "granted" if granted and not standing else "withdrawn"
        held = case.customers[record]["values"].get("consents", {}).get(key, {}).get("state")
        if held != expected:
            case.found.append(f"consent {key} of {record} is {held}, said was {expected}")


def points_add_up(case: Case) -> None:
    sums: dict[str, int] = {}
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if line["kind"] == "points" and receipt and receipt["status"] in SETTLED:
            sums[receipt["record"]] = sums.get(receipt["record"], 0) + line["value"]
    for record, total in sums.items():
        if record in case.erased or record not in case.customers:
            continue
        if case.real_merges and record in case.merged:
            continue
        held = (case.customers[record]["values"].get("loyalty") or {}).get("points")
        if held != total:
            case.found.append(f"{record} has {held} points, given were {total}")


def promises_stand_as_they_were_moved(case: Case) -> None:
    """A promise ends where the latest round went furthest, whoever arrived first; of each part somebody's
    word stands, the only one's who spoke if there was one."""
    begun: dict[str, dict[str, Any]] = {}
    moves: dict[str, list[dict[str, Any]]] = {}
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if receipt is None or receipt["status"] not in SETTLED or receipt["record"] in case.erased:
            continue
        if line["kind"] == "begun":
            begun[line["key"]] = {**line, "record": receipt["record"]}
        if line["kind"] == "moved":
            moves.setdefault(line["key"], []).append(line)
    for key, line in begun.items():
        record, field, ranks = line["record"], line["field"], RANKS[line["field"]]
        if record not in case.customers or (case.real_merges and record in case.merged):
            continue
        held = case.customers[record]["values"].get(field, {}).get(key)
        if held is None or held.get("text") != line["words"][0]:
            case.found.append(f"{key} among the {field} of {record} is gone, or says something else")
            continue
        went = [(number, ranks[to]) for number, to in (each["value"] for each in moves.get(key, ())) if to]
        number, rank = max([(0, 0), *went])
        if (held.get("round", 0), ranks[held["state"]]) != (number, rank):
            case.found.append(f"{key} of {field} is {held['state']}, said was {rank} of round {number}")
        for part in {part for each in (line, *moves.get(key, ())) for part in each["parts"]}:
            said = [each for each in (line, *moves.get(key, ())) if part in each["parts"]]
            if held.get(part) not in [each["parts"][part] for each in said]:
                case.found.append(f"{part} of {key} among the {field} is what nobody said")
            alone = len({each["file"] for each in said}) == 1 and line["file"] not in case.copied
            if alone and held.get(part) != said[-1]["parts"][part]:
                case.found.append(f"{part} of {key} among the {field} is not the last word of who spoke")


def ones_own_last_word_stands(case: Case) -> None:
    """Where one person alone spoke, knowing what stood, nothing collides and his last word stands."""
    said: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for mid, line in case.wrote.items():
        if line["kind"] in ("set", "plain", "resolve"):
            said.setdefault((case.landed(mid, line), line["field"]), []).append((mid, line))
    for (record, field), lines in said.items():
        files = {line["file"] for _, line in lines}
        if len(files) > 1 or files & case.copied or "office" in files or record not in case.customers:
            continue
        receipts = [case.receipts.get(mid) for mid, _ in lines]
        knew = all(line.get("knew") for _, line in lines)
        if record in case.erased | case.merged or not all(receipts) or not knew:
            continue
        states = [receipt["status"] for receipt in receipts if receipt]
        if any(state not in ("applied", "refused") for state in states):
            case.found.append(f"{field} of {record}: one person alone, and his edits were {states}")
        taken = [line for (_, line), state in zip(lines, states, strict=True) if state == "applied"]
        if taken and taken[-1]["kind"] == "set":
            held = json.dumps(case.customers[record]["values"].get(field))
            if taken[-1]["words"][0] not in held:
                case.found.append(f"{field} of {record} is not the last word of the only person who spoke")
