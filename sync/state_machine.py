"""How copies agree on things that go from state to state: tasks, appointments, cases, messages.

A thing is a product of lattices. Its state stands by (round, rank, reading), each other part by (round,
reading), and of two words on one part the larger stands. So whatever arrives in whatever order, and however
often, ends in the same thing: what was done stays done beside whatever was said in ignorance of it, until
somebody who knows takes it up again, which begins the next round.

What cannot stand is refused and goes back to who said it: it is never dropped.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from msgspec import UNSET

from schemas.mutations import (
    BookAppointment,
    MakeTask,
    MoveAppointment,
    MoveCase,
    MoveMessage,
    MoveTask,
    Mutation,
    OpenCase,
    SendMessage,
)
from schemas.record import OpenEnum, Said, Struct
from schemas.states import APPOINTMENTS, CASES, MESSAGES, TASKS, Machine

Fact = Mapping[str, Any]  # a JSON-shaped schemas.states.Thing


class MoveVerdict(Enum):
    """What becomes of a move."""

    STANDS = "stands"  # some of it changes the thing
    SAME = "same"  # all of it stands already
    LOST = "lost"  # a later word on the same stands
    REFUSED = "refused"  # where the thing stands now it cannot follow


class Move(Struct):
    """A move without the words of its kind."""

    machine: Machine
    key: str
    round: int
    to: str | None
    parts: dict[str, Any]  # what is said anew
    why: str

    @property
    def path(self) -> str:
        """The path of the thing in the customer's values."""
        return f"{self.machine.field}/{self.key}"


def beginning_of(mutation: Mutation) -> tuple[Machine, str, dict[str, Any]] | None:
    """Return the machine, key and first facts of a thing that a mutation begins, or None."""
    names: tuple[str, ...]
    match mutation:
        case MakeTask(task_id=key):
            machine, names = TASKS, ("kind", "text", "due", "owner", "sku")
        case BookAppointment(appointment_id=key):
            machine, names = APPOINTMENTS, ("kind", "text", "starts", "minutes", "owner")
        case OpenCase(case_id=key):
            machine, names = CASES, ("kind", "text", "due", "owner", "sku")
        case SendMessage(message_id=key):
            machine = MESSAGES
            names = ("brand", "channel", "purpose", "template", "version", "language", "subject", "text")
        case _:
            return None
    said = {name: getattr(mutation, name) for name in names}
    facts = {name: str(word) if isinstance(word, OpenEnum) else word for name, word in said.items()}
    return machine, str(key), {name: word for name, word in facts.items() if word not in (None, "", 0)}


def move_of(mutation: Mutation) -> Move | None:
    """Return the move that a mutation means, or None when it means something else."""
    match mutation:
        case MoveTask(task_id=key):
            machine = TASKS
        case MoveAppointment(appointment_id=key):
            machine = APPOINTMENTS
        case MoveCase(case_id=key):
            machine = CASES
        case MoveMessage(message_id=key):
            machine = MESSAGES
        case _:
            return None
    said = {name: getattr(mutation, name) for name in machine.parts}
    return Move(
        machine=machine,
        key=str(key),
        round=mutation.round,
        to=str(mutation.to) if mutation.to is not None else None,
        parts={name: value for name, value in said.items() if value is not UNSET},
        why=mutation.why,
    )


def begun(machine: Machine, facts: Mapping[str, Any], said: Said) -> dict[str, Any]:
    """Return a thing as it begins."""
    turn = _turn(said, 0)
    thing = {**facts, "state": machine.begins, "at": said.hlc >> 16, "by": said.author}
    if said.store is not None:
        thing["store"] = said.store
    thing["turns"] = {part: turn for part in ("state", *machine.parts) if part == "state" or part in facts}
    return thing


def judge_move(thing: Fact, move: Move, said: Said, *, knowing: bool) -> MoveVerdict:
    """Return what becomes of a move.

    Args:
        knowing: whether its author had the thing before him as it stands.
    """
    machine, state, standing = move.machine, thing["state"], int(thing.get("round", 0))
    if move.to is None and not move.parts:
        return MoveVerdict.SAME
    if move.to not in (None, machine.begins) and (move.parts or move.to not in machine.rank):
        return MoveVerdict.REFUSED
    if move.to == machine.begins and move.round == 0 and state != machine.begins:
        return MoveVerdict.REFUSED  # taking it up again is the next round
    if move.to == machine.begins and move.round > 0:
        if move.round > standing + 1 or (move.round == standing + 1 and not machine.ended(state)):
            return MoveVerdict.REFUSED  # nothing to take up
    elif move.round > standing:
        return MoveVerdict.REFUSED  # of a time that has not come
    elif move.round < standing and move.to is not None:
        return MoveVerdict.REFUSED  # it was taken up again since
    if move.to is None and knowing and machine.ended(state):
        return MoveVerdict.REFUSED
    if move.to not in (None, machine.begins, state):
        if knowing and not machine.allows(state, move.to):
            return MoveVerdict.REFUSED
        if _state_turn(machine, move.to, said, move.round) < _standing_turn(machine, thing):
            same_height = machine.rank[move.to] == machine.rank.get(state, 0)
            return MoveVerdict.LOST if same_height else MoveVerdict.REFUSED
    after = moved(thing, move, said)
    if after != thing:
        return MoveVerdict.STANDS
    says_anew = any(thing.get(part) != value for part, value in move.parts.items())
    return MoveVerdict.LOST if says_anew else MoveVerdict.SAME


def moved(thing: Fact, move: Move, said: Said) -> dict[str, Any]:
    """Return a thing after a move: of every part the larger of both words. Moving twice is moving once."""
    machine, turn = move.machine, _turn(said, move.round)
    other = {**thing, "turns": {}}
    if move.to is not None and move.to in machine.rank:
        other |= {"state": move.to, "round": move.round, "why": move.why, "turns": {"state": turn}}
    for part, value in move.parts.items():
        other |= {part: value, "turns": {**other["turns"], part: turn}}
    return joined(machine, thing, other)


def joined(machine: Machine, one: Fact, other: Fact) -> dict[str, Any]:
    """Return what two copies of a thing amount to. Commutative, associative, idempotent."""
    result = dict(one)
    turns = {**other.get("turns", {}), **one.get("turns", {})}
    if _standing_turn(machine, other) > _standing_turn(machine, one):
        turns["state"] = other["turns"]["state"]
        for name in ("state", "round", "why"):
            _put(result, name, other.get(name))
    for part in machine.parts:
        if _part_turn(other, part) > _part_turn(one, part):
            turns[part] = other["turns"][part]
            _put(result, part, other.get(part))
    result["turns"] = {part: turns[part] for part in ("state", *machine.parts) if part in turns}
    return result


def joined_things(machine: Machine, mine: Mapping[str, Fact], theirs: Mapping[str, Fact]) -> dict[str, Any]:
    """Return the things of both."""
    both = {key: joined(machine, mine[key], theirs[key]) for key in mine.keys() & theirs.keys()}
    return {**theirs, **mine, **both}


def _turn(said: Said, number: int) -> dict[str, Any]:
    turn: dict[str, Any] = {"hlc": said.hlc, "mid": str(said.mid), "by": said.author}
    return turn | ({"round": number} if number else {})


def _state_turn(machine: Machine, state: str, said: Said, number: int) -> tuple[int, int, int, str]:
    return (number, machine.rank[state], said.hlc, str(said.mid))


def _standing_turn(machine: Machine, thing: Fact) -> tuple[int, int, int, str]:
    turn = thing.get("turns", {}).get("state")
    if turn is None:
        return (-1, 0, 0, "")
    number, rank = turn.get("round", 0), machine.rank.get(thing["state"], 0)
    return (number, rank, turn["hlc"], str(UUID(turn["mid"])))


def _part_turn(thing: Fact, part: str) -> tuple[int, int, str]:
    turn = thing.get("turns", {}).get(part)
    return (turn.get("round", 0), turn["hlc"], turn["mid"]) if turn is not None else (-1, 0, "")


def _put(thing: dict[str, Any], name: str, value: Any) -> None:
    """Set a part; what says nothing is absent, as it is when stored."""
    if value in (None, "") or (name == "round" and value == 0):
        thing.pop(name, None)
    else:
        thing[name] = value
