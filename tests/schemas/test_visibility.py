"""The policy is an allow-list, groups are computed, and nothing hidden passes the projection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.customer import FIELDS, SENSITIVITY
from schemas.sensitivity import Sensitivity
from schemas.staff import ROLES, Role
from schemas.visibility import (
    DEFAULT_POLICY,
    MAY_HOLD,
    NOTES,
    Level,
    Policy,
    field_groups,
    lens_of,
    mask,
    note_group,
    project,
    shows_masked,
)

VALUES = {field: f"canary {field}" for field in FIELDS if field != NOTES} | {
    NOTES: [
        {"note_id": "1", "text": "hers alone", "level": "private", "author": "ines", "store": "lyon"},
        {"note_id": "2", "text": "the shop's", "level": "store", "author": "ines", "store": "lyon"},
        {"note_id": "3", "text": "everybody's", "level": "brand", "author": "ines", "store": "lyon"},
        {"note_id": "4", "text": "from tomorrow", "level": "zone", "author": "ines", "store": "lyon"},
    ]
}
policies = st.dictionaries(
    st.sampled_from([role.value for role in ROLES]),
    st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(Level)),
).map(lambda levels: Policy(version=7, levels=levels))


class TestPolicy:
    @pytest.mark.parametrize("role", ROLES)
    def test_hides_a_field_it_does_not_name(self, role: Role) -> None:
        assert DEFAULT_POLICY.level(role, "a_field_of_tomorrow") == Level.HIDDEN

    def test_hides_everything_from_a_role_it_does_not_name(self) -> None:
        lens = lens_of(DEFAULT_POLICY, Role("juggler"), person="x", stores=("lyon",))
        assert project(VALUES, lens) == {}

    def test_shows_an_administrator_no_personal_field(self) -> None:
        lens = lens_of(DEFAULT_POLICY, Role.ADMINISTRATOR, person="x", stores=("lyon",))
        assert project(VALUES, lens) == {}

    @pytest.mark.parametrize("field", [f for f in FIELDS if SENSITIVITY[f] is Sensitivity.ADDRESS])
    def test_keeps_addresses_from_sellers(self, field: str) -> None:
        assert DEFAULT_POLICY.level(Role.SELLER, field) == Level.HIDDEN


class TestFieldGroups:
    @given(policies)
    def test_never_join_fields_that_some_role_sees_differently(self, policy: Policy) -> None:
        for group in field_groups(policy):
            for role in ROLES:
                assert len({min(policy.level(role, field), Level.READ) for field in group.fields}) == 1

    @given(policies)
    def test_hold_each_field_somebody_sees_once_and_no_other(self, policy: Policy) -> None:
        grouped = [field for group in field_groups(policy) for field in group.fields]
        seen = {field for field in FIELDS if any(policy.level(role, field) for role in ROLES)}
        assert sorted(grouped) == sorted(seen)

    def test_have_distinct_keys(self) -> None:
        keys = [group.key for group in field_groups(DEFAULT_POLICY)]
        assert len(keys) == len(set(keys))


class TestWhatMayHoldAnothersValue:
    @given(policies, st.sampled_from(ROLES))
    def test_is_seen_no_better_than_what_it_may_hold(self, policy: Policy, role: Role) -> None:
        for field, others in MAY_HOLD.items():
            for other in others:
                shown = min(policy.level(role, other), Level.READ)
                assert min(policy.level(role, field), Level.READ) <= shown

    @pytest.mark.parametrize(
        ("granted", "email", "level"),
        [
            (Level.WRITE, Level.READ, Level.WRITE),
            (Level.WRITE, Level.MASKED, Level.MASKED),
            (Level.READ, Level.HIDDEN, Level.HIDDEN),
            (Level.MASKED, Level.WRITE, Level.MASKED),
        ],
    )
    def test_keeps_its_own_level_otherwise(self, granted: Level, email: Level, level: Level) -> None:
        fields = {"other_contacts": granted, "email": email, "phone": Level.WRITE}
        assert Policy(version=7, levels={"seller": fields}).level("seller", "other_contacts") == level


class TestProject:
    @given(policies, st.sampled_from(ROLES))
    def test_shows_exactly_what_the_level_allows(self, policy: Policy, role: Role) -> None:
        shown = project(VALUES, lens_of(policy, role, person="x", stores=()))
        for field in FIELDS:
            level = policy.level(role, field)
            assert (field in shown) == (level > Level.HIDDEN)
            if level == Level.MASKED:
                assert shown[field] == mask(field, VALUES[field])
                assert "canary" not in str(shown[field])

    @pytest.mark.parametrize(
        ("person", "stores", "read"),
        [
            ("ines", ("lyon",), ["1", "2", "3", "4"]),
            ("paul", ("lyon",), ["2", "3"]),
            ("paul", ("paris",), ["3"]),
        ],
    )
    def test_shows_notes_by_audience(self, person: str, stores: tuple[str, ...], read: list[str]) -> None:
        lens = lens_of(DEFAULT_POLICY, Role.SELLER, person=person, stores=stores)
        assert [note["note_id"] for note in project(VALUES, lens)[NOTES]] == read


class TestNoteGroup:
    def test_treats_a_level_of_tomorrow_as_private(self) -> None:
        assert note_group("zone", store="lyon", author="ines") == "notes@own:ines"


class TestMask:
    @pytest.mark.parametrize("phone", ["+33612345642", "+442012340042", "42"])
    def test_shows_two_digits_in_a_fixed_shape(self, phone: str) -> None:
        assert mask("phone", phone) == "•• •• •• 42"

    def test_shows_a_birthday_without_the_year(self) -> None:
        assert mask("birth_date", "1984-05-14") == "--05-14"

    @pytest.mark.parametrize("email", ["a@b.fr", "a.very.long.name@example.com"])
    def test_shows_nothing_of_an_email(self, email: str) -> None:
        assert mask("email", email) == "•••@•••"


def test_a_screen_shows_the_mask_of_one_text_and_of_ways_to_reach_her() -> None:
    assert all(shows_masked(field) for field in ("phone", "birth_date", "address", "social_handles"))
    assert not {field for field in ("loyalty", "notes", "sizes", "consents", "spend") if shows_masked(field)}
