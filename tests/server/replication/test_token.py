"""The cursor tells nothing, fits one tablet and one person, and its streams follow the entitlement."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.replication.token import (
    NOTHING_SEEN,
    FeedToken,
    Stream,
    TokenBroken,
    after_round,
    clamp_snapshot,
    read_token,
    streams_for,
    write_token,
)

KEY = bytes(32)
DEVICE, PERSON, BOOT = UUID(int=1), UUID(int=2), UUID(int=3)
names = st.frozensets(st.sampled_from("abcde"), max_size=5)
streams = st.lists(
    st.builds(
        Stream,
        scopes=names.map(lambda found: tuple(sorted(found))),
        groups=names.map(lambda found: tuple(sorted(found))),
        base=st.sampled_from([NOTHING_SEEN, "9:9:", "12:14:12"]),
    ),
    max_size=3,
)


def token(base: str) -> FeedToken:
    return FeedToken(boot=BOOT, streams=(Stream(scopes=("store:lyon",), groups=("notes",), base=base),))


class TestToken:
    def test_gives_back_what_was_sealed(self) -> None:
        sealed = write_token(KEY, token("10:20:10,14"), DEVICE, PERSON)
        assert read_token(KEY, sealed, DEVICE, PERSON) == token("10:20:10,14")

    @given(st.lists(st.integers(10, 99_999), max_size=40))
    def test_is_as_long_whatever_is_under_way(self, running: list[int]) -> None:
        busy = f"10:100000:{','.join(map(str, sorted(set(running))))}"
        assert len(write_token(KEY, token(busy), DEVICE, PERSON)) == len(
            write_token(KEY, token("10:10:"), DEVICE, PERSON)
        )

    @pytest.mark.parametrize(("device", "person"), [(UUID(int=9), PERSON), (DEVICE, UUID(int=9))])
    def test_is_of_no_use_to_another(self, device: UUID, person: UUID) -> None:
        sealed = write_token(KEY, token("10:10:"), DEVICE, PERSON)
        with pytest.raises(TokenBroken):
            read_token(KEY, sealed, device, person)

    @given(st.binary(max_size=200))
    def test_is_not_forged(self, forged: bytes) -> None:
        with pytest.raises(TokenBroken):
            read_token(KEY, forged, DEVICE, PERSON)


class TestStreamsFor:
    @given(streams, names, names)
    def test_cover_each_channel_of_the_entitlement_and_no_other(
        self, held: list[Stream], scopes: frozenset[str], groups: frozenset[str]
    ) -> None:
        channels = {
            (scope, group)
            for each in streams_for(held, scopes, groups)
            for scope in each.scopes
            for group in each.groups
        }
        assert channels == {(scope, group) for scope in scopes for group in groups}

    @given(streams, names, names)
    def test_start_from_nothing_what_was_not_held(
        self, held: list[Stream], scopes: frozenset[str], groups: frozenset[str]
    ) -> None:
        before = {(scope, group) for each in held for scope in each.scopes for group in each.groups}
        for stream in streams_for(held, scopes, groups)[len(held) :]:
            fresh = {(scope, group) for scope in stream.scopes for group in stream.groups}
            if stream not in held and not fresh & before:
                assert stream.base == NOTHING_SEEN

    def test_a_round_ends_at_its_earliest_walk(self) -> None:
        first = Stream(scopes=("a",), groups=("x",), base="10:10:", walked=True)
        later = Stream(scopes=("b",), groups=("x",), base="12:12:", walked=True)
        assert after_round((first, later), ("a", "b"), ("x",)) == Stream(
            scopes=("a", "b"), groups=("x",), base="10:10:"
        )


class TestClampSnapshot:
    @pytest.mark.parametrize(
        ("snapshot", "floor", "clamped"),
        [
            ("10:20:10,14", 100, "10:20:10,14"),
            ("10:20:10,14", 12, "10:12:10"),
            ("10:20:10,14", 5, "5:5:"),
            ("10:10:", 10, "10:10:"),
        ],
    )
    def test_sees_nothing_from_the_floor_on(self, snapshot: str, floor: int, clamped: str) -> None:
        assert clamp_snapshot(snapshot, floor) == clamped
