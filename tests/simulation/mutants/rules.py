"""Defects of what tablet and server have in common: the rules of merging and the machines of promises."""

from tests.simulation.mutants.mutant import Mutant, one

REDUCER = "sync.reducer"
MERGE_RULES = "sync.merge_rules"
MACHINES = "sync.state_machine"
CONSENT = "schemas.consent"

RULES: tuple[Mutant, ...] = (
    # the rules
    one(
        "a removal takes more than was seen",
        REDUCER,
        "left = sorted(each for each in held.pop(element, ()) if adder_tag(UUID(each)) not in seen)",
        "left = [] if held.pop(element, ()) else []",
    ),
    one(
        "an addition forgets the others",
        REDUCER,
        "held[element] = sorted({*held.get(element, ()), adder_tag(said.mid)})",
        "held[element] = [adder_tag(said.mid)]",
    ),
    one(
        "a withdrawn note keeps its text",
        REDUCER,
        '{**note, "text": "", "withdrawn": True} if note["note_id"] == str(mutation.note_id) else note',
        '{**note, "text": "", "withdrawn": True}',
    ),
    one(
        "a grant answers every withdrawal",
        CONSENT,
        "answered.update(event.knows)",
        "answered.update(standing)",
    ),
    one(
        "what was seen counts as unseen",
        MERGE_RULES,
        "if current is None or current.rev <= seen or (own and hlc >= current.hlc):",
        "if current is None or current.rev < seen:",
    ),
    one(
        "a person's own earlier word is a stranger's",
        MERGE_RULES,
        "if current is None or current.rev <= seen or (own and hlc >= current.hlc):",
        "if current is None or current.rev <= seen:",
    ),
    # promises
    one(
        "a promise stays where it was",
        MACHINES,
        "if _standing_turn(machine, other) > _standing_turn(machine, one):",
        "if False:",
    ),
    one(
        "what is put off stays on its day",
        MACHINES,
        "if _part_turn(other, part) > _part_turn(one, part):",
        "if False:",
    ),
    one(
        "what is taken up again is in its first round",
        MACHINES,
        '"round": move.round, "why"',
        '"round": 0, "why"',
    ),
)
