"""What is promised to made customers: things to do, appointments and cases around the present day."""

import datetime
import random
from collections.abc import Iterator
from uuid import UUID, uuid5

from schemas.mutations import (
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveTask,
    Mutation,
    OpenCase,
)
from schemas.promise import (
    AppointmentKind,
    AppointmentState,
    CaseKind,
    CaseState,
    TaskKind,
    TaskState,
)

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
HAS_TASK, HAS_DONE, HAS_APPOINTMENT, HAS_CASE = 0.09, 0.05, 0.04, 0.02

TASKS: tuple[tuple[TaskKind, str], ...] = (
    (TaskKind.CALL, "Prendre des nouvelles après la retouche"),
    (TaskKind.CALL, "Rappeler pour l’essayage du manteau"),
    (TaskKind.MESSAGE, "Envoyer les photos de la nouvelle collection"),
    (TaskKind.MESSAGE, "Confirmer la venue à la soirée"),
    (TaskKind.PUT_ASIDE, "Escarpins mis de côté, pointure à confirmer"),
    (TaskKind.PUT_ASIDE, "Carré en soie réservé"),
    (TaskKind.ARRIVAL, "Le cabas commandé est arrivé"),
    (TaskKind.SAMPLE, "Échantillon d’eau de parfum remis"),
    (TaskKind.OTHER, "Chercher le même modèle en bordeaux"),
)
VISITS: tuple[tuple[AppointmentKind, str], ...] = (
    (AppointmentKind.FITTING, "Essayage robe du soir"),
    (AppointmentKind.ADVICE, "Choisir un cadeau"),
    (AppointmentKind.COLLECTION, "Retrait de la commande"),
    (AppointmentKind.EVENT, "Présentation joaillerie"),
)
CASES: tuple[tuple[CaseKind, str], ...] = (
    (CaseKind.REPAIR, "Fermoir du sac à remplacer"),
    (CaseKind.REPAIR, "Semelle à refaire"),
    (CaseKind.COMPLAINT, "Couture défaite après deux ports"),
    (CaseKind.QUESTION, "Entretien du cuir grainé"),
)


def promises_to(customer_id: UUID, *, associate: str | None, now_ms: int) -> Iterator[tuple[int, Mutation]]:
    """Yield what was promised to a customer and what became of it: when, and the edit that said so.

    The same customer always has the same promises; nothing else is drawn differently because of them.
    """
    rng = random.Random(customer_id.int)
    if rng.random() < HAS_TASK:
        kind, text = rng.choice(TASKS)
        due = _day(now_ms, rng.choice((-3, -1, 0, 0, 1, 2, 3, 5, 8, 13)))
        yield (
            _ago(rng, now_ms, 9),
            MakeTask(task_id=uuid5(customer_id, "task"), kind=kind, text=text, due=due, owner=associate),
        )
    if rng.random() < HAS_DONE:
        kind, text = rng.choice(TASKS)
        made, key = _ago(rng, now_ms, 40), uuid5(customer_id, "done")
        yield made, MakeTask(task_id=key, kind=kind, text=text, due=_day(made, 2), owner=associate)
        yield made + HOUR_MS, MoveTask(task_id=key, due=_day(made, 4))
        yield min(made + 2 * DAY_MS, now_ms - 60_000), MoveTask(task_id=key, to=TaskState.DONE)
    if rng.random() < HAS_APPOINTMENT:
        visit, text = rng.choice(VISITS)
        day = rng.randrange(-12, 12)
        starts = now_ms - now_ms % DAY_MS + day * DAY_MS + rng.randrange(9 * 2, 17 * 2) * HOUR_MS // 2
        made, key = _ago(rng, now_ms, 20) - 13 * DAY_MS, uuid5(customer_id, "appointment")
        yield (
            made,
            BookAppointment(
                appointment_id=key, kind=visit, starts=starts, minutes=45, text=text, owner=associate
            ),
        )
        if starts < now_ms - HOUR_MS:
            state = AppointmentState.KEPT if rng.random() < 0.85 else AppointmentState.MISSED
            yield starts + HOUR_MS // 2, MoveAppointment(appointment_id=key, to=state)
    if rng.random() < HAS_CASE:
        case, text = rng.choice(CASES)
        made, key = _ago(rng, now_ms, 25), uuid5(customer_id, "case")
        yield made, OpenCase(case_id=key, kind=case, text=text, due=_day(made, 14), owner=associate)
        if rng.random() < 0.6:
            yield min(made + DAY_MS, now_ms - 120_000), MoveCase(case_id=key, to=CaseState.IN_PROGRESS)
            if rng.random() < 0.6:
                yield min(made + 9 * DAY_MS, now_ms - 60_000), MoveCase(case_id=key, to=CaseState.SOLVED)


def _ago(rng: random.Random, now_ms: int, days: int) -> int:
    return now_ms - rng.randrange(HOUR_MS, days * DAY_MS)


def _day(at_ms: int, days: int) -> str:
    return f"{datetime.datetime.fromtimestamp(at_ms / 1000 + days * 86_400, datetime.UTC):%Y-%m-%d}"
