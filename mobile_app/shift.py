"""A scripted shift through the real app: two tablets of one store, one of them without network for a while.

``python -m mobile_app.shift --help``. It says what happens line by line with the time and the taps each step
took, leaves screenshots, and exits 1 when something did not happen or took more taps or keys than it may. It
draws offscreen; with ``--window`` somebody can watch.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec

from mobile_app.shift_card import LETTERS, LIKE, NEWCOMER, NOTE, SHOE_SIZE, Seller
from mobile_app.shift_counter import SIZE
from mobile_app.shift_report import Budget, Report, ShiftFailed
from mobile_app.tablet import Tablet
from mobile_app.window import WindowMode, fitting_mode, prepare
from schemas.loyalty import MOST_HELD, redeemable
from schemas.record import Struct

PIN = "258036"
SECOND_PIN = "147063"
FIRST_SCREEN = 6  # rows that are seen without scrolling
EVERYBODY = 100_000


class People(Struct, frozen=True):
    """Who works this shift; all sign in with one password."""

    manager: str
    seller: str
    second: str
    password: str


def play(server: str, people: People, folder: Path, report: Report, language: str, **tablet: Any) -> None:
    """Work the shift in a language, through the app's own screens alone, save the manager's two codes.

    Args:
        tablet: further arguments of ``mobile_app.tablet.Tablet``.

    Raises:
        ShiftFailed: a step did not happen.
    """
    from mobile_app.i18n import tr

    one, two = enrolment_codes(server, people)
    tablets = Path(tempfile.mkdtemp(prefix="tablets-", dir=folder))

    def first() -> Seller:
        return Seller("Comptoir 1", tablets / "one", server, report, **tablet)

    def second() -> Seller:
        return Seller("Comptoir 2", tablets / "two", server, report, **tablet)

    with second() as counter:
        counter.speak(language)
        counter.enrol(two)
        counter.sign_in(people.second, people.password, SECOND_PIN)
        counter.first_sync()

    with first() as counter:
        counter.speak(language)
        counter.shot("enrol")
        counter.enrol(one)
        counter.shot("sign-in")
        counter.sign_in(people.seller, people.password, PIN)
        counter.first_sync()
        counter.see_today()
        counter.shot("today")
        counter.go_to(tr("Customers"), "find")
        counter.shot("customers")
        wanted, query = somebody_with_a_typo(counter)
        counter.search(query, wanted, Budget(taps=1, keys=LETTERS, seconds=4))
        counter.shot("found")
        counter.open_card(wanted)
        counter.shot("card")
        counter.advise()
        counter.shot("advice")
        counter.see_catalogue()
        counter.shot("catalogue")
        counter.go_to(tr("Customers"), "find")
        counter.set_points_aside()
        counter.shot("aside")
        counter.cut_line(True)
        left = counter.redeem_points()
        counter.shot("redeemed")
        counter.add_size("shoes", SHOE_SIZE)
        counter.add_like(LIKE)
        counter.write_note(NOTE)
        counter.promise()
        counter.open_case()
        counter.shot("offline")
        counter.note_somebody_down(NEWCOMER)
        counter.shot("newcomer")
        counter.show_outbox(7)
        counter.shot("outbox")
        counter.back_to_the_card()
        counter.cut_line(False)
        counter.wait_until_sent()
        counter.shot("sent")
        counter.end_shift()
        counter.shot("ended")

    with second() as counter:
        counter.shot("people")
        counter.unlock(SECOND_PIN)
        counter.go_to(tr("Customers"), "find")
        counter.search(wanted, wanted)
        counter.open_card(wanted)
        counter.expect_what_was_added(left)
        counter.shot("arrived")


def enrolment_codes(server: str, people: People) -> tuple[str, str]:
    """Return two codes for new tablets, as a manager makes them."""
    with httpx.Client(base_url=server, timeout=30) as client:
        asked = {"code": people.manager, "password": people.password}
        signed_in = client.post("/v1/auth/sign-in", json=asked)
        signed_in.raise_for_status()
        headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        store = client.get("/v1/me", headers=headers).json()["stores"][0]
        codes = [
            client.post("/v1/devices/enrolment-codes", json={"store": store}, headers=headers)
            for _ in range(2)
        ]
        return codes[0].json()["code"], codes[1].json()["code"]


def somebody_with_a_typo(counter: Seller) -> tuple[str, str]:
    """Return a customer's name as rows show it, and a few letters of hers with two of them swapped.

    The most faithful of those whom these letters bring onto the first screen, who have points to spend, and
    neither the size nor the like yet.
    """
    from mobile_app.screens.find.words import name_of

    def choose(tablet: Tablet) -> tuple[str, str] | None:
        rows = tablet.search("", limit=EVERYBODY)
        names = [name_of(row.given_name, row.family_name) for row in rows]
        faithful = sorted(zip(rows, names, strict=True), key=lambda one: -(one[0].points or 0))
        for row, name in faithful:
            if names.count(name) > 1 or LIKE in row.likes:
                continue
            for typo in typos(row.family_name or ""):
                found = [one.record_id for one in tablet.search(typo, limit=FIRST_SCREEN)]
                card = tablet.card(row.record_id) if row.record_id in found else None
                if card is None or "shoes" in (card.values.get("sizes") or {}):
                    continue
                if redeemable(card.values.get("loyalty"), holder=None, at=tablet.now_ms()) >= MOST_HELD:
                    return name, typo
        return None

    chosen = counter.app.conductor.ask_and_wait(choose)
    if chosen is None:
        raise ShiftFailed("nobody on this tablet to look for")
    return chosen


def typos(name: str) -> Iterator[str]:
    """Yield the beginnings of a name, the shortest first, each with two letters swapped."""
    for length in range(3, LETTERS + 1):
        letters = name[:length].lower()
        if len(letters) == length and letters.isascii() and letters.isalpha():
            swapped = letters[: length - 2] + letters[-1] + letters[-2]
            if swapped != letters:
                yield swapped


def main(words: list[str] | None = None) -> int:
    """Play the shift, tell it, and return 0 when everything happened."""
    arguments = _parser().parse_args(words)
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(folder, (lambda line: None) if arguments.json else (lambda line: print(line, flush=True)))
    mode = fitting_mode() if arguments.window else _unseen()
    if mode is not WindowMode.DESK:
        os.environ.pop("DISPLAY", None)
    prepare(mode, SIZE, pinned=mode is not WindowMode.DESK)
    people = People(
        manager=arguments.manager,
        seller=arguments.seller,
        second=arguments.second,
        password=arguments.password,
    )
    problem = ""
    started = time.perf_counter()
    try:
        play(arguments.server, people, folder, report, arguments.language)
    except (ShiftFailed, AssertionError, httpx.HTTPError, KeyError) as failure:
        problem = f"{type(failure).__name__}: {failure}"
    seconds = time.perf_counter() - started
    over = report.over(patient=not arguments.in_time)
    if over and not problem:
        problem = "more than a step may cost:\n" + "\n".join(over)
    if arguments.json:
        facts = {
            "happened": not problem,
            "problem": problem,
            "seconds": round(seconds, 1),
            "folder": str(folder),
            "language": arguments.language,
            "steps": [
                msgspec.to_builtins(step) | {"clumsy": step.clumsy, "late": step.late}
                for step in report.steps
            ],
        }
        print(json.dumps(facts, ensure_ascii=False), flush=True)
    elif problem:
        print(f"did not happen: {problem}", file=sys.stderr, flush=True)
    else:
        print(f"everything happened in {seconds:.0f} s; pictures in {folder}", flush=True)
    return 1 if problem else 0


def _unseen() -> WindowMode:
    """Return the mode that draws where nobody looks, or lays out only where nothing can be drawn."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    return fitting_mode()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobile_app.shift", description=__doc__)
    parser.add_argument("--server", required=True, metavar="URL")
    parser.add_argument("--manager", required=True, metavar="CODE", help="makes the codes of two tablets")
    parser.add_argument("--seller", required=True, metavar="CODE", help="works on the first tablet")
    parser.add_argument("--second", required=True, metavar="CODE", help="works on the second tablet")
    parser.add_argument("--password", required=True, metavar="WORD", help="of all three")
    parser.add_argument("--language", choices=("fr", "en"), default="fr", help="of all screens")
    parser.add_argument("--in-time", action="store_true", help="exit 1 too when a step took too long")
    parser.add_argument("--out", type=Path, default=Path("shift"), metavar="FOLDER", help="for pictures")
    parser.add_argument("--window", action="store_true", help="in a window that can be watched")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
