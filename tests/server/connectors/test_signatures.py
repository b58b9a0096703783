import base64
import hmac
import re

import pytest

from server.connectors import signatures
from tests.real_data import REAL_DATA

BODY = b'{"id":1,"name":"\xc3\xa9"}'
SECRET = "hush-hush"
# Of the Standard Webhooks reference libraries.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_TIME = "1614265330"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def standard_headers(**changes: str) -> dict[str, str]:
    return {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": VECTOR_TIME,
        "webhook-signature": VECTOR,
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }


class TestStandard:
    def test_holds_for_the_public_vector(self) -> None:
        assert signatures.standard([VECTOR_SECRET], standard_headers(), VECTOR_BODY, float(VECTOR_TIME))

    def test_holds_for_one_of_several_signatures_and_one_of_several_secrets(self) -> None:
        headers = standard_headers(webhook_signature=f"v1a,abc v1,wrong {VECTOR}")
        assert signatures.standard(
            ["whsec_b3RoZXI=", VECTOR_SECRET], headers, VECTOR_BODY, float(VECTOR_TIME)
        )

    @pytest.mark.parametrize(
        "headers",
        [
            standard_headers(webhook_id="msg_other"),
            standard_headers(webhook_timestamp="1614265331"),
            standard_headers(webhook_timestamp="soon"),
            standard_headers(webhook_timestamp=""),
            standard_headers(webhook_signature="v1," + "A" * 44),
            standard_headers(webhook_signature=VECTOR.replace("v1,", "v2,")),
            {},
        ],
    )
    def test_holds_for_nothing_else(self, headers: dict[str, str]) -> None:
        assert not signatures.standard([VECTOR_SECRET], headers, VECTOR_BODY, float(VECTOR_TIME))
        assert not signatures.standard([VECTOR_SECRET], standard_headers(), VECTOR_BODY + b" ", 1614265330)

    @pytest.mark.parametrize("late", [301, -301])
    def test_does_not_hold_when_it_was_signed_too_long_ago_or_is_yet_to_be(self, late: int) -> None:
        now = float(VECTOR_TIME) + late
        assert not signatures.standard([VECTOR_SECRET], standard_headers(), VECTOR_BODY, now)

    def test_agrees_with_the_examples_of_the_specification_where_it_lies(self) -> None:
        suite = REAL_DATA / "suite-standard-webhooks" / "standard-webhooks.md"
        if not suite.exists():
            pytest.skip("the specification is not here")
        text = suite.read_text()
        found = re.findall(r"v1,([A-Za-z0-9+/=]{44})", text)
        assert found and all(len(base64.b64decode(each)) == 32 for each in found)


class TestShopifyAndWooCommerce:
    @pytest.mark.parametrize(
        ("verify", "header"),
        [
            (signatures.shopify, "x-shopify-hmac-sha256"),
            (signatures.woocommerce, "x-wc-webhook-signature"),
        ],
    )
    def test_sign_the_raw_body(self, verify: signatures.Verify, header: str) -> None:
        good = base64.b64encode(hmac.digest(SECRET.encode(), BODY, "sha256")).decode()
        assert verify(["older", SECRET], {header: good}, BODY, 0)
        assert not verify([SECRET], {header: good}, BODY.replace(b":", b": "), 0)
        assert not verify([SECRET], {header: good[:-2]}, BODY, 0)
        assert not verify([SECRET], {header: "é"}, BODY, 0)
        assert not verify([SECRET], {}, BODY, 0)
        assert not verify([], {header: good}, BODY, 0)


class TestSegment:
    def test_signs_one_event(self) -> None:
        good = hmac.digest(SECRET.encode(), BODY, "sha1").hex()
        assert signatures.segment([SECRET], {"x-signature": good}, BODY, 0)
        assert signatures.segment([SECRET], {"x-signature": good}, b"[" + BODY + b"]", 0)
        assert not signatures.segment([SECRET], {"x-signature": good[:-1] + "0"}, BODY + b" ", 0)

    def test_says_nothing_of_the_events_behind_the_first(self) -> None:
        good = hmac.digest(SECRET.encode(), BODY, "sha1").hex()
        assert not signatures.segment([SECRET], {"x-signature": good}, b"[" + BODY + b',{"id":2}]', 0)

    def test_takes_a_write_key_as_the_name_of_basic_credentials(self) -> None:
        def basic(text: str) -> dict[str, str]:
            return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}

        assert signatures.write_key([SECRET], basic(f"{SECRET}:"))
        assert not signatures.write_key([SECRET], basic(f"other:{SECRET}"))
        assert not signatures.write_key([SECRET], {"authorization": f"Bearer {SECRET}"})
        assert not signatures.write_key([SECRET], {"authorization": "Basic %%%"})
        assert not signatures.write_key([SECRET], {})
