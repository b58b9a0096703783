"""A story: the steps of one run, drawn from a seed before it begins, so that steps can be left out of it."""

from random import Random

from schemas.record import Struct

# name -> how often, among all
ACTIVITIES: dict[str, int] = {
    "edit": 150,
    "send": 60,
    "arrive": 110,
    "round": 110,
    "office_edit": 40,
    "finish": 30,
    "dismiss": 8,
    "resolve": 20,
    "look": 16,
    "move": 24,
    "promise": 30,
    "appointment": 16,
    "complaint": 16,
    "sums_compared": 8,
}
FAULTS: dict[str, int] = {
    "request_lost": 8,
    "reply_lost": 14,
    "push_rolled_back": 8,
    "request_twice": 10,
    "reply_late": 22,
    "late_reply_arrives": 40,
    "old_request_again": 8,
    "reply_cut": 5,
    "reply_corrupted": 5,
    "captive_portal": 5,
    "wrong_type": 4,
    "server_busy": 5,
    "rejected": 4,
    "crash_before_apply": 8,
    "crash_while_applying": 12,
    "crash_after_apply": 8,
    "crash_while_saving": 6,
    "disk_full_while_saving": 6,
    "disk_full_while_applying": 8,
    "backup_made": 10,
    "backup_restored": 8,
    "tablet_cloned": 4,
    "clock_ten_years_ahead": 4,
    "clock_ten_years_behind": 4,
    "clock_jumps_back": 5,
    "clock_right_again": 8,
    "person_switched": 5,
    "role_changed": 12,
    "role_flap": 6,
    "stores_changed": 8,
    "tablet_transferred": 6,
    "policy_changed": 5,
    "look_reply_late": 14,
    "pins_expire": 5,
    "customer_merged": 8,
    "merge_chain": 4,
    "customer_unmerged": 5,
    "customer_erased": 4,
    "transaction_held": 20,
    "push_held": 14,
    "transaction_aborted": 10,
    "postgres_crashed": 5,
    "history_lost": 4,
    "server_backup_made": 6,
    "server_restored": 5,
    "standby_asked": 4,
    "failed_over": 10,
    "feed_swept": 8,
    "away_for_weeks": 4,
    "file_damaged": 4,
    "held_edit_decided": 16,
    "poison_edit": 4,
    "unknown_edit": 4,
    "stale_edit": 3,
    "app_upgraded": 3,
}


class Step(Struct, frozen=True):
    """One thing that happens; the numbers choose to whom and how."""

    name: str
    a: int = 0
    b: int = 0
    c: int = 0

    def __str__(self) -> str:
        return f"{self.name} {self.a} {self.b} {self.c}"


_LENGTHS = (20, 20, 20, 20, 20, 20, 20, 40, 40, 100)  # of ten seeds in a row: many short stories, one long

_NAMES = [*ACTIVITIES, *FAULTS]
KNOWN = frozenset(_NAMES)
_WEIGHTS = [*ACTIVITIES.values(), *FAULTS.values()]


def steps_of(seed: int) -> int:
    """Return how many steps the story of a seed has where nobody says otherwise."""
    return _LENGTHS[seed % len(_LENGTHS)]


def draw(seed: int, steps: int) -> list[Step]:
    """Return the story of a seed."""
    random = Random(seed)
    names = random.choices(_NAMES, _WEIGHTS, k=steps)
    return [Step(name=name, a=_small(random), b=_small(random), c=_small(random)) for name in names]


def _small(random: Random) -> int:
    return random.getrandbits(16)
