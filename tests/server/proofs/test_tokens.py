"""The attack with tokens, and whether it would notice a server that lets one in."""

import pytest

from server.auth import access_token, refresh
from server.proofs.tokens import RFC_8037_SIGNATURE, prove, vectors_hold


class TestProve:
    async def test_finds_no_token_accepted(self, database: str) -> None:
        proof = await prove(database)
        assert proof.holds, (proof.figure, proof.broken_by)

    async def test_breaks_when_the_header_is_not_compared_whole(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def any_key(self: access_token.KeyRing, header: str) -> access_token._Key:
            return next(iter(self._keys.values()))

        monkeypatch.setattr(access_token.KeyRing, "_key_of", any_key)
        proof = await prove(database)
        assert not proof.holds
        assert {"kid unknown", "jku", "typ JWT"} <= set(proof.broken_by)

    async def test_breaks_when_a_stolen_refresh_token_goes_on(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def forgiving(*args: object, **named: object) -> None:
            return None

        monkeypatch.setattr(refresh, "end_family", forgiving)
        proof = await prove(database)
        assert not proof.holds
        assert "refresh token used twice" in proof.broken_by

    def test_holds_to_the_public_vectors(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert vectors_hold()
        monkeypatch.setattr("server.proofs.tokens.RFC_8037_SIGNATURE", RFC_8037_SIGNATURE[::-1])
        assert not vectors_hold()
