"""The promise of consent: nobody may be contacted without proof, in whatever order the word arrived."""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import msgspec

from schemas import consent, contact
from schemas.consent import ConsentEvent, ConsentStanding
from server.proofs.consent_world import answer, arrives, draw_life, judge
from server.proofs.proof import Proof

SUMMARY = "random orders of what customers said, judged by the plain list of it"
SEED = 20_26
ENOUGH_FOR_A_PLANT = 4_000  # orders in which a planted defect must show


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--orders", type=int, default=50_000, metavar="N", help="orders (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="of what is drawn")


def prove_alone(options: argparse.Namespace) -> Proof:
    """Ask about every life in many orders; then plant each defect, which must be found."""
    begun = time.process_time()
    found, reasons = search(options.orders, options.seed)
    spent = time.process_time() - begun
    missed = []
    for name, plant in PLANTS.items():
        with plant():
            wrong, _ = search(ENOUGH_FOR_A_PLANT, options.seed + 1, enough=1)
        if not wrong:
            missed.append(name)
    unproved = sum(1 for each in found if each.startswith("allowed"))
    figures = {
        "orders": options.orders,
        "sendable_without_proof": unproved,
        "refused_though_proved": len(found) - unproved,
        "answers": dict(reasons.most_common()),
        "defects_planted": len(PLANTS),
        "defects_found": len(PLANTS) - len(missed),
        "microseconds_an_order": round(1e6 * spent / max(1, options.orders)),
    }
    return Proof(
        promise="nobody is contacted without proof, in whatever order her word arrived",
        figure=f"{unproved} sendable without proof and {figures['refused_though_proved']} refused though "
        f"proved in {options.orders} orders ({', '.join(f'{n} {why}' for why, n in reasons.most_common())}); "
        f"{figures['defects_found']} of {len(PLANTS)} planted defects found",
        holds=not found and not missed,
        broken_by=(*found[:10], *(f"not found: {name}" for name in missed)),
        figures=figures,
    )


def search(orders: int, seed: int, *, enough: int = 20) -> tuple[list[str], Counter[str]]:
    """Return where product and judge differ, at most ``enough``, and how often each reason was given."""
    random = Random(seed)
    found: list[str] = []
    reasons: Counter[str] = Counter()
    for number in range(orders):
        life = draw_life(random)
        for whose, held in enumerate(arrives(life, random)):
            told = answer(life, held)
            reasons[told.reason] += 1
            if told.allowed != judge(life, whose):
                found.append(f"{'allowed' if told.allowed else 'refused'} ({told.reason}) in order {number}")
        if len(found) >= enough:
            break
    return found, reasons


# Defects planted on purpose: each must be found, or the search is blind to its kind.

_fold, _join, _may = consent.fold_event, consent.join_standings, contact.may_contact


@contextmanager
def _instead(module: Any, name: str, defective: Callable[..., Any]) -> Iterator[None]:
    kept = getattr(module, name)
    setattr(module, name, defective)
    try:
        yield
    finally:
        setattr(module, name, kept)


def _changed(one: ConsentStanding, **fields: Any) -> ConsentStanding:
    return msgspec.structs.replace(one, **fields)


def _clock_lifts(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    after = _fold(before, event)
    later = (after.granted_at or 0) > (after.withdrawn_at or 0)
    return _changed(after, state=consent.ConsentState.GRANTED, at=after.granted_at or 0) if later else after


def _grant_lifts_all(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    standing = before.standing if before else ()
    return _fold(before, msgspec.structs.replace(event, knows=(*event.knows, *standing)))


def _pending_grants(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    if event.state == "pending":
        event = msgspec.structs.replace(event, state=consent.ConsentState.GRANTED)
    return _fold(before, event)


def _last_word_stands(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    return _fold(None, event)


def _all_name_one_wording(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    return _fold(before, msgspec.structs.replace(event, wording="2026-1"))


def _forgets_answered(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    return _changed(_fold(before, event), answered=())


def _looks_at_no_text(before: ConsentStanding | None, event: ConsentEvent) -> ConsentStanding:
    return _fold(before, msgspec.structs.replace(event, wording_hash=None))


def _join_forgets_other(one: ConsentStanding, other: ConsentStanding) -> ConsentStanding:
    return one


def _join_most_permissive(one: ConsentStanding, other: ConsentStanding) -> ConsentStanding:
    return one if one.state == consent.ConsentState.GRANTED else other


def _join_drops_proof(one: ConsentStanding, other: ConsentStanding) -> ConsentStanding:
    return _changed(_join(one, other), under=one.under)


def _without(**fields: Any) -> Callable[..., contact.ContactAnswer]:
    def asked(consents: Any, **given: Any) -> contact.ContactAnswer:
        return _may(consents, **given | fields)

    return asked


def _silence_allows(consents: Any, **given: Any) -> contact.ContactAnswer:
    told = _may(consents, **given)
    return _changed_answer(told) if told.reason == "never_asked" else told


def _unproven_allows(consents: Any, **given: Any) -> contact.ContactAnswer:
    told = _may(consents, **given)
    return _changed_answer(told) if told.reason == "unproven" else told


def _changed_answer(told: contact.ContactAnswer) -> contact.ContactAnswer:
    return msgspec.structs.replace(told, allowed=True)


def _plant(module: Any, name: str, defective: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: _instead(module, name, defective)


PLANTS: dict[str, Callable[[], Any]] = {
    "a later clock lifts a withdrawal": _plant(consent, "fold_event", _clock_lifts),
    "a grant lifts withdrawals it did not know": _plant(consent, "fold_event", _grant_lifts_all),
    "what is pending grants": _plant(consent, "fold_event", _pending_grants),
    "the word that arrived last stands": _plant(consent, "fold_event", _last_word_stands),
    "every grant passes for the wording in force": _plant(consent, "fold_event", _all_name_one_wording),
    "an unproved grant lifts a withdrawal": _plant(consent, "fold_event", _forgets_answered),
    "a merge forgets the other's word": _plant(consent, "join_standings", _join_forgets_other),
    "a merge takes the more permissive": _plant(consent, "join_standings", _join_most_permissive),
    "any text passes for the published one": _plant(consent, "fold_event", _looks_at_no_text),
    "a merge drops the other's proof": _plant(consent, "join_standings", _join_drops_proof),
    "limits are not asked": _plant(contact, "may_contact", _without(limits=None)),
    "a purchase is not asked": _plant(contact, "may_contact", _without(purchases=())),
    "silence allows": _plant(contact, "may_contact", _silence_allows),
    "an unproved yes allows": _plant(contact, "may_contact", _unproven_allows),
    "a wording's end is not looked at": _plant(
        contact,
        "proves",
        lambda wordings, shown, **asked: consent.version_in(shown) in ("2026-1", "2026-2", "2025-1"),
    ),
    "a yes that waits for her link allows": _plant(contact, "_needs_her_link", lambda wording: False),
    "any wording proves": _plant(contact, "proves", lambda wordings, version, **asked: True),
    "a call needs no consent": _plant(contact, "PHONE_NEEDS_CONSENT_FROM", 1 << 62),  # type: ignore[arg-type]
    "goods brought back are a sale": _plant(
        contact, "bought_lately", lambda purchases, now: any(each["kind"] == "sale" for each in purchases)
    ),
}
