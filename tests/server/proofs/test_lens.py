"""The attack on what roles receive, and whether it would notice a server that tells too much or nothing."""

import msgspec
import pytest

from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY, Level, Policy
from server.policy import in_force
from server.proofs.lens import TOLD_BY_LAW, forbidden, prove, word


def with_level(role: Role, field: str, level: Level) -> Policy:
    """Return the shipped policy with one cell changed, without telling those who judge by the shipped one."""
    levels = {name: dict(row) for name, row in DEFAULT_POLICY.levels.items()}
    levels[role.value][field] = level
    return msgspec.structs.replace(DEFAULT_POLICY, levels=levels)


class TestProve:
    async def test_finds_no_leak(self, database: str) -> None:
        proof = await prove(database)
        assert proof.holds, (proof.figure, proof.broken_by)

    async def test_breaks_when_the_server_tells_too_much(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(in_force, "DEFAULT_POLICY", with_level(Role.SELLER, "phone", Level.READ))
        proof = await prove(database)
        assert not proof.holds
        doors = {leak.removeprefix("seller got phone of here from ") for leak in proof.broken_by}
        assert {"/v1/customers/{customer_id}", "/v1/sync/pull"} <= doors

    async def test_breaks_when_the_server_says_too_little(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(in_force, "DEFAULT_POLICY", with_level(Role.CALL_CENTRE, "email", Level.MASKED))
        proof = await prove(database)
        assert not proof.holds
        assert not proof.broken_by


class TestAPrivateNote:
    FILE = "/v1/privacy/customers/{customer_id}/file"

    def test_is_let_through_to_the_officer_in_the_file_the_customer_is_owed_and_nowhere_else(self) -> None:
        received = f"{word('here', 'notes')} private".encode()
        doors = (self.FILE, "/v1/customers/{customer_id}", "/v1/customers/{customer_id}/notes")
        passed = {
            (role, door)
            for role in ROLES
            for door in doors
            if "a private note of here" not in forbidden(role, door, received)
        }
        assert passed == {(Role.PRIVACY_OFFICER, self.FILE)} == set(TOLD_BY_LAW)

    def test_is_all_that_the_file_may_tell_besides(self) -> None:
        hidden = with_level(Role.PRIVACY_OFFICER, "phone", Level.HIDDEN)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("server.proofs.lens.DEFAULT_POLICY", hidden)
            received = word("here", "phone").encode()
            assert forbidden(Role.PRIVACY_OFFICER, self.FILE, received) == ["phone of here"]
