"""Every rule asked of one case."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from tests.simulation.oracle import keeping, sight, values
from tests.simulation.oracle.case import Case

RULES = (
    keeping.acknowledged_is_on_the_server,
    keeping.saved_is_somewhere,
    values.effects_are_there_once,
    keeping.nothing_that_nobody_wrote,
    keeping.nothing_of_the_erased,
    values.withdrawals_hold,
    values.points_add_up,
    values.promises_stand_as_they_were_moved,
    keeping.every_tablet_has_said_that_the_erased_are_gone,
    keeping.sound_edits_are_never_parked,
    values.ones_own_last_word_stands,
    sight.nobody_writes_without_the_right,
    sight.nobody_writes_out_of_reach,
    sight.nobody_is_turned_away_by_a_merge,
    keeping.what_was_decided_is_not_asked_again,
    sight.the_feed_says_where_they_are,
    sight.stores_agree,
    sight.no_forbidden_byte,
)


def judge(
    ledger: Iterable[str], dump: Iterable[str], tablets: Mapping[str, tuple[sqlite3.Connection, bytes]]
) -> list[str]:
    """Return what does not hold, in words; nothing when all holds."""
    case = Case([json.loads(line) for line in ledger], [json.loads(line) for line in dump], tablets)
    for rule in RULES:
        rule(case)
    return case.found
