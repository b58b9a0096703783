"""Search in memory, against a slow oracle that compares with every row."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identity import fold
from sync.replica.search import SearchIndex
from sync.search_row import SearchRow, phone_digits
from sync.search_segment import decode, encode

ALPHABET = "abéc"
words = st.text(ALPHABET, min_size=1, max_size=5)
rows = st.builds(
    SearchRow,
    order=words,
    names=st.tuples(words, words),
    town=st.sampled_from(["", "ab", "cab"]),
    facets=st.sets(st.sampled_from(["tier:gold", "store:lyon"])).map(frozenset),
)
held = st.lists(rows, max_size=12).map(lambda found: {UUID(int=i): row for i, row in enumerate(found, 1)})
queries = st.lists(words, min_size=1, max_size=3).map(" ".join)


def words_of(row: SearchRow) -> list[str]:
    return [word for text in (*row.names, row.town) for word in fold(text).split()]


def one_slip_apart(word: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours leads from one to the other."""
    if word == other:
        return True
    if abs(len(word) - len(other)) > 1:
        return False
    if len(word) == len(other):
        differ = [at for at in range(len(word)) if word[at] != other[at]]
        if len(differ) == 1:
            return True
        if len(differ) != 2:
            return False
        first, second = differ
        return second == first + 1 and word[first] == other[second] and word[second] == other[first]
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def answers(row: SearchRow, query: str) -> bool:
    """Whether each word of the query begins a word of the row, slips from a beginning, or lies within."""
    return all(any(_answers(word, part) for word in words_of(row)) for part in fold(query).split())


def _answers(word: str, part: str) -> bool:
    if word.startswith(part):
        return True
    if len(part) < 3:
        return False
    return part in word or any(one_slip_apart(word[:end], part) for end in range(len(word) + 1))


class TestPacked:
    @settings(max_examples=80)
    @given(held, held, queries, st.sets(st.sampled_from(["tier:gold", "store:lyon"])))
    def test_answers_as_rows_put_in_one_by_one(
        self, before: dict[UUID, SearchRow], after: dict[UUID, SearchRow], query: str, facets: set[str]
    ) -> None:
        loose, packed = SearchIndex(before.items()), SearchIndex(before.items())
        packed = SearchIndex(segment=decode(encode(packed.packed())))
        for record_id in before:
            for index in (loose, packed):
                if record_id in after:
                    index.put(record_id, after[record_id])
                elif record_id.int % 2:
                    index.remove(record_id)
        again = SearchIndex(segment=packed.packed())
        for other in (packed, again):
            assert len(other) == len(loose)
            assert set(other.find(query, facets)) == set(loose.find(query, facets))
            assert set(other.find("")) == set(loose.find(""))

    @given(held, st.integers(1, 12))
    def test_holds_no_word_of_who_was_removed(self, held: dict[UUID, SearchRow], number: int) -> None:
        index = SearchIndex(segment=SearchIndex(held.items()).packed([(UUID(int=99), HER)]))
        assert index.speaks_of(UUID(int=99)) and b"eloise" in encode(index.packed())
        index.remove(UUID(int=99))
        left = index.packed()
        assert not any(
            text in encode(left) for text in (b"eloise", b"612345678", b"exemple", UUID(int=99).bytes)
        )

    def test_finds_phones_codes_and_parts(self) -> None:
        other = HER._replace(
            order="martin", names=("Martin",), phones=("+33687654321", "+32470123456"), emails=()
        )
        segment = SearchIndex([(UUID(int=1), HER), (UUID(int=2), other)]).packed()
        index = SearchIndex(segment=segment)
        assert index.find("06 12 34") == [UUID(int=1)]
        assert index.find("470123") == [UUID(int=2)]
        assert index.find("Eloise.D") == index.find("eloise.d@EXEMPLE.fr") == [UUID(int=1)]
        assert index.find("upon") == [UUID(int=1)] and index.find("arti") == [UUID(int=2)]


HER = SearchRow(
    order="dupont eloise",
    names=("Dupont", "Éloïse"),
    phones=("+33612345678",),
    emails=("Eloise.D@exemple.fr",),
)


class TestFind:
    def test_shows_who_is_named_exactly_so_before_longer_names(self) -> None:
        names = [("Martin", f"{letter}nne-Marie") for letter in "ABCDE"] + [("Martin", "Marie")]
        rows = [SearchRow(order=fold(f"{family} {given}"), names=(family, given)) for family, given in names]
        for index in (
            SearchIndex((UUID(int=n), row) for n, row in enumerate(rows, 1)),
            SearchIndex(segment=SearchIndex((UUID(int=n), row) for n, row in enumerate(rows, 1)).packed()),
        ):
            assert index.find("marie martin", limit=3)[0] == UUID(int=6)

    @settings(max_examples=60)
    @given(held, queries)
    def test_finds_exactly_what_the_oracle_finds(self, held: dict[UUID, SearchRow], query: str) -> None:
        index = SearchIndex(held.items())
        expected = {record_id for record_id, row in held.items() if answers(row, query)}
        assert set(index.find(query)) == expected

    @settings(max_examples=60)
    @given(held, held, queries)
    def test_gives_the_same_after_changes_as_when_built_anew(
        self, before: dict[UUID, SearchRow], after: dict[UUID, SearchRow], query: str
    ) -> None:
        index = SearchIndex(before.items())
        index.find("a")  # from here on, order is kept with each change
        for record_id in before:
            if record_id in after:
                index.put(record_id, after[record_id])
            else:
                index.remove(record_id)
        for record_id, row in after.items():
            index.put(record_id, row)
        assert set(index.find(query)) == set(SearchIndex(after.items()).find(query))
        in_order = [after[record_id].order for record_id in index.find("")]
        assert in_order == sorted(in_order)
        assert len(index) == len(after)

    @settings(max_examples=60)
    @given(held, queries, st.sets(st.sampled_from(["tier:gold", "store:lyon"])))
    def test_gives_only_rows_with_every_facet(
        self, held: dict[UUID, SearchRow], query: str, facets: set[str]
    ) -> None:
        index = SearchIndex(held.items())
        expected = {
            record_id for record_id, row in held.items() if answers(row, query) and facets <= row.facets
        }
        assert set(index.find(query, facets)) == expected

    @settings(max_examples=60)
    @given(held)
    def test_gives_everybody_in_order_when_nothing_is_asked(self, held: dict[UUID, SearchRow]) -> None:
        found = SearchIndex(held.items()).find("  ", limit=5)
        orders = sorted(row.order for row in held.values())[:5]
        assert [held[record_id].order for record_id in found] == orders

    def test_puts_exact_words_before_beginnings_before_slips(self) -> None:
        names = {1: "Martinet", 2: "Marin", 3: "Martin"}
        index = SearchIndex(
            (UUID(int=i), SearchRow(order=fold(name), names=(name,))) for i, name in names.items()
        )
        assert [names[found.int] for found in index.find("martin")] == ["Martin", "Martinet", "Marin"]

    @pytest.mark.parametrize(
        ("name", "query"),
        [
            ("Lefèvre", "lefevre"),
            ("Lefevre", "lefèvre"),
            ("Dœuff", "doeuf"),
            ("de la Tour", "delatour"),
            ("Jean-Pierre", "pierre jean"),
            ("O'Connor", "oconnor"),
            ("Straße", "strasse"),
            ("Müller", "mulelr"),
            ("Nguyễn", "nguyen"),
            ("Łukasz", "lukasz"),
            ("山田", "山"),
        ],
    )
    def test_finds_a_name_however_it_is_typed(self, name: str, query: str) -> None:
        index = SearchIndex([(UUID(int=1), SearchRow(order="", names=(name,)))])
        assert index.find(query) == [UUID(int=1)]

    @pytest.mark.parametrize("query", ["0612", "06 12 34 56 78", "+33 6 12", "0033612345678", "345678"])
    def test_finds_a_phone_however_it_is_typed(self, query: str) -> None:
        index = SearchIndex([(UUID(int=1), SearchRow(order="", phones=("+33612345678",)))])
        assert index.find(query) == [UUID(int=1)]

    def test_finds_an_address_by_its_beginning(self) -> None:
        index = SearchIndex([(UUID(int=1), SearchRow(order="", emails=("Marie.Dupont@exemple.fr",)))])
        assert index.find("marie.dupont@ex") == [UUID(int=1)]
        assert index.find("dupont@exemple.fr") == []

    def test_keeps_to_the_limit(self) -> None:
        index = SearchIndex(
            (UUID(int=i), SearchRow(order=f"{i:04d}", names=("Martin",))) for i in range(1, 1200)
        )
        assert [found.int for found in index.find("mart", limit=3)] == [1, 2, 3]


class TestPhoneDigits:
    @pytest.mark.parametrize(
        ("text", "digits"),
        [("06 12", "612"), ("+33 6 12", "612"), ("0033612", "612"), ("+41 22 7", "41227"), ("", "")],
    )
    def test_forgets_how_the_country_was_written(self, text: str, digits: str) -> None:
        assert phone_digits(text) == digits
