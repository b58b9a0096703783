"""Who is one person with whom: pairs of records joined, or kept for a person to decide, or left alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from schemas.record import Struct
from server.identity.blocking import MOST_IN_A_BLOCK, keys_of
from server.identity.evidence import Evidence, compare
from server.identity.frequencies import Frequencies
from server.identity.person import Person

# Bits beyond the odds of two records drawn by chance. Set once, for all data.
MERGE = 0.5
REVIEW = -1.0
AVERAGE = -5.0  # of all pairs between two groups that are joined
TORN = 2.0  # bits within which two candidates are equally good
AGAINST = -8.0  # one finding that by itself says two people
CONTRADICTION = -16.0  # two records this far apart are not joined through a third


class Resolution(Struct):
    """What came of some records: by number, the cluster each is in; and pairs for a person to judge."""

    cluster: tuple[int, ...]
    merged: tuple[tuple[int, int], ...]
    review: tuple[tuple[int, int], ...]


def candidate_pairs(people: Sequence[Person]) -> set[tuple[int, int]]:
    """Return the pairs that share a key, smaller number first."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for number, person in enumerate(people):
        for key in set(keys_of(person)):
            blocks[key].append(number)
    pairs: set[tuple[int, int]] = set()
    for members in blocks.values():
        if len(members) <= MOST_IN_A_BLOCK:
            pairs.update(combinations(members, 2))
    return pairs


def resolve(people: Sequence[Person], *, known: Frequencies | None = None) -> Resolution:
    """Return which records are one person: surer pairs first, and none against a contradiction."""
    if known is None:
        known = Frequencies()
        for person in people:
            known.add(person)
    scores = {pair: compare(people[pair[0]], people[pair[1]], known) for pair in candidate_pairs(people)}
    return cluster(scores, people, known)


def cluster(
    scores: Mapping[tuple[int, int], Evidence], people: Sequence[Person], known: Frequencies
) -> Resolution:
    """Join the pairs that are sure enough, the surest first."""
    chance = known.chance
    home = list(range(len(people)))
    members: dict[int, list[int]] = {number: [number] for number in home}
    merged: list[tuple[int, int]] = []
    review: list[tuple[int, int]] = []

    def between_two(one: int, other: int) -> Evidence:
        pair = (one, other) if one < other else (other, one)
        return scores.get(pair) or compare(people[one], people[other], known)

    def gap(one: int, other: int) -> float:
        return between_two(one, other).bits - chance

    near: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, other), evidence in scores.items():
        if (bits := evidence.bits - chance) >= MERGE:
            near[one].append((bits, other))
            near[other].append((bits, one))

    def _is_torn(record: int, towards: int) -> bool:
        """Whether a record could as well be somebody who cannot be the one it would be joined with."""
        best = max(bits for bits, _ in near[record]) if near[record] else 0.0
        rivals = [each for bits, each in near[record] if bits >= best - TORN and each != towards]
        return any(_contradict(each, towards) for each in rivals)

    def _contradict(one: int, other: int) -> bool:
        evidence = between_two(one, other)
        against = min((each.bits for each in evidence.findings if each.found == "differs"), default=0.0)
        return against <= AGAINST and evidence.bits - chance < MERGE

    for (one, other), evidence in sorted(scores.items(), key=lambda item: (-item[1].bits, item[0])):
        bits = evidence.bits - chance
        if bits < REVIEW:
            break
        first, second = home[one], home[other]
        if first == second:
            continue
        if _is_torn(one, other) or _is_torn(other, one):
            review.append((one, other))
            continue
        between = [gap(a, b) for a in members[first][:12] for b in members[second][:12]]
        average = sum(max(-20.0, min(20.0, each)) for each in between) / len(between)
        if (
            bits >= MERGE
            and average > AVERAGE
            and sum(e < CONTRADICTION for e in between) <= len(between) * 0.2
        ):
            for number in members[second]:
                home[number] = first
            members[first] += members.pop(second)
            merged.append((one, other))
        else:
            review.append((one, other))
    return Resolution(cluster=tuple(home), merged=tuple(merged), review=tuple(review))
