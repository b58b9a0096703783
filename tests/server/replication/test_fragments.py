"""A customer cut into groups loses nothing, repeats nothing, and keeps each note to its readers."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.customer import FIELDS
from schemas.visibility import DEFAULT_POLICY, MASKED_SUFFIX, NOTES, field_groups
from server.replication.fragments import bodies, is_empty

GROUPS = field_groups(DEFAULT_POLICY)
NOTE = {"note_id": "1", "text": "…", "author": "ines", "store": "lyon", "at": 1}
values = st.dictionaries(
    st.sampled_from([field for field in FIELDS if field != NOTES]),
    st.one_of(
        st.none(), st.text(max_size=3), st.just({}), st.dictionaries(st.text(max_size=2), st.integers())
    ),
)


def in_clear(made: dict[str, bytes]) -> dict[str, bytes]:
    return {key: body for key, body in made.items() if not key.endswith(MASKED_SUFFIX)}


class TestBodies:
    @given(values)
    def test_hold_every_value_once(self, held: dict[str, object]) -> None:
        found: dict[str, object] = {}
        for body in in_clear(bodies(held, {}, GROUPS)).values():
            for field, value in msgspec.json.decode(body)["values"].items():
                assert field not in found
                found[field] = value
        assert found == {field: value for field, value in held.items() if not is_empty(value)}

    def test_carry_the_stamps_of_their_own_fields(self) -> None:
        stamps = {"sizes/shoes": {"rev": 1}, "email": {"rev": 2}, "likes/silk": {"rev": 3}}
        made = bodies({"sizes": {"shoes": {"value": "38"}}}, stamps, GROUPS)
        for key, body in in_clear(made).items():
            fields = next(group.fields for group in GROUPS if group.key == key)
            assert all(path.split("/")[0] in fields for path in msgspec.json.decode(body).get("stamps", {}))

    def test_keep_each_note_to_its_audience(self) -> None:
        notes = [
            {**NOTE, "note_id": "1", "level": "private"},
            {**NOTE, "note_id": "2", "level": "store"},
            {**NOTE, "note_id": "3", "level": "brand"},
        ]
        stamps = {f"notes/{number}": {"rev": 1} for number in (1, 2, 3)}
        made = bodies({NOTES: notes}, stamps, GROUPS)
        assert set(made) == {"notes", "notes@store:lyon", "notes@own:ines"}
        for body in made.values():
            decoded = msgspec.json.decode(body)
            assert len(decoded["values"][NOTES]) == len(decoded["stamps"]) == 1

    def test_nothing_said_is_no_body(self) -> None:
        assert bodies({"given_name": None, "likes": {}, NOTES: []}, {}, GROUPS) == {}

    def test_of_a_masked_group_change_only_when_what_is_seen_does(self) -> None:
        made = [
            masked_of({"phone": phone}, rev) for rev, phone in enumerate(("+33612345678", "+33699999978"))
        ]
        assert made[0] == made[1]
        assert len(made[0]) == 1
        assert b"stamps" not in next(iter(made[0].values()))
        assert masked_of({"phone": "+33699999979"}, 3) != made[0]


def masked_of(values: dict[str, object], rev: int) -> dict[str, bytes]:
    made = bodies(values, {"phone": {"rev": rev}}, GROUPS)
    return {key: body for key, body in made.items() if key.endswith(MASKED_SUFFIX)}
