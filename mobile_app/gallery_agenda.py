"""A made day for pictures and tests: whom to think of, what is to be done, who comes. No real person."""

from datetime import timedelta
from uuid import UUID

import msgspec

from mobile_app.gallery_data import DIRECTORY, ME, PAUL, TODAY, at, rows
from mobile_app.screens.agenda import Agenda, gather
from mobile_app.screens.team.work import Work
from schemas.ids import id_from
from schemas.staff import Absence
from sync.replica.search import EITHER
from sync.search_row import search_row
from sync.summary import Ahead, Summary

STORE = "saint-honore"
NOW_MS = at("2026-11-20", "10:00")


def agenda(*, whole: bool = False) -> Agenda:
    """Return what is ahead, as the tablet finds it among made customers."""
    held = _customers()
    facets = {who.record_id: search_row(who).facets for who in held}

    def look(wanted: object, limit: int) -> list[Summary]:
        assert isinstance(wanted, list)
        return [
            who
            for who in held
            if all(any(one in facets[who.record_id] for one in each.split(EITHER)) for each in wanted)
        ][:limit]

    return gather(
        look,
        me=ME,
        store=STORE,
        today=TODAY,
        now_ms=NOW_MS,
        directory=DIRECTORY,
        colleagues=(ME, PAUL),
        whole=whole,
    )


def work() -> Work:
    """Return the work of a store in which a colleague is away."""
    away = Absence(
        absence_id=id_from("gallery", "away"),
        associate_id=UUID(PAUL),
        first_day=(TODAY - timedelta(days=1)).isoformat(),
        last_day=(TODAY + timedelta(days=12)).isoformat(),
        stand_in=UUID(ME),
    )
    people = _customers()
    return Work(
        agenda=agenda(whole=True),
        absences=(away,),
        unowned=214,
        to_own=tuple(people[27:31]),
        fresh=tuple(people[32:35]),
        allowed=11,
        withdrew=2,
    )


def _customers() -> list[Summary]:
    people = [msgspec.structs.replace(who, associate_id=ME, pending=0) for who in rows()]
    ahead = {
        1: (_task("call", "Le manteau est prêt à l’essayage", -2),),
        2: (
            _task("message", "Photos de la nouvelle collection", 0),
            _visit("fitting", "Robe du soir", 0, "15:30"),
        ),
        3: (_task("arrival", "Cabas en veau grainé", 0),),
        5: (_case("repair", "Fermoir du sac", "waiting", 4), _task("sample", "Eau de parfum, 2 ml", 3)),
        8: (_visit("advice", "Cadeau d’anniversaire", 0, "11:00"),),
        9: (_task("put_aside", "Escarpins, pointure 38", 1), _visit("collection", "Escarpins", 1, "10:30")),
        12: (_task("call", "Retouche terminée", 6),),
        14: (_case("complaint", "Couture défaite", "solved", None, since=-3),),
        17: (_visit("event", "Soirée joaillerie", 4, "19:00"),),
        20: (_task("other", "Chercher le même en bordeaux", None),),
        23: (_task("call", "Rappeler après son voyage", 9, owner=PAUL),),
    }
    for number, things in ahead.items():
        people[number] = msgspec.structs.replace(people[number], ahead=things)
    people[26] = msgspec.structs.replace(people[26], birthday="11-22", points=4_100)
    people[31] = msgspec.structs.replace(
        people[31], tier="platinum", points=9_800, last_seen=at("2026-03-14")
    )
    return people


def _task(kind: str, text: str, days: int | None, owner: str = ME) -> Ahead:
    return _ahead("tasks", kind, "open", text, days=days, owner=owner)


def _case(kind: str, text: str, state: str, days: int | None, since: int = -1) -> Ahead:
    return _ahead("cases", kind, state, text, days=days, since=since)


def _visit(kind: str, text: str, days: int, clock: str) -> Ahead:
    starts = at((TODAY + timedelta(days=days)).isoformat(), clock)
    return _ahead("appointments", kind, "booked", text, starts=starts)


def _ahead(
    field: str,
    kind: str,
    state: str,
    text: str,
    *,
    days: int | None = None,
    starts: int = 0,
    owner: str = ME,
    since: int = -1,
) -> Ahead:
    return Ahead(
        field=field,
        key=str(id_from("gallery", field, text)),
        kind=kind,
        state=state,
        round=0,
        day="" if days is None else (TODAY + timedelta(days=days)).isoformat(),
        starts=starts,
        minutes=45 if starts else 0,
        owner=owner,
        store=STORE,
        text=text,
        since=NOW_MS + since * 86_400_000,
    )
