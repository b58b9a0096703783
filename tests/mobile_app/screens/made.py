"""A customer as a tablet holds her, made for tests: history on every channel, taste, notes, consents."""

from datetime import date
from functools import cache
from typing import Any

import msgspec

from mobile_app.screens.directory import Directory
from schemas.ids import id_from
from schemas.record import Channel, Stamp
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Lens, Level, lens_of
from sync.replica.draft import Card, shown_through
from sync.summary import Summary, summarize

TODAY = date(2026, 11, 22)
DAY_MS = 86_400_000
NOW_MS = 1_795_338_000_000
INES, PAUL = str(id_from("associate", "ines")), str(id_from("associate", "paul"))
CLAIRE = id_from("customer", "claire")
NOTE = str(id_from("note", "salon"))
DIRECTORY = Directory(
    stores={"lyon": "Lyon Bellecour", "marais": "Paris Marais"},
    people={INES: "Inès Carpentier", PAUL: "Paul Renard"},
    me=INES,
    brand="valmere",
)


def ago(days: float) -> int:
    """Return the instant that many days before now, in milliseconds."""
    return int(NOW_MS - days * DAY_MS)


def purchase(
    number: int, days: float, total: int, channel: str = "store", kind: str = "sale"
) -> dict[str, Any]:
    """Return one ticket of one line."""
    return {
        "purchase_id": str(id_from("purchase", str(number))),
        "source": "till",
        "reference": f"T-{number}",
        "at": ago(days),
        "channel": channel,
        "kind": kind,
        "currency": "EUR",
        "total": total,
        "lines": [
            {
                "sku": f"SKU-{number}",
                "title": f"Silk scarf {number}",
                "quantity": -1 if total < 0 else 1,
                "amount": total,
                "size": "38",
                "colour": "ivory",
            }
        ],
        "store": "lyon" if channel == "store" else None,
        "author": INES if channel == "store" else None,
    }


def values(**said: Any) -> dict[str, Any]:
    """Return everything the server holds of her; ``said`` takes the place of what stands here."""
    held: dict[str, Any] = {
        "title": "Mme",
        "given_name": "Claire",
        "family_name": "Lefèvre",
        "language": "fr",
        "town": "Lyon",
        "birth_date": "1984-12-03",
        "email": "claire.lefevre@example.com",
        "phone": "+33612345678",
        "address": {"line1": "4 rue Auguste-Comte", "postal_code": "69002", "city": "Lyon", "country": "FR"},
        "home_store": "lyon",
        "associate_id": INES,
        "client_since": "2019-05-02",
        "sizes": {"shoes": {"value": "39"}},
        "computed_sizes": {"top": {"value": "38", "purchases": 6}},
        "likes": {"silk": [str(id_from("edit", "silk"))], "cashmere": [str(id_from("edit", "cashmere"))]},
        "dislikes": {"visible logos": [str(id_from("edit", "logos"))]},
        "important_dates": {"wedding": {"label": "Wedding anniversary", "date": "--06-14"}},
        "family": {"sister": {"relation": "sister", "name": "Anne", "size": "36"}},
        "notes": [
            {
                "note_id": NOTE,
                "text": "Likes to be received in the salon.",
                "level": "store",
                "author": INES,
                "at": ago(9),
                "store": "lyon",
            }
        ],
        "consents": {
            "valmere/email/marketing": {"state": "granted", "at": ago(300)},
            "valmere/sms/marketing": {
                "state": "withdrawn",
                "at": ago(30),
                "standing": [str(id_from("event", "no-sms"))],
            },
        },
        "loyalty": {"tier": "gold", "points": 1240},
        "purchases": [
            purchase(1, 4, 89000),
            purchase(2, 40, 24500, channel="web"),
            purchase(3, 41, -24500, channel="web", kind="return"),
        ],
        "touchpoints": [
            {
                "touchpoint_id": str(id_from("touchpoint", "visit")),
                "at": ago(12),
                "kind": "visit",
                "channel": "store",
                "summary": "Fitting",
                "store": "lyon",
                "author": INES,
            },
            {
                "touchpoint_id": str(id_from("touchpoint", "view")),
                "at": ago(2),
                "kind": "web_view",
                "channel": "web",
                "summary": "Camel coat",
            },
        ],
        "spend": {
            "currency": "EUR",
            "lifetime": 2340900,
            "last_12_months": 780300,
            "average_basket": 56000,
            "purchases": 42,
            "last_at": ago(4),
            "by_month": {"2026-11": 89000, "2026-10": 0, "2026-03": 120000},
        },
        "payment_preference": "card",
    }
    held.update(said)
    return {field: value for field, value in held.items() if value is not None}


@cache
def _lens(role: Role) -> Lens:
    return lens_of(DEFAULT_POLICY, role, person=INES, stores=("lyon",))


def card(role: Role = Role.SELLER, *, waiting: tuple[str, ...] = (), **said: Any) -> Card:
    """Return her card as this role holds it; ``waiting`` are paths with an edit that awaits its answer."""
    lens = _lens(role)
    shown = shown_through(values(**said), lens)
    stamp = Stamp(
        rev=3,
        hlc=ago(9) << 16,
        mid=id_from("edit", "shoes"),
        channel=Channel.STORE,
        author=INES,
        at=ago(9),
        store="lyon",
    )
    return Card(
        record_id=CLAIRE,
        values=dict(shown),
        stamps={"sizes/shoes": stamp, "given_name": stamp},
        pending_fields=frozenset(path.partition("/")[0] for path in waiting),
        pending_paths=frozenset(waiting),
        levels={field: level for field, level in lens.levels.items() if level > Level.HIDDEN},
    )


def summary(**said: Any) -> Summary:
    """Return her line in a list."""
    held = card()
    return msgspec.structs.replace(summarize(CLAIRE, held.values, held.levels, pending=0), **said)
