"""What a tablet is told it may hold, request by request."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Level, Policy
from server.auth.principal import Principal
from server.policy.in_force import lens_for
from server.replication.entitlement import entitlement_of
from tests.server.people import NOW

INES = Principal(
    associate_id=UUID(int=1),
    name="Inès M.",
    role=Role.SELLER,
    stores=("lyon",),
    zone=None,
    brand="maison",
    device_id=UUID(int=2),
    device_store="lyon",
    epoch="1.1.1",
)


def told(principal: Principal, policy: Policy = DEFAULT_POLICY, **known: Any) -> Any:
    return entitlement_of(principal, lens_for(policy, principal), now=NOW, lease_s=60, **known)


class TestEntitlement:
    @pytest.mark.parametrize(
        "changed",
        [
            {"role": Role.STORE_MANAGER},
            {"stores": ("nice",)},
            {"associate_id": UUID(int=3)},
            {"device_id": UUID(int=4)},
            {"device_store": "nice", "stores": ("lyon", "nice")},
            {"policy_version": 2},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_is_another_as_soon_as_what_decides_it_is(self, changed: dict[str, Any]) -> None:
        before = told(INES)
        after = told(msgspec.structs.replace(INES, **changed), holds=before.name)
        assert after.name != before.name and not after.is_brief

    def test_is_another_under_another_policy_of_the_same_number(self) -> None:
        levels = {role: dict(fields) for role, fields in DEFAULT_POLICY.levels.items()}
        levels[Role.SELLER.value]["phone"] = Level.HIDDEN
        stricter = Policy(version=DEFAULT_POLICY.version, levels=levels)
        assert "phone" in told(INES).levels
        assert "phone" not in told(INES, stricter).levels
        assert "phone" in told(INES).levels

    def test_says_a_new_epoch_even_where_nothing_else_changed(self) -> None:
        before = told(INES)
        after = told(msgspec.structs.replace(INES, epoch="2.1.1"), holds=before.name)
        assert (after.epoch, after.is_brief) == ("2.1.1", True)

    def test_says_the_time_and_who_is_forgotten_anew_each_time(self) -> None:
        first, gone = told(INES), uuid4()
        later = entitlement_of(
            INES,
            lens_for(DEFAULT_POLICY, INES),
            now=NOW + timedelta(minutes=1),
            lease_s=120,
            holds=first.name,
            erased=[gone],
        )
        assert later.is_brief and later.erased == (gone,) and first.erased == ()
        assert later.now - first.now == 60_000 and later.lease_until - later.now == 120_000
