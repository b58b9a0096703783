"""What was said is kept, what was erased is gone, and each edit came to one end that somebody knows."""

import json

from tests.simulation.oracle.case import SETTLED, Case

AFTER = {"conflict": ("applied", "merged")}  # what a person may make of a verdict
SHOWN = ("refused", "conflict", "parked", "erased")


def acknowledged_is_on_the_server(case: Case) -> None:
    for mid, status in case.acked.items():
        receipt = case.receipts.get(mid)
        if receipt is None:
            if not case.may_be_forgotten(mid):
                case.say("acknowledged but not on the server", mid)
        elif case.restored or receipt["record"] in case.erased or mid in case.decided:
            continue
        elif receipt["status"] != status and receipt["status"] not in AFTER.get(status, ()):
            case.say(f"acknowledged as {status}, kept as {receipt['status']}", mid)


def saved_is_somewhere(case: Case) -> None:
    shown = {mid: state for held in case.outboxes.values() for mid, state in held.items()}
    decisions = [case.wrote[mid]["key"] for mid in shown if case.wrote.get(mid, {}).get("kind") == "resolve"]
    for key in case.asked.keys() & decisions:
        # What a server put back to an earlier day refuses stands there in place of its question.
        shown.setdefault(case.asked[key]["mid"], "asked")
    for mid, line in case.wrote.items():
        if line["file"] == "office":
            continue
        receipt, state = case.receipts.get(mid), shown.get(mid)
        if receipt is None:
            if state != "queued" and mid not in case.lost and not case.may_be_forgotten(mid):
                case.say("saved, and now nowhere", mid)
            continue
        if receipt["record"] in case.erased or line["record"] in case.erased:
            continue  # it landed on her, or was said of her who was given back her own record since
        about = mid
        if line["kind"] == "resolve" and receipt["status"] == "conflict" and line["key"] in case.asked:
            about = case.asked[line["key"]]["mid"]  # it met a third word: the question is asked once more
            if len(_words_said(case, case.asked[line["key"]]["field"], receipt["record"])) < 2:
                case.say("a decision met a third word that nobody said", mid)
        open_still = receipt["status"] in SHOWN and case.receipts[about]["status"] in SHOWN
        if open_still and not (about in shown or about in case.dismissed or about in case.lost):
            case.say(f"{receipt['status']}, and nobody was told", mid)
        if receipt["status"] == "conflict" and about not in case.conflicts:
            case.say("a conflict without its two values", mid)
        if receipt["status"] in ("refused", "parked") and mid not in case.held:
            case.say("refused and not kept for a manager", mid)


def nothing_that_nobody_wrote(case: Case) -> None:
    known = {mark for line in case.wrote.values() for word in line["words"] for mark in _words(word)}
    for record in case.customers.values():
        for word in _words(json.dumps(record["values"])):
            if word not in known:
                case.found.append(f"{record['id']} holds {word}, which nobody wrote")
    for mid in case.receipts:
        if mid not in case.wrote:
            case.found.append(f"the server answered {mid}, which nobody wrote")


def nothing_of_the_erased(case: Case) -> None:
    words = {
        word
        for mid, line in case.wrote.items()
        if case.landed(mid, line) in case.erased and line["record"] in case.erased
        for word in line["words"]
    }
    server = json.dumps(
        [
            list(case.customers.values()),
            case.past,
            list(case.held.values()),
            list(case.conflicts.values()),
        ]
    )
    for word in words:
        if word in server:
            case.found.append(f"{word} of an erased person is on the server")
    for name in case.tablets:
        for word in words:
            if case.is_in_file(word, name):
                case.found.append(f"{word} of an erased person is in the file {name}")


def every_tablet_has_said_that_the_erased_are_gone(case: Case) -> None:
    for name in case.files:
        person, device = case.owner(name)
        for record in sorted(case.erased):
            if (device["id"], person["id"], record) not in case.acknowledged:
                case.found.append(f"{name} has not said that {record} is gone")


def sound_edits_are_never_parked(case: Case) -> None:
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        planted = line["kind"] in ("poison_edit", "unknown_edit", "stale_edit", "stood")
        sound = not planted and line.get("met", True)  # before the first contact nobody knows the time
        if receipt and receipt["status"] == "parked" and sound:
            case.say(f"a sound edit was parked ({receipt['code']})", mid)


def what_was_decided_is_not_asked_again(case: Case) -> None:
    for name, held in case.outboxes.items():
        for mid, state in held.items():
            conflict = case.conflicts.get(mid)
            if state == "conflict" and conflict is not None and conflict["state"] == "decided":
                case.say(f"{name} still asks about what is decided", mid)
            if state == "conflict" and case.wrote[mid]["kind"] == "resolve":
                case.say(f"{name} asks about an answer", mid)


def _words_said(case: Case, field: str, record: str) -> set[str]:
    """Return the edits by which a field of a record came to what it was at some time."""
    return {
        mid
        for mid, line in case.wrote.items()
        if (receipt := case.receipts.get(mid)) is not None
        and receipt["status"] in SETTLED
        and (receipt["record"] == record or receipt["record"] in case.merged)
        and (field in line["fields"] or (line["kind"] == "resolve" and line["key"] in case.asked))
    }


def _words(text: str) -> set[str]:
    """Return the words a simulated seller marks what he says with: a w, a number, a q."""
    found = set()
    for part in text.split("w")[1:]:
        number, ending, _ = part.partition("q")
        if ending and number.isdecimal():
            found.add(f"w{number}q")
    return found
