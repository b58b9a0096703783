"""A made client book for pictures and tests: one full card and a page of rows. No real person."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from mobile_app.i18n import tr
from mobile_app.screens.card.past import Past, PastValue
from mobile_app.screens.customer_side.model import Line
from mobile_app.screens.directory import Directory
from mobile_app.screens.find.further import Hit
from mobile_app.screens.outbox.model import Edit, HeldEdit, Standing
from mobile_app.screens.sign_in.model import Face
from schemas.consent import ContactChannel, Purpose
from schemas.ids import id_from
from schemas.messages import Pressure, PressureRules, Template, TemplateText
from schemas.record import Channel, Stamp
from schemas.staff import Role
from schemas.visibility import DEFAULT_POLICY, Level, lens_of
from sync.replica.draft import Card
from sync.replica.note_search import NoteHit
from sync.summary import Summary

TODAY = date(2026, 11, 20)
ME = "0190aaaa-0000-7000-8000-000000000001"
PAUL = "0190aaaa-0000-7000-8000-000000000002"
TABLET = UUID(int=500)
DIRECTORY = Directory(
    stores={"saint-honore": "Rue Saint-Honoré", "lyon": "Lyon Herriot"},
    people={ME: "Inès M.", PAUL: "Paul R."},
    me=ME,
    brand="maison",
    device=TABLET,
)
_GIVEN = ("Adam", "Agnieszka", "Alice", "Amelia", "Åsa", "Camille", "Élodie", "Ines", "Louis", "Manon", "Zoë")
_FAMILY = ("Al-Fassi", "Barbier", "Lefèvre", "Garcia", "Roux", "Nguyen")
_TOWNS = ("Nice", "Bruxelles", "Lyon", "Lille", "Strasbourg", "Genève", "Cannes")
_TIERS = ("silver", "gold", "silver", "platinum", "silver", "black")


def at(day: str, clock: str = "15:30") -> int:
    """Return milliseconds since 1970 of a day and time, UTC."""
    return int(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC).timestamp() * 1000)


def rows(query: str = "") -> tuple[Summary, ...]:
    """Return a page of customers, as a search would."""
    if query in ("zzz", "camel"):  # nobody is called so
        return ()
    people = [(given, family) for family in _FAMILY for given in _GIVEN]
    if query:
        people = [(given, family) for given, family in people if family == "Lefèvre"]
    return tuple(
        Summary(
            record_id=RECORD
            if (given, family) == ("Agnieszka", "Al-Fassi")
            else id_from("row", given, family),
            given_name=given,
            family_name=family,
            town="Nice" if number == 1 else _TOWNS[number * 3 % len(_TOWNS)],
            tier="gold" if number == 1 else _TIERS[number * 5 % len(_TIERS)],
            last_seen=at(f"2026-{number * 7 % 11 + 1:02}-{number * 11 % 27 + 1:02}"),
            pending=1 if number == 1 else 0,
        )
        for number, (given, family) in enumerate(people)
    )


RECORD = id_from("gallery", "agnieszka")


def card(role: Role = Role.STORE_MANAGER) -> Card:
    """Return a full card as this role sees it on this tablet."""
    lens = lens_of(DEFAULT_POLICY, role, person=ME, stores=["saint-honore"])
    levels = lens.levels
    return Card(
        record_id=RECORD,
        values={field: value for field, value in _values().items() if levels.get(field, Level.HIDDEN)},
        stamps=_stamps(),
        pending_fields=frozenset({"sizes", "likes"}),
        pending_paths=frozenset({"sizes/shoes", "likes/small bags"}),
        levels=levels,
    )


def _values() -> dict[str, Any]:
    return {
        "title": "Mme",
        "given_name": "Agnieszka",
        "family_name": "Al-Fassi",
        "language": "fr",
        "town": "Nice",
        "birth_date": "1984-12-19",
        "email": "a.alfassi@example.test",
        "phone": "+33600000000",
        "other_contacts": {},
        "social_handles": {"instagram": {"handle": "@agnieszka.example"}},
        "address": {"line1": "12 rue de l’Exemple", "postal_code": "06000", "city": "Nice", "country": "FR"},
        "important_dates": {"wedding": {"label": tr("Wedding anniversary"), "date": "--11-28"}},
        "family": {"daughter": {"relation": "daughter", "name": "Nora", "date": "--03-05"}},
        "home_store": "saint-honore",
        "associate_id": ME,
        "client_since": "2012-05-03",
        "loyalty_card": "CM-0042-1187",
        "loyalty": {
            "tier": "gold", "points": 2340, "since": "2012-05-03",
            "held": {f"{TABLET}/{ME}": {"points": 500, "until": at("2026-11-21", "19:00")}},
            "latest": [
                {"entry_id": str(UUID(int=90)), "at": at("2026-10-20"), "points": -500, "reason": "reward",
                 "reference": "voucher-500"},
                {"entry_id": str(UUID(int=91)), "at": at("2026-03-02"), "points": 100, "reason": "adjustment",
                 "reference": "Anniversary"},
            ],
        },
        "sizes": {"shoes": {"value": "39", "system": "EU"}, "ring": {"value": "52"}},
        "computed_sizes": {"shoes": {"value": "39", "purchases": 4}, "top": {"value": "38", "purchases": 6}},
        "likes": _elements("small bags", "silk", "cashmere", "timeless pieces"),
        "dislikes": _elements("visible logos", "itchy wool"),
        "payment_preference": "Card, in one go",
        "contact_preference": "phone",
        "wish_list": {
            "SA06-BORD": {"sku": "SA06-BORD", "title": "Hortense", "at": at("2026-10-20"), "channel": "app"},
        },
        "advice": {"SC03-BORD": {"answer": "refused", "at": at("2026-10-09")}},
        "delivery_preference": "Keeps it in store until she passes by",
        "consents": _consents(),
        "notes": _notes(),
        "purchases": _purchases(),
        "touchpoints": _touchpoints(),
        "owned": _owned(),
        "tasks": _tasks(),
        "cases": _cases(),
        "messages": _messages(),
        "spend": {
            "currency": "EUR", "lifetime": 2340900, "last_12_months": 780300, "average_basket": 97500,
            "purchases": 24, "last_at": at("2026-11-18"),
            "by_month": {"2025-12": 18000, "2026-01": 42000, "2026-03": 31000, "2026-04": 128000,
                         "2026-06": 176300, "2026-09": 161000, "2026-10": 55000, "2026-11": 169000},
            "by_channel": {"store": 1720900, "web": 520000, "app": 100000},
            "by_family": {"bags": 980000, "ready_to_wear": 640000, "shoes": 410900, "scarves": 210000},
        },
    }  # fmt: skip


def _tasks() -> dict[str, Any]:
    return {
        str(id_from("gallery", "call")): _thing("call", "open", "Manteau prêt à l’essayage", "2026-11-18"),
        str(id_from("gallery", "sample")): _thing("sample", "open", "Eau de parfum", "2026-11-28"),
        str(id_from("gallery", "done")): _thing("call", "done", "Invitation", "2026-11-02"),
    }


def _cases() -> dict[str, Any]:
    return {str(id_from("gallery", "clasp")): _thing("repair", "waiting", "Fermoir du sac", "2026-11-27")}


def _messages() -> dict[str, Any]:
    turn = {"hlc": at("2026-11-17") << 16, "mid": str(id_from("gallery", "written")), "by": ME}
    told = {
        "brand": "maison", "channel": "email", "at": at("2026-11-17"), "by": ME, "store": "saint-honore",
        "language": "fr", "turns": {"state": turn},
    }  # fmt: skip
    sent = {"purpose": "service", "state": "sent", "subject": "Votre retouche est prête", "text": "Bonjour,"}
    refused = {"purpose": "marketing", "state": "refused", "why": "pressure", "text": "La vente privée"}
    return {
        str(id_from("gallery", "sent")): {**told, **sent},
        str(id_from("gallery", "refused")): {**told, **refused},
    }


def _templates() -> tuple[Template, ...]:
    both = (ContactChannel.EMAIL, ContactChannel.SMS)
    arrived = "Bonjour {name},\n\nL’article que vous attendiez est arrivé. Je le garde pour vous.\n\n{me}"
    invited = "Bonjour {name},\n\nNous serions heureux de vous montrer la nouvelle collection.\n\n{me}"
    return (
        Template(
            code="arrived", version=1, brand="maison", purpose=Purpose.SERVICE, channels=both,
            texts={"fr": TemplateText(subject="Votre article est arrivé", text=arrived)},
            title={"fr": "Article arrivé", "en": "Item has come in"},
        ),
        Template(
            code="invited", version=3, brand="maison", purpose=Purpose.MARKETING, channels=both,
            texts={"fr": TemplateText(subject="La nouvelle collection", text=invited)},
            title={"fr": "Nouvelle collection", "en": "New collection"},
        ),
    )  # fmt: skip


TEMPLATES = _templates()
PRESSURE = PressureRules(
    brand="maison",
    rules={"service": Pressure(most=3, days=7), "marketing": Pressure(most=2, days=30)},
)


def _thing(kind: str, state: str, text: str, due: str) -> dict[str, Any]:
    turn = {"hlc": at("2026-11-12") << 16, "mid": str(id_from("gallery", text)), "by": ME}
    return {
        "kind": kind, "state": state, "text": text, "due": due, "at": at("2026-11-12"), "by": ME, "owner": ME,
        "store": "saint-honore", "turns": {"state": turn, "due": turn, "owner": turn},
    }  # fmt: skip


def _elements(*words: str) -> dict[str, list[str]]:
    return {word: [str(id_from("mutation", word))] for word in words}


def _consents() -> dict[str, Any]:
    said = {"at": at("2026-06-12"), "standing": [], "answered": []}
    no = {"state": "withdrawn", "at": at("2026-09-03"), "standing": [str(UUID(int=77))]}
    return {
        "maison/email/marketing": {"state": "granted", **said},
        "maison/email/service": {"state": "granted", **said},
        "maison/phone/service": {"state": "granted", **said},
        "maison/sms/marketing": no,
    }


def _notes() -> list[dict[str, Any]]:
    texts = (
        ("Prefers to be greeted in the salon, sparkling water, no lemon.", ME, "2026-11-12", "store"),
        ("Allergic to nickel: offer gold or palladium only.", PAUL, "2026-10-03", "brand"),
        ("Buys gifts for her sister in early December.", ME, "2025-12-02", "private"),
    )
    return [
        {
            "note_id": str(UUID(int=100 + number)), "text": text, "level": level, "author": author,
            "at": at(day), "store": "saint-honore",
        }
        for number, (text, author, day, level) in enumerate(texts)
    ]  # fmt: skip


_FAMILIES = {
    "Loafer, box calf": "shoes", "Silk twill scarf 90": "scarves",
    "Card holder, lizard print": "small_leather",
    "Eau de parfum 100 ml": "fragrance", "Double-breasted coat": "ready_to_wear",
}  # fmt: skip


def _purchases() -> list[dict[str, Any]]:
    tickets = (
        (
            "2026-11-18", "store", "sale",
            (("Loafer, box calf", "Black", "39", 89000), ("Silk twill scarf 90", "Ivory", "", 80000)),
        ),
        ("2026-10-09", "web", "sale", (("Card holder, lizard print", "Bordeaux", "", 55000),)),
        ("2026-09-15", "store", "return", (("Eau de parfum 100 ml", "", "", -24500),)),
        ("2026-06-27", "store", "sale", (("Double-breasted coat", "Camel", "38", 176300),)),
    )  # fmt: skip
    return [
        {
            "purchase_id": str(UUID(int=200 + number)), "source": "till", "reference": str(number),
            "at": at(day), "channel": channel, "kind": kind, "currency": "EUR",
            "total": sum(line[3] for line in lines), "store": "saint-honore" if channel == "store" else None,
            "author": ME if channel == "store" else None,
            "lines": [
                {"sku": title, "title": title, "family": _FAMILIES[title],
                 "quantity": -1 if amount < 0 else 1, "amount": amount,
                 "colour": colour or None, "size": size or None}
                for title, colour, size, amount in lines
            ],
        }
        for number, (day, channel, kind, lines) in enumerate(tickets)
    ]  # fmt: skip


def _owned() -> list[dict[str, Any]]:
    pieces = (
        ("SO03-NOIR", "Ariane loafer", "Black", "39", "2026-11-18"),
        ("SC02-NUIT", "Rooftops square", "Midnight blue", "", "2026-11-18"),
        ("PM02-SAUG", "Lison card holder", "Sage", "", "2026-10-09"),
        ("PP02-CAME", "Haussmann coat", "Camel", "38", "2026-06-27"),
        ("PF03-JADE", "Fig Blossom eau de parfum", "", "", "2026-03-01"),
    )
    return [
        {"sku": sku, "title": title, "at": at(day), "quantity": 1, "size": size or None, "colour": colour}
        for sku, title, colour, size, day in pieces
    ]


def _touchpoints() -> list[dict[str, Any]]:
    happened = (
        ("2026-11-14", "appointment", "store", "Private styling hour", ME),
        ("2026-11-03", "message", "social", "“The camel coat has arrived in your size.”", ME),
        ("2026-10-15", "web_view", "web", "Garance bag", "SA01-SAPI"),
        ("2026-09-27", "repair", "store", "Clasp replaced, polished", None),
        ("2026-09-04", "call", "call_centre", "Asked about the winter preview", None),
        ("2026-08-02", "visit", "store", "Tried on the summer sandals", PAUL),
    )
    return [
        {"touchpoint_id": str(UUID(int=300 + number)), "at": at(day), "kind": kind, "channel": channel,
         "summary": summary, "store": "saint-honore" if channel == "store" else None,
         **({"sku": author} if channel == "web" else {"author": author})}
        for number, (day, kind, channel, summary, author) in enumerate(happened)
    ]  # fmt: skip


def _stamps() -> dict[str, Stamp]:
    def stamp(day: str, author: str, channel: Channel, store: str | None = None) -> Stamp:
        return Stamp(rev=1, hlc=0, mid=UUID(int=9), channel=channel, author=author, at=at(day), store=store)

    return {
        "sizes/shoes": stamp("2026-11-18", ME, Channel.STORE, "saint-honore"),
        "sizes/ring": stamp("2025-02-11", PAUL, Channel.STORE, "lyon"),
        "likes/silk": stamp("2024-05-02", PAUL, Channel.STORE, "lyon"),
        "phone": stamp("2023-01-09", "web-shop", Channel.WEB),
    }


def faces() -> tuple[Face, ...]:
    """Return three people of a store."""
    people = (
        (5, "ines", "Inès C.", "seller"),
        (8, "hugo", "Hugo D.", "seller"),
        (13, "claire", "Claire V.", "store_manager"),
    )
    return tuple(
        Face(associate_id=UUID(int=number), code=code, name=name, role=role, takes_pin=True)
        for number, code, name, role in people
    )


def edits() -> tuple[Edit, ...]:
    """Return an edit that was refused, one in conflict and one that waits."""
    return (
        Edit(
            mutation_id=UUID(int=1),
            record_id=UUID(int=1),
            customer="Agnieszka Al-Fassi",
            op="field.set@1",
            said={"field": "email", "value": "a.alfassi@example.test"},
            at_ms=1_795_000_000_000,
            standing=Standing.REFUSED,
            code="field_not_allowed",
        ),
        Edit(
            mutation_id=UUID(int=2),
            record_id=UUID(int=2),
            customer="Louis Laurent",
            op="field.set@1",
            said={"field": "phone", "value": "+33698765432"},
            at_ms=1_795_003_000_000,
            standing=Standing.CONFLICT,
            detail={
                "conflict_id": str(UUID(int=70)),
                "field": "phone",
                "theirs": '"+33611223344"',
                "by": PAUL,
                "at": "1794990000000",
                "channel": "store",
            },
        ),
        Edit(
            mutation_id=UUID(int=3),
            record_id=UUID(int=3),
            customer="Zoé Lefèvre",
            op="entry.put@1",
            said={"field": "sizes", "key": "shoes", "value": {"value": "38"}},
            at_ms=1_795_004_000_000,
            standing=Standing.WAITING,
        ),
    )


def held() -> tuple[HeldEdit, ...]:
    """Return a colleague's edit that did not pass, as a manager sees it."""
    return (
        HeldEdit(
            mutation_id=UUID(int=4),
            record_id=UUID(int=4),
            customer="Camille Barbier",
            op="field.set@1",
            author=PAUL,
            at_ms=1_794_900_000_000,
            code="role_changed",
            said={"email": "camille.b@example.test"},
            standing={"email": "c.barbier@example.test"},
        ),
    )


def hits() -> tuple[Hit, ...]:
    """Return two people found beyond the tablet."""
    people = (("Odile", "Lefebvre", "Bordeaux", "gold"), ("Yann", "Lefèvre", "Rennes", "silver"))
    return tuple(
        Hit(
            record_id=id_from("hit", given),
            values={
                "given_name": given,
                "family_name": family,
                "town": town,
                "loyalty": {"tier": tier, "points": 0},
            },
        )
        for given, family, town, tier in people
    )


def note_hits() -> tuple[NoteHit, ...]:
    """Return two people found by what is noted of them."""
    said = ("Attend le manteau camel en 38 depuis octobre.", "…n’aime pas le camel, préfère le marine.")
    return tuple(NoteHit(who=who, excerpt=text) for who, text in zip(rows("")[:2], said, strict=True))


def past() -> Past:
    """Return what her shoe size was before."""
    said = Stamp(rev=1, hlc=0, mid=UUID(int=9), channel=Channel.STORE, author=PAUL, at=at("2024-02-01"))
    value = PastValue(
        entry_id=1,
        path="sizes/shoes",
        value={"value": "38", "system": "EU"},
        ended_at=at("2026-11-18"),
        undo_until=at("2026-12-18"),
        said=said,
    )
    return Past(path="sizes/shoes", values=(value,))


def customer_lines() -> tuple[Line, ...]:
    """What a customer is asked when the tablet is turned to her: one thing is allowed already."""
    said = (
        ("email", "La maison peut m'écrire par e-mail\u00a0: nouvelles collections et invitations.", False),
        ("sms", "La maison peut m'envoyer des SMS\u00a0: nouvelles collections et invitations.", True),
        ("phone", "La maison peut m'appeler pour me présenter ses nouvelles collections.", False),
        ("post", "La maison peut m'écrire par courrier.", False),
    )
    return tuple(
        Line(
            key=f"maison/{channel}/marketing",
            channel=channel,
            text=text,
            version="2026-11",
            language="fr",
            allowed=allowed,
        )
        for channel, text, allowed in said
    )
