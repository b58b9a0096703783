"""The law as a table: who may be contacted, for what, by what means, and why."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from schemas.consent import ConsentEvent, ConsentState, ContactChannel, Purpose, standings
from schemas.contact import PHONE_NEEDS_CONSENT_FROM, SALE_COUNTS_MS, may_contact
from schemas.signature import FEWEST_POINTS, MOST_POINTS, drawn, is_signature, normalised
from schemas.wording import Wording, in_force, wording_hash

NOW = 1_795_000_000_000
DAY = 86_400_000
YES, NO = ConsentState.GRANTED, ConsentState.WITHDRAWN


def wording(channel: str, purpose: str, **further: Any) -> Wording:
    return Wording(
        version=further.pop("version", "v1"),
        brand="maison",
        channel=ContactChannel(channel),
        purpose=Purpose(purpose),
        texts={"fr": "Vous pouvez m'écrire.", "en": "You may write to me."},
        **further,
    )


KNOWN = {
    each.key: each
    for each in (
        wording("email", "marketing"),
        wording("email", "marketing", version="old", until=NOW - 10 * DAY),
        wording("sms", "marketing"),
        wording("phone", "marketing"),
        wording("email", "tracking"),
    )
}


def said(
    state: ConsentState,
    number: int,
    *,
    channel: str = "email",
    purpose: str = "marketing",
    version: str | None = "v1",
    at: int = NOW - DAY,
    knows: tuple[int, ...] = (),
) -> ConsentEvent:
    return ConsentEvent(
        event_id=UUID(int=number),
        brand="maison",
        channel=ContactChannel(channel),
        purpose=Purpose(purpose),
        state=state,
        at=at,
        knows=tuple(UUID(int=each) for each in knows),
        wording=version if state == YES else None,
    )


def shows(text: str) -> ConsentEvent:
    """A yes that tells the fingerprint of the text she was shown."""
    return msgspec.structs.replace(said(YES, 1), wording_hash=wording_hash("v1", "fr", text))


def sale(at: int, total: int = 10_000, kind: str = "sale") -> dict[str, Any]:
    return {"at": at, "total": total, "kind": kind}


BOUGHT = (sale(NOW - 30 * DAY),)

# what was said; channel; purpose; further facts; the answer's reason (those of ALLOWED allow)
ALLOWED = {"granted", "existing_customer"}
TABLE: tuple[tuple[str, tuple[ConsentEvent, ...], str, str, dict[str, Any], str], ...] = (
    ("silence", (), "email", "marketing", {}, "never_asked"),
    ("a proved yes", (said(YES, 1),), "email", "marketing", {}, "granted"),
    ("a yes to e-mail", (said(YES, 1),), "sms", "marketing", {}, "never_asked"),
    ("a yes to marketing", (said(YES, 1),), "email", "tracking", {}, "never_asked"),
    ("another brand's yes", (said(YES, 1),), "email", "marketing", {"brand": "autre"}, "never_asked"),
    ("a yes without a wording", (said(YES, 1, version=None),), "email", "marketing", {}, "unproven"),
    ("a yes under an unknown wording", (said(YES, 1, version="v9"),), "email", "marketing", {}, "unproven"),
    ("a yes to the published text", (shows("Vous pouvez m'écrire."),), "email", "marketing", {}, "granted"),
    ("a yes to another text", (shows("Nous vous écrirons."),), "email", "marketing", {}, "unproven"),
    (
        "a yes to another text, then one to ours",
        (shows("Nous vous écrirons."), said(YES, 2)),
        "email",
        "marketing",
        {},
        "granted",
    ),
    ("a yes under an expired wording", (said(YES, 1, version="old"),), "email", "marketing", {}, "unproven"),
    (
        "a yes while the wording was in force",
        (said(YES, 1, version="old", at=NOW - 20 * DAY),),
        "email",
        "marketing",
        {},
        "granted",
    ),
    (
        "a spoken yes to one-to-one service",
        (said(YES, 1, purpose="service", version=None),),
        "email",
        "service",
        {},
        "granted",
    ),
    ("a no", (said(NO, 1),), "email", "marketing", {}, "withdrawn"),
    (
        "a no and a yes by a faster clock",
        (said(NO, 1), said(YES, 2, at=NOW + 9 * DAY)),
        "email",
        "marketing",
        {},
        "withdrawn",
    ),
    (
        "a no answered by a proved yes",
        (said(NO, 1), said(YES, 2, knows=(1,), at=NOW - 9 * DAY)),
        "email",
        "marketing",
        {},
        "granted",
    ),
    (
        "a no that only an unproved yes answered",
        (said(YES, 1), said(NO, 2), said(YES, 3, version=None, knows=(2,), at=NOW - 9 * DAY)),
        "email",
        "marketing",
        {},
        "unproven",
    ),
    ("a word nobody knows", (said(ConsentState("maybe"), 1),), "email", "marketing", {}, "withdrawn"),
    ("a customer who bought", (), "email", "marketing", {"purchases": BOUGHT}, "existing_customer"),
    ("a customer who bought", (), "sms", "marketing", {"purchases": BOUGHT}, "existing_customer"),
    ("a customer who bought", (), "messaging", "marketing", {"purchases": BOUGHT}, "never_asked"),
    ("a customer who bought", (), "post", "marketing", {"purchases": BOUGHT}, "never_asked"),
    ("a customer who bought", (), "email", "tracking", {"purchases": BOUGHT}, "never_asked"),
    ("a customer who bought", (), "email", "profiling", {"purchases": BOUGHT}, "never_asked"),
    ("a customer who bought", (), "phone", "marketing", {"purchases": BOUGHT}, "never_asked"),
    (
        "a customer who bought, called before the law",
        (),
        "phone",
        "marketing",
        {"purchases": (sale(PHONE_NEEDS_CONSENT_FROM - 30 * DAY),), "now": PHONE_NEEDS_CONSENT_FROM - 1},
        "existing_customer",
    ),
    (
        "the same, at the first moment of the law",
        (),
        "phone",
        "marketing",
        {"purchases": (sale(PHONE_NEEDS_CONSENT_FROM - 30 * DAY),), "now": PHONE_NEEDS_CONSENT_FROM},
        "never_asked",
    ),
    ("a proved yes to calls", (said(YES, 1, channel="phone"),), "phone", "marketing", {}, "granted"),
    ("who bought and said no", (said(NO, 1),), "email", "marketing", {"purchases": BOUGHT}, "withdrawn"),
    (
        "who bought and gave an unproved yes",
        (said(YES, 1, version=None),),
        "email",
        "marketing",
        {"purchases": BOUGHT},
        "existing_customer",
    ),
    (
        "who brought everything back",
        (),
        "email",
        "marketing",
        {"purchases": (sale(NOW - 9 * DAY), sale(NOW - 5 * DAY, -10_000, "return"))},
        "never_asked",
    ),
    (
        "who bought too long ago",
        (),
        "email",
        "marketing",
        {"purchases": (sale(NOW - SALE_COUNTS_MS - 1),)},
        "never_asked",
    ),
    ("a sale of nothing", (), "email", "marketing", {"purchases": (sale(NOW - DAY, 0),)}, "never_asked"),
    ("a sale to come", (), "email", "marketing", {"purchases": (sale(NOW + DAY),)}, "never_asked"),
    ("a restriction", (said(YES, 1),), "email", "marketing", {"limits": {"restriction": 1}}, "restricted"),
    (
        "a restriction of one who bought",
        (),
        "email",
        "marketing",
        {"limits": {"restriction": 1}, "purchases": BOUGHT},
        "restricted",
    ),
    ("a limit nobody knows", (said(YES, 1),), "email", "marketing", {"limits": {"new": 1}}, "restricted"),
    (
        "an objection to profiling",
        (said(YES, 1, purpose="tracking"),),
        "email",
        "tracking",
        {"limits": {"profiling": 1}},
        "objected",
    ),
    (
        "an objection to profiling leaves letters",
        (said(YES, 1),),
        "email",
        "marketing",
        {"limits": {"profiling": 1}},
        "granted",
    ),
)


class TestMayContact:
    @pytest.mark.parametrize(
        ("story", "ledger", "channel", "purpose", "facts", "reason"),
        TABLE,
        ids=[f"{row[0]}, by {row[2]} for {row[3]}" for row in TABLE],
    )
    def test_follows_the_law(
        self,
        story: str,
        ledger: tuple[ConsentEvent, ...],
        channel: str,
        purpose: str,
        facts: dict[str, Any],
        reason: str,
    ) -> None:
        asked = {"brand": "maison", "now": NOW, "wordings": KNOWN} | facts
        consents = msgspec.json.decode(msgspec.json.encode(standings(ledger)))

        answer = may_contact(consents, channel=ContactChannel(channel), purpose=Purpose(purpose), **asked)

        assert (answer.reason, answer.allowed) == (reason, reason in ALLOWED), story


class TestWording:
    def test_in_force_is_the_one_published_last(self) -> None:
        first = wording("email", "marketing", published_at=1)
        second = wording("email", "marketing", version="v2", published_at=5)
        later = wording("email", "marketing", version="v3", published_at=NOW + 1)
        ended = wording("email", "marketing", version="v4", published_at=9, until=NOW)
        asked = {"brand": "maison", "channel": "email", "purpose": "marketing", "now": NOW}

        assert in_force([second, first, later, ended], **asked) == second
        assert in_force([first], **asked | {"channel": "sms"}) is None

    def test_is_shown_in_her_language_or_english(self) -> None:
        shown = wording("email", "marketing")

        assert shown.text_for("fr-FR")[0] == "fr"
        assert shown.text_for("ja")[0] == "en"

    def test_hash_tells_texts_languages_and_versions_apart(self) -> None:
        hashes = {wording_hash(*each) for each in (("1", "fr", "a"), ("2", "fr", "a"), ("1", "en", "a"))}
        assert len(hashes) == 3


class TestSignature:
    def test_lies_on_the_sheet_however_large_the_pad_and_long_the_name(self) -> None:
        strokes = [[(x, x / 2) for x in range(-50, 2_000)], [(1.0, 2.0)] * 900]

        signature = normalised(strokes, width=800, height=320)

        assert is_signature(signature)
        assert sum(len(stroke) for stroke in signature) <= 2 * MOST_POINTS
        assert all(0 <= each <= 1000 for stroke in signature for each in stroke)

    def test_is_no_slip_of_the_finger_and_no_flood(self) -> None:
        assert not is_signature(normalised([[(1, 1)] * (FEWEST_POINTS - 1)], width=10, height=10))
        assert not is_signature(((1, 1) * 600, (2, 2) * 600))
        assert not is_signature(((1, 900) * 10,))
        assert not is_signature(((1, 2, 3) * 5,))

    def test_is_drawn_with_numbers_alone(self) -> None:
        assert drawn([(1, 2, 3, 4)]).count("<polyline") == 1
