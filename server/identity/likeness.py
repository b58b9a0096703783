"""How two folded words agree: the same, a slip, a short form, a beginning, the same sound, or not at all."""

from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from sync.names import are_two_names, is_short_form, short_initials, sound_of


@lru_cache(maxsize=200_000)
def alike(one: str, other: str) -> str:
    """Return how two folded words agree; same, short, sounds, slip, slips, initial, near, begins, differs."""
    if one == other:
        return "same"
    if is_short_form(one, other):
        return "short"
    if len(one) == 1 or len(other) == 1:
        letter, name = sorted((one, other), key=len)
        return "initial" if letter == name[0] or letter in short_initials(name) else "differs"
    longest = max(len(one), len(other))
    distance = OSA.distance(one, other, score_cutoff=3)
    if distance == 1 and longest >= 3:
        return "slip"
    if min(len(one), len(other)) >= 3 and sound_of(one) == sound_of(other):
        return "sounds"
    if _without_vowels(one, other):
        return "sounds"
    if (distance == 2 and longest >= 6) or (distance == 3 and longest >= 10) or _jumbled(one, other):
        return "slips"
    if are_two_names(one, other):
        return "differs"
    if JaroWinkler.similarity(one, other) >= 0.93:
        return "near"
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return "begins"
    return "differs"


_VOWELS = str.maketrans("", "", "aeiouyw")


def _without_vowels(one: str, other: str) -> bool:
    """Whether one word is the other as a script writes it that leaves vowels out."""
    bare = [word.translate(_VOWELS) for word in (one, other)]
    if min(len(each) for each in bare) < 3 or all(set(word) & set("aeiou") for word in (one, other)):
        return False
    sounds = ["".join(a for a, b in zip(each, " " + each, strict=False) if a != b) for each in bare]
    return sounds[0].replace("q", "k") == sounds[1].replace("q", "k")


def _jumbled(one: str, other: str) -> bool:
    """Whether two words are of the very same letters, typed out of turn."""
    return len(one) == len(other) >= 5 and one != other and sorted(one) == sorted(other)
