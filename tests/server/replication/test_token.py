"""The cursor tells nothing, fits one tablet and one person, and its streams follow the entitlement."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.replication.token import (
    NOTHING_SEEN,
    SNAPSHOT_BYTES,
    FeedToken,
    Stream,
    TokenBroken,
    after_round,
    clamp_snapshot,
    open_token,
    pack_snapshot,
    streams_for,
    unpack_snapshot,
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


SCOPES = {"store:lyon": 7}


def sealed_for(said: FeedToken) -> bytes:
    return write_token(KEY, said, DEVICE, PERSON, scopes=SCOPES)


class TestToken:
    def test_gives_back_what_was_sealed(self) -> None:
        opened = open_token(KEY, sealed_for(token("10:20:10,14")), DEVICE, PERSON)
        assert opened.named(SCOPES, ["notes", "others"]) == token("10:20:10,14")

    def test_names_only_what_its_holder_may_read_today(self) -> None:
        opened = open_token(KEY, sealed_for(token("10:10:")), DEVICE, PERSON)
        (stream,) = opened.named({"store:nice": 8}, ["others"]).streams
        assert (stream.scopes, stream.groups) == ((), ())

    @given(st.lists(st.integers(10, 99_999), max_size=40))
    def test_is_as_long_whatever_is_under_way(self, running: list[int]) -> None:
        busy = f"10:100000:{','.join(map(str, sorted(set(running))))}"
        assert len(sealed_for(token(busy))) == len(sealed_for(token("10:10:")))

    @pytest.mark.parametrize(("device", "person"), [(UUID(int=9), PERSON), (DEVICE, UUID(int=9))])
    def test_is_of_no_use_to_another(self, device: UUID, person: UUID) -> None:
        with pytest.raises(TokenBroken):
            open_token(KEY, sealed_for(token("10:10:")), device, person)

    @given(st.binary(max_size=200))
    def test_is_not_forged(self, forged: bytes) -> None:
        with pytest.raises(TokenBroken):
            open_token(KEY, forged, DEVICE, PERSON)


snapshots = st.tuples(
    st.integers(3, 2**62), st.lists(st.integers(1, 2**24), max_size=60), st.integers(0, 2**20)
).map(lambda drawn: _snapshot(*drawn))


def _snapshot(low: int, steps: list[int], rest: int) -> str:
    running = [low]
    for step in steps:
        running.append(running[-1] + step)
    return f"{low}:{running[-1] + rest + 1}:{','.join(map(str, running))}"


def sees(snapshot: str, number: int) -> bool:
    low, high, running = snapshot.split(":")
    return number < int(low) or (number < int(high) and str(number) not in running.split(","))


class TestPackSnapshot:
    @given(snapshots)
    def test_takes_the_same_room_for_all(self, snapshot: str) -> None:
        assert len(pack_snapshot(snapshot)) == SNAPSHOT_BYTES

    @pytest.mark.parametrize("snapshot", [NOTHING_SEEN, "10:10:", "10:20:10,14", "7:900000000000:7,8,9"])
    def test_gives_back_what_fits(self, snapshot: str) -> None:
        assert unpack_snapshot(pack_snapshot(snapshot)) == snapshot

    @given(snapshots, st.data())
    def test_never_sees_more_than_was_seen(self, snapshot: str, data: st.DataObject) -> None:
        packed = unpack_snapshot(pack_snapshot(snapshot))
        number = data.draw(st.integers(0, int(snapshot.split(":")[1]) + 2))
        assert sees(snapshot, number) or not sees(packed, number)


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
