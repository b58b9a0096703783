"""Public vectors of JOSE, for the algorithms we sign with or believe; and signatures that have fooled others.

Source: RFC 7515 appendix A.3 (ES256), RFC 8037 appendix A.4 (Ed25519); the negatives are those of Project
Wycheproof in kind: zeros, a signature in another encoding, one that was moved by the order of the group.
"""

import base64

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from server.proofs.tokens import RFC_8037_SIGNATURE, RFC_8037_TEXT, RFC_8037_X

ES256_TEXT = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)
ES256_SIGNATURE = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
ES256_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
ED25519_KEY = {"kty": "OKP", "crv": "Ed25519", "x": RFC_8037_X}
ORDER_OF_ED25519 = 2**252 + 27742317777372353535851937790883648493

VECTORS = {
    "ES256": (ES256_KEY, ES256_TEXT, ES256_SIGNATURE),
    "EdDSA": (ED25519_KEY, RFC_8037_TEXT, RFC_8037_SIGNATURE),
}


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _holds(algorithm: str, signature: bytes, key: dict[str, str] | None = None) -> bool:
    own, text, _ = VECTORS[algorithm]
    try:
        jwt.PyJWS().decode(f"{text}.{_text(signature)}", jwt.PyJWK(key or own, algorithm), [algorithm])
    except jwt.InvalidTokenError:
        return False
    return True


@pytest.mark.parametrize("algorithm", VECTORS)
class TestVectors:
    def test_hold(self, algorithm: str) -> None:
        assert _holds(algorithm, _bytes(VECTORS[algorithm][2]))

    def test_hold_no_more_when_any_bit_is_turned(self, algorithm: str) -> None:
        good = _bytes(VECTORS[algorithm][2])
        for bit in range(0, len(good) * 8, 5):
            turned = bytearray(good)
            turned[bit // 8] ^= 1 << bit % 8
            assert not _holds(algorithm, bytes(turned)), bit

    def test_hold_for_no_signature_of_zeros_or_of_another_length(self, algorithm: str) -> None:
        good = _bytes(VECTORS[algorithm][2])
        for bad in (b"", bytes(64), b"\xff" * 64, good[:-1], good + b"\x00", good * 2, good[32:] + good[:32]):
            assert not _holds(algorithm, bad)


class TestFooling:
    def test_with_the_encoding_of_certificates_fails(self) -> None:
        good = _bytes(ES256_SIGNATURE)
        r, s = int.from_bytes(good[:32]), int.from_bytes(good[32:])
        assert not _holds("ES256", encode_dss_signature(r, s))

    def test_by_moving_a_signature_by_the_order_of_the_group_fails(self) -> None:
        good = _bytes(RFC_8037_SIGNATURE)
        moved = int.from_bytes(good[32:], "little") + ORDER_OF_ED25519
        assert not _holds("EdDSA", good[:32] + moved.to_bytes(32, "little"))

    def test_with_a_key_of_small_order_fails(self) -> None:
        neutral = _text(b"\x01" + bytes(31))
        assert not _holds("EdDSA", bytes(64), ED25519_KEY | {"x": neutral})

    def test_with_a_key_of_the_other_kind_fails(self) -> None:
        with pytest.raises(jwt.PyJWTError):
            jwt.PyJWK(ED25519_KEY, "ES256")
