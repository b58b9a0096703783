"""What changed in a fragment, told by itself, makes the same body of it."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.patch import Patches
from sync.patching import (
    Change,
    DoesNotFit,
    Patch,
    changed_paths,
    cut,
    grown,
    mark_of,
    pack,
    sum_of,
    unpack,
)

ID = "019a9c2f-1000-7d53-9c66-4b8f3e9dafb2"
SHORT_ID = "00000000-0000-0000-0000-00003e9dafb2"

words = st.sampled_from(("silk", "wool", "a/b", "é", ""))
ids = st.sampled_from((ID, SHORT_ID, ID.upper(), "no id at all"))
plain = st.one_of(
    words, ids, st.integers(-(2**40), 2**40), st.booleans(), st.floats(allow_nan=False), st.none()
)
sets = st.dictionaries(words, st.lists(ids, min_size=1, max_size=3), max_size=3)
stamps = st.fixed_dictionaries(
    {
        "rev": st.integers(1, 9),
        "hlc": st.integers(0, 2**62),
        "channel": st.sampled_from(("store", "web")),
        "author": words,
        "at": st.integers(0, 2**46),
    },
    optional={"store": words, "device": st.just(ID)},
)
notes = st.lists(
    st.fixed_dictionaries({"note_id": st.sampled_from("abc"), "at": st.integers(0, 3), "text": words}),
    max_size=3,
    unique_by=lambda note: note["note_id"],
).map(lambda held: sorted(held, key=lambda note: (note["at"], note["note_id"]), reverse=True))


@st.composite
def contents(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A fragment as the server has it: nothing empty in it, stamps also of what is gone."""
    values = {"likes": draw(sets), "tags": draw(sets), "town": draw(plain), "notes": draw(notes)}
    paths = st.sampled_from(("likes/silk", "likes/wool", "likes/a/b", "tags/é", "town", "notes/a"))
    kept = {field: value for field, value in values.items() if value not in (None, {}, [])}
    return kept, draw(st.dictionaries(paths, stamps, max_size=4))


def body_of(content: tuple[dict[str, Any], dict[str, Any]]) -> bytes:
    values, said = content
    encoder = msgspec.json.Encoder(order="deterministic")
    return encoder.encode({"values": values, "stamps": said} if said else {"values": values})


def patch_between(before: Any, after: Any) -> Patch:
    body = body_of(after)
    changes = cut(body, {mark_of(path) for path in changed_paths(before, after)})
    return Patch(record_id=UUID(ID), group="tastes", rev=4, changes=changes, body=body)


class TestPatching:
    @given(contents(), contents())
    def test_makes_the_servers_body_to_the_byte_or_says_that_it_cannot(self, before: Any, after: Any) -> None:
        try:
            made = patch_between(before, after)
        except DoesNotFit:
            gone = changed_paths(before, after) - {path for path in changed_paths(({}, {}), after)}
            assert gone  # something went without a trace: only the whole body says so
            return
        sent = msgspec.msgpack.encode(pack([made, made]))
        told = msgspec.msgpack.decode(sent, type=Patches)
        for each in unpack(told):
            assert (each.record_id, each.group, each.rev) == (made.record_id, made.group, made.rev)
            held = grown(body_of(before), each.changes)
            assert held == made.body
            assert grown(held, each.changes) == held
        assert told.sum == sum_of([made.body, made.body])

    def test_tells_an_element_in_a_few_bytes(self) -> None:
        stamp = {"rev": 1, "hlc": 1_763_805_600_000 << 16, "channel": "store", "author": "ines"}
        said = {f"likes/{number}": {**stamp, "at": 1_763_805_600_000} for number in range(30)}
        likes = {str(number): [SHORT_ID] for number in range(30)}
        before = {"likes": {key: likes[key] for key in likes if key != "7"}}, dict(said)
        del before[1]["likes/7"]
        made = patch_between(before, ({"likes": likes}, said))
        one, two = (len(msgspec.msgpack.encode(pack([made] * many))) for many in (1, 2))
        assert len(made.body) > 3000 and two - one < 50

    @pytest.mark.parametrize(
        "spoiled",
        [
            {"record": b""},
            {"record": bytes(33)},
            {"group": (9,)},
            {"path": (9,)},
            {"changes": (2,)},
            {"changes": (0,)},
            {"flags": b""},
            {"value": ()},
            {"teller": ()},
            {"wall_ms": (-1,)},
            {"wall_ms": (2**60,)},
            {"value": (b"longer than an id is",)},
        ],
        ids=str,
    )
    def test_refuses_columns_that_do_not_belong_together(self, spoiled: dict[str, Any]) -> None:
        stamp = {"rev": 1, "hlc": 1 << 16, "channel": "store", "author": "ines", "at": 1}
        change = Change(path="likes/silk", value=[ID], stamp=stamp)
        whole = pack([Patch(record_id=UUID(ID), group="tastes", rev=1, changes=(change,))])
        assert unpack(whole)
        with pytest.raises(DoesNotFit):
            unpack(msgspec.structs.replace(whole, **spoiled))

    def test_does_not_fit_a_body_of_another_shape(self) -> None:
        change = Change(path="town/of birth", value="Lyon")
        with pytest.raises(DoesNotFit):
            grown(b'{"values":{"town":"Lyon"}}', [change])
