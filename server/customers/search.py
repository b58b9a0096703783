"""Finds customers by what is typed: the right index for each kind of input, in the rows and fields one sees.

A phone number, an e-mail and a card are looked up in the form they are compared in. A name goes down a
cascade: exact words, beginnings of words, words within one slip, beginnings within one slip; a step is taken
only when those before found too few, and beginnings and slips of several words in one. Candidates come
from the index on name tokens; the ranking at the end reads the names as this role may see them, on some
hundred rows at most.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from rapidfuzz.distance import OSA

from schemas.identity import deletions, fold
from schemas.visibility import Lens, Level
from server.customers.forms import card_form, email_form, phone_form
from server.database.pool import Connection

LONGEST_QUERY = 120  # characters
MOST_TOKENS = 5
MOST_CANDIDATES = 400
ENOUGH = 20  # customers found before the next, looser step is spared
MOST_WORDS = 64  # dictionary words one typed word may stand for
MOST_LIKE = 20_000  # dictionary words looked at for a beginning with a slip
SHORTEST_SLIP = 3  # letters of a word in which a slip is looked for
SHORTEST_START_SLIP = 4  # letters of a beginning in which a slip is looked for

_AFTER_ALL = "\U0010ffff"  # sorts after every character a token may hold
# The index of words holds more than any one role may see: a function of the database looks into it.
_NAMES = """
    select c.id, c.given_name, c.family_name, {town}
    from find_by_words($1, $2, $3, $4, $5) as near join customer c on c.id = near
    order by c.id"""
_KINDS = {"phone": "phone", "email": "email", "card": "loyalty_card"}  # kind of contact point -> field


class Hit(msgspec.Struct, frozen=True):
    """One customer found. ``score`` grows with likeness, 0 to 1000."""

    customer_id: UUID
    score: int


class _Candidate(msgspec.Struct, frozen=True):
    customer_id: UUID
    given: tuple[str, ...]
    family: tuple[str, ...]
    town: tuple[str, ...]


def contact_forms(text: str, lens: Lens) -> list[tuple[str, str]]:
    """Return the (kind, form) pairs this text may be the whole value of, as far as the role may search them.

    A hidden field cannot be searched. A masked one can, by its exact value only, and no other way leads here.
    """
    forms = {
        "email": email_form(text) if "@" in text else None,
        "phone": phone_form(text),
        "card": card_form(text) if any(letter.isdigit() for letter in text) else None,
    }
    return [
        (kind, form)
        for kind, form in forms.items()
        if form is not None and lens.levels.get(_KINDS[kind], Level.HIDDEN) >= Level.MASKED
    ]


async def find(
    connection: Connection, text: str, *, scopes: Sequence[str], lens: Lens, limit: int = MOST_CANDIDATES
) -> list[Hit]:
    """Return the customers of these scopes that the text may mean, best first, at most ``limit``.

    The same text finds the same order until the data change, so that pages can be cut out of it.

    Args:
        scopes: keys of the scopes whose members the principal may reach.
        lens: what he may see of them; he finds nobody by anything else.
    """
    typed = text.strip()[:LONGEST_QUERY]
    forms = contact_forms(typed, lens)
    found = await _by_contact(connection, forms, scopes=scopes, limit=limit) if forms else []
    is_phone = any(kind == "phone" for kind, _ in forms)
    if (found or is_phone) and not any(letter.isalpha() for letter in typed):
        return found
    words = fold(typed).split()[:MOST_TOKENS]
    if words and "@" not in typed and lens.reads("given_name") and lens.reads("family_name"):
        known = {hit.customer_id for hit in found}
        named = await _by_name(connection, words, scopes=scopes, lens=lens)
        found += [hit for hit in named if hit.customer_id not in known]
    return found[:limit]


async def find_holders(
    connection: Connection, field: str, text: str, *, scopes: Sequence[str], lens: Lens, limit: int
) -> list[Hit]:
    """Return the customers of these scopes whose phone, e-mail or card this text is, whole; in no order.

    What is no such contact, or still half typed, finds nobody: least of all by a name.
    """
    forms = [(kind, form) for kind, form in contact_forms(text.strip(), lens) if _KINDS[kind] == field]
    return await _by_contact(connection, forms, scopes=scopes, limit=limit) if forms else []


async def _by_contact(
    connection: Connection, forms: Sequence[tuple[str, str]], *, scopes: Sequence[str], limit: int
) -> list[Hit]:
    rows = await connection.fetch(
        "select find_by_contact($1, $2, $3, $4) as customer_id",
        [kind for kind, _ in forms],
        [form for _, form in forms],
        list(scopes),
        limit,
    )
    return [Hit(row["customer_id"], 1000) for row in rows]


async def _by_name(
    connection: Connection, words: Sequence[str], *, scopes: Sequence[str], lens: Lens
) -> list[Hit]:
    candidates: dict[UUID, _Candidate] = {}

    async def take(groups: Sequence[Sequence[str]]) -> int:
        if not all(groups):
            return 0
        near = await _holders(connection, groups, scopes=scopes, lens=lens)
        for candidate in near:
            candidates.setdefault(candidate.customer_id, candidate)
        return len(near)

    exact = [[word] for word in words]
    await take(exact)
    starts: list[list[str]] = []
    slips: list[list[str]] = []
    if len(candidates) < ENOUGH:
        starts, slips = await _words_like(connection, words, scopes=scopes)
        if len(words) > 1:
            # Few hold one of each: those with slips, among whom are all with beginnings, cost one question.
            if slips != exact and await take(slips) >= MOST_CANDIDATES:
                await take(starts)
        else:
            await take(starts)
            if len(candidates) < ENOUGH and slips != starts:
                await take(slips)
    if not candidates and len(words) == 1:
        await take([await _words_starting_with_a_slip(connection, words[0], scopes=scopes)])
    if not candidates and len(words) > 1:
        # One word may be a second name that the house does not know.
        for left_out in range(len(words)):
            await take([group for place, group in enumerate(slips) if place != left_out])
    hits = [Hit(candidate.customer_id, likeness(words, candidate)) for candidate in candidates.values()]
    return sorted((hit for hit in hits if hit.score > 0), key=lambda hit: (-hit.score, hit.customer_id))


async def _holders(
    connection: Connection, groups: Sequence[Sequence[str]], *, scopes: Sequence[str], lens: Lens
) -> list[_Candidate]:
    """Return customers of the scopes who hold a token of every group, as far as the role sees it.

    The index also holds the town. Who does not see it may not find by it, nor notice that others who hold
    a word only there took the places of candidates: the index is read on until enough are found.
    """
    found: list[_Candidate] = []
    after = UUID(int=0)
    while len(found) < MOST_CANDIDATES:
        near = await _holders_after(connection, groups, after, scopes=scopes, lens=lens)
        for candidate in near:
            seen = {*candidate.given, *candidate.family, *candidate.town}
            if all(seen.intersection(group) for group in groups):
                found.append(candidate)
        if lens.reads("town") or len(near) < MOST_CANDIDATES:
            break
        after = near[-1].customer_id
    return found[:MOST_CANDIDATES]


async def _holders_after(
    connection: Connection,
    groups: Sequence[Sequence[str]],
    after: UUID,
    *,
    scopes: Sequence[str],
    lens: Lens,
) -> list[_Candidate]:
    town_is_seen = lens.reads("town")
    rows = await connection.fetch(
        _NAMES.format(town="c.town" if town_is_seen else "null as town"),
        [" ".join(group) for group in groups],
        after,
        list(scopes),
        MOST_CANDIDATES,
        not town_is_seen,
    )
    return [
        _Candidate(
            row["id"],
            tuple(fold(row["given_name"] or "").split()),
            tuple(fold(row["family_name"] or "").split()),
            tuple(fold(row["town"] or "").split()),
        )
        for row in rows
    ]


async def _words_like(
    connection: Connection, words: Sequence[str], *, scopes: Sequence[str]
) -> tuple[list[list[str]], list[list[str]]]:
    """Return for each word the known words it begins, and those with the ones a slip away."""
    variants = [
        (place, variant)
        for place, word in enumerate(words)
        if len(word) >= SHORTEST_SLIP
        for variant in deletions(word)
    ]
    rows = await connection.fetch(
        """
        select asked.place - 1 as place, near.token, false as slip
        from unnest($1::text[]) with ordinality as asked(word, place)
        cross join lateral (
            select t.token from name_token t
            where t.token >= asked.word and t.token < asked.word || $2 order by t.token limit $3) as near
        union all
        select asked.place, d.token, true
        from unnest($4::int[], $5::text[]) as asked(place, variant)
        join name_token_delete d on d.variant = asked.variant
        """,
        list(words),
        _AFTER_ALL,
        MOST_WORDS + 1,
        [place for place, _ in variants],
        [variant for _, variant in variants],
    )
    starts: list[list[str]] = [[] for _ in words]
    near: list[set[str]] = [set() for _ in words]
    for row in rows:
        place, token = row["place"], row["token"]
        if not row["slip"]:
            starts[place].append(token)
        elif OSA.distance(words[place], token, score_cutoff=1) <= 1:
            near[place].add(token)
    for place, start in enumerate(starts):
        if len(start) > MOST_WORDS:
            starts[place] = await _words_held(connection, words[place], scopes=scopes)
    both = [
        [*start, *await _at_most(connection, sorted(more.difference(start)), scopes=scopes)]
        for start, more in zip(starts, near, strict=True)
    ]
    return starts, both


async def _words_held(connection: Connection, start: str, *, scopes: Sequence[str]) -> list[str]:
    """Return the first words with this beginning that somebody in the scopes holds.

    The dictionary is everybody's: were it cut before it is narrowed down, the names of people out of reach
    would decide who within it is found.
    """
    rows = await connection.fetch(
        "select words_held_from($1, $2, $3, $4) as token", start, start + _AFTER_ALL, list(scopes), MOST_WORDS
    )
    return [row["token"] for row in rows]


async def _at_most(connection: Connection, words: list[str], *, scopes: Sequence[str]) -> list[str]:
    """Return the words, in their order; of too many, the first that somebody in the scopes holds."""
    if len(words) <= MOST_WORDS:
        return words
    rows = await connection.fetch("select words_held($1, $2, $3) as token", words, list(scopes), MOST_WORDS)
    return [row["token"] for row in rows]


async def _words_starting_with_a_slip(
    connection: Connection, start: str, *, scopes: Sequence[str]
) -> list[str]:
    """Return words of which a beginning is one slip away: what has been typed so far, with a typing error."""
    if len(start) < SHORTEST_START_SLIP:
        return []
    rows = await connection.fetch(
        """
        select distinct d.token
        from unnest($1::text[]) as asked(start)
        join name_token_delete d on d.variant >= asked.start and d.variant < asked.start || $2
        order by d.token limit $3
        """,
        sorted(deletions(start)),
        _AFTER_ALL,
        MOST_LIKE,
    )
    near = [row["token"] for row in rows if _start_distance(start, row["token"]) <= 1]
    return await _at_most(connection, near, scopes=scopes)


def _start_distance(start: str, token: str) -> int:
    lengths = range(max(1, len(start) - 1), len(start) + 2)
    return min(OSA.distance(start, token[:length], score_cutoff=1) for length in lengths)


def likeness(words: Sequence[str], candidate: _Candidate) -> int:
    """Return how well the words say this customer, 0 to 1000: each word by its best match.

    A word that matches nothing costs its share; a customer of whom no name is matched scores 0.
    """
    names = (*candidate.family, *candidate.given)
    named = 0
    total = 0.0
    for word in words:
        by_name = max((_match(word, name) for name in names), default=0.0)
        by_town = 0.8 * max((_match(word, part) for part in candidate.town), default=0.0)
        named += by_name > 0
        total += max(by_name, by_town)
    if not named:
        return 0
    share = total / len(words)
    # Of equal matches the one with fewer names left over comes first, then those in the order typed.
    left_over = max(0, len(names) - len(words)) / (len(names) + 1)
    in_order = _in_order(words, (*candidate.given, *candidate.family))
    return round(1000 * (0.9 * share + 0.06 * (1 - left_over) + 0.04 * in_order))


def _match(word: str, name: str) -> float:
    if word == name:
        return 1.0
    if name.startswith(word):
        return 0.75 + 0.2 * len(word) / len(name)
    if len(word) >= SHORTEST_SLIP and OSA.distance(word, name, score_cutoff=1) <= 1:
        return 0.7
    if len(word) >= SHORTEST_START_SLIP and _start_distance(word, name) <= 1:
        return 0.5
    return 0.0


def _in_order(words: Sequence[str], names: Iterable[str]) -> float:
    rest = iter(names)
    return float(all(any(_match(word, name) > 0 for name in rest) for word in words))
