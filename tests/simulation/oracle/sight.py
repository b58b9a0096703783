"""Who may see and write what, where people are, and what tablets hold of it."""

from tests.simulation.oracle.case import SETTLED, Case
from tests.simulation.oracle.files import values_held
from tests.simulation.oracle.rights import IN_SHOPS


def nobody_writes_without_the_right(case: Case) -> None:
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if line["file"] == "office" or not receipt or receipt["status"] not in SETTLED or not line["fields"]:
            continue
        needed = {"create": 1, "call": 2}.get(line["kind"], 3)
        for field in line["fields"]:
            changed = any(key[1] == field for key in case.overrides)
            levels = [case.level(role, field) for role in case.roles[line["person"]]]
            if max(levels) < needed and not changed:
                case.say(f"{field} was written without the right to it", mid)


def nobody_is_turned_away_by_a_merge(case: Case) -> None:
    """Who reaches both of two people who became one is not told that she is out of his reach.

    Of those who were parted the end does not show with whom they were one when the edit was judged. Whoever
    was moved under one id of hers was moved under all.
    """
    homes = case.homes()
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if line["file"] == "office" or not receipt or receipt["code"] != "customer_out_of_scope":
            continue
        person = case.people[line["person"]]
        survivor = _survivor(case, line["record"])
        family = [each for each in case.customers if _survivor(case, each) == survivor]
        if len(family) < 2 or case.parted.intersection(family):
            continue
        lived = {store for each in family for store in homes.get(each, {"?"})}
        moved = line["person"] in case.moved or person["role"] not in IN_SHOPS
        if not moved and lived <= set(person["stores"]):
            case.say("turned away though he reaches all of the family", mid)


def _survivor(case: Case, record: str) -> str:
    while (row := case.customers.get(record)) is not None and row["alias"] is not None:
        record = row["alias"]
    return record


def nobody_writes_out_of_reach(case: Case) -> None:
    homes = case.homes()
    for mid, line in case.wrote.items():
        receipt = case.receipts.get(mid)
        if line["file"] == "office" or mid in case.stood or not receipt:
            continue
        if receipt["status"] not in SETTLED:
            continue
        person, record = case.people[line["person"]], line["record"]
        settled = line["person"] in case.moved or record in case.merged or record not in homes
        if settled or person["role"] not in IN_SHOPS or line["kind"] == "create":
            continue
        pinned = (record, case.files[line["file"]]["device"]) in case.pinned
        if not homes[record] & set(person["stores"]) and not pinned:
            case.say("an edit out of its author's reach was taken", mid)


def the_feed_says_where_they_are(case: Case) -> None:
    shops: dict[str, set[str]] = {}
    for row in case.members:
        if row["state"] == 1 and row["scope"].startswith("store:"):
            shops.setdefault(row["record"], set()).add(row["scope"].removeprefix("store:"))
    for record, row in case.customers.items():
        if record in case.merged or row["alias"] is not None:
            continue
        home = row["values"].get("home_store")
        if shops.get(record, set()) != ({home} if home else set()):
            case.found.append(f"{record} lives in {home}, the feed says {sorted(shops.get(record, ()))}")


def stores_agree(case: Case) -> None:
    for name, (store, _) in case.tablets.items():
        person, device = case.owner(name)
        scopes = case.scopes(person, device)
        inside = {
            row["record"] for row in case.members if row["state"] == 1 and row["scope"] in scopes
        } & set(case.customers)
        held = values_held(store)
        for record in sorted(set(held) - inside):
            case.found.append(f"{name} holds {record}, who is out of its reach")
        for record in sorted(inside):
            expected = case.seen(person, case.customers[record]["values"])
            shown = held.get(record, {})
            for field in sorted(set(expected) | set(shown)):
                if expected.get(field) != shown.get(field):
                    case.found.append(f"{name} shows another {field} of {record} than the server holds")


def no_forbidden_byte(case: Case) -> None:
    for name, (store, _) in case.tablets.items():
        person, device = case.owner(name)
        scopes = case.scopes(person, device)
        inside = {row["record"] for row in case.members if row["state"] == 1 and row["scope"] in scopes}
        own = b"".join(row[0] for row in store.execute("select args from outbox"))
        told = b"".join(row[0] or b"" for row in store.execute("select detail from outbox"))
        told += b"".join(row[0] for row in store.execute("select args from answered"))  # his own, of late
        for mid, line in case.wrote.items():
            receipt = case.receipts.get(mid)
            landed = receipt["record"] if receipt else line["record"]
            places = {landed, *case.decided_at(line["record"])}
            for field, word in line["fields"].items():
                word_bytes = word.encode()
                if not case.is_in_file(word, name) or word_bytes in own:
                    continue
                clear = case.level(person["role"], field) >= 2
                if clear and word_bytes not in told:  # not told for a reason of its own
                    here = bool(places & inside) or (
                        case.real_merges and landed in case.merged and bool(inside & case.merged)
                    )
                    clear = here and (field != "notes" or case.reads_note(person, case.note_of(line)))
                if not clear:
                    case.found.append(f"{name} holds {field} of {landed}: not for {person['role']}")
