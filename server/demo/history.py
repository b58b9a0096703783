"""The life of made customers as the mutations that told it, the same for the same seed."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from schemas.consent import ConsentState, ContactChannel, Purpose
from schemas.engagement import NoteLevel, Touchpoint, TouchpointKind
from schemas.hlc import pack
from schemas.ids import uuid7
from schemas.mutations import (
    AddElement,
    AdjustPoints,
    CreateCustomer,
    LogTouchpoint,
    Mutation,
    PutEntry,
    RecordConsent,
    RecordPurchase,
    SetField,
    WriteNote,
)
from schemas.purchase import Purchase, PurchaseKind
from schemas.record import Channel, Said
from server.demo.baskets import SOURCES, Visit, draw_product, draw_purchases, draw_visits
from server.demo.brand import BRAND_CODE, STORES, sellers_of
from server.demo.people import Person, associate_id, draw_household
from server.demo.places import draw_home
from server.demo.promises import promises_to
from server.demo.seasons import DAY_MS, day_of, draw_store_instant, draw_web_instant
from server.demo.wordings import shown, version_on
from server.demo.words import (
    CAMPAIGNS,
    DELIVERIES,
    DISLIKES,
    LIKES,
    OCCASIONS,
    PAYMENTS,
    RELATIONS,
    TAGS,
    describe,
    write_note,
)

HISTORY_BEGINS: Final = datetime.date(2021, 11, 1)
BLOCK: Final = 500  # customers drawn from one stream of randomness, so that blocks can be made apart


@dataclass(frozen=True, slots=True)
class Deed:
    """One mutation of a life, and who said it, where and when."""

    said: Said
    mutation: Mutation


@dataclass(frozen=True, slots=True)
class Life:
    """A made customer: her id and everything that was ever said about her, oldest first."""

    customer_id: UUID
    deeds: tuple[Deed, ...]


def draw_lives(*, customers: int, seed: int, now: datetime.datetime) -> Iterator[Life]:
    """Yield the lives of this many customers, block after block, in constant memory."""
    for block in range(-(-customers // BLOCK)):
        yield from draw_block(block, customers=min(BLOCK, customers - block * BLOCK), seed=seed, now=now)


def draw_block(block: int, *, customers: int, seed: int, now: datetime.datetime) -> Iterator[Life]:
    """Yield the lives of one block, at most ``BLOCK`` customers; no other block needs to be drawn before."""
    rng = random.Random(f"{seed}:{block}")
    now_ms = int(now.timestamp() * 1000)
    left = customers
    while left:
        for person in draw_household(rng, since=HISTORY_BEGINS.toordinal(), until=day_of(now_ms) - 1)[:left]:
            yield _live(rng, person, now_ms)
            left -= 1


def _live(rng: random.Random, person: Person, now_ms: int) -> Life:
    return _Biographer(rng, person, now_ms).write()


class _Biographer:
    """Writes one life: what happened in which order, and who typed it in."""

    def __init__(self, rng: random.Random, person: Person, now_ms: int) -> None:
        self._rng = rng
        self._person = person
        self._now_ms = now_ms
        self._joined = 0  # nothing is known of her before
        self._deeds: list[tuple[int, Channel, str, str | None, Mutation]] = []

    def write(self) -> Life:
        person, rng = self._person, self._rng
        visits = draw_visits(rng, person, since=HISTORY_BEGINS.toordinal(), now_ms=self._now_ms)
        in_store = person.store is not None and person.origin in {"store", "call_centre"}
        joined = (draw_store_instant if in_store else draw_web_instant)(rng, person.joined)
        joined = min(joined, visits[0].at - 120_000 if visits else joined)
        customer_id = uuid7(joined, rng.randbytes(10))
        self._joined = joined
        self._create(joined)
        self._consent(joined)
        purchases = [bought for visit in visits for bought in self._buy(visit)]
        self._touch(joined, purchases)
        self._learn(joined, purchases)
        if purchases:
            self._write_notes(purchases)
        self._change(joined)
        if person.store:
            for at, mutation in promises_to(customer_id, associate=person.associate, now_ms=self._now_ms):
                self._tell(max(at, joined), mutation)
        self._deeds.sort(key=lambda deed: deed[0])  # stable: what was told first at one instant stays first
        return Life(customer_id, tuple(self._deeds_said()))

    def _deeds_said(self) -> Iterator[Deed]:
        reading = 0
        for at, channel, author, store, mutation in self._deeds:
            reading = max(pack(at, 0), reading + 1)
            said = Said(
                mid=uuid7(at, self._rng.randbytes(10)),
                hlc=reading,
                channel=channel,
                author=author,
                store=store,
            )
            yield Deed(said, mutation)

    def _tell(self, at: int, mutation: Mutation, *, habit: str = "store", store: str | None = None) -> None:
        """Note a mutation, told in a store by its associate or by the system of another channel."""
        if not self._joined <= at < self._now_ms:
            return
        if habit == "store":
            store = store or self._person.store
        if habit == "store" and store is not None:
            self._deeds.append((at, Channel.STORE, self._associate(store), store, mutation))
        else:
            self._deeds.append((at, Channel(habit), SOURCES[habit], None, mutation))

    def _associate(self, store: str) -> str:
        """Return who serves her in a store: mostly her own associate, else whoever is there."""
        person = self._person
        if person.associate and store == person.store and self._rng.random() < 0.8:
            return person.associate
        return associate_id(self._rng.choice(sellers_of(store)).code)

    def _create(self, joined: int) -> None:
        person, rng = self._person, self._rng
        campaign = rng.choice(CAMPAIGNS[person.origin])
        values: dict[str, Any] = {
            "title": "Mme" if person.sex == "F" else "M.",
            "given_name": person.name.given_name,
            "family_name": person.name.family_name,
            "language": person.language,
            "origin": {
                "channel": person.origin,
                **({"campaign": campaign} if campaign else {}),
                "at": joined,
            },
        }
        values["town"] = person.home.town.name
        if person.habit != "store" or rng.random() < 0.55:
            values["address"] = _address(
                person.home.lines, person.home.town.postcode, person.home.town.name, person.home.town.country
            )
        if rng.random() < 0.58:
            values["birth_date"] = person.birth_date.isoformat()
        for field, value in (
            ("email", person.email), ("phone", person.phone), ("home_store", person.store),
            ("associate_id", person.associate),
        ):  # fmt: skip
            if value:
                values[field] = value
        if person.associate and person.store and rng.random() < 0.12:
            other = associate_id(rng.choice(sellers_of(person.store)).code)
            if other != person.associate:
                values["second_associate_id"] = other
        if rng.random() < 0.76:
            values["loyalty_card"] = _card_number(rng)
        habit = "store" if person.store and person.origin in {"store", "call_centre"} else person.origin
        self._tell(joined, CreateCustomer(values=values), habit=habit)
        if person.email and rng.random() < 0.07:
            second = {"kind": "email", "value": f"bureau.{person.email}", "label": "bureau"}
            self._tell(
                joined + 90_000, PutEntry(field="other_contacts", key="bureau", value=second), habit=habit
            )

    def _consent(self, joined: int) -> None:
        person, rng = self._person, self._rng
        habit = "store" if person.store and person.origin in {"store", "call_centre"} else person.origin
        how = "screen" if habit == "store" else "web_form"
        asked = (
            (ContactChannel.EMAIL, Purpose.MARKETING, 0.95 if person.email else 0.0, 0.70),
            (ContactChannel.SMS, Purpose.MARKETING, 0.8 if person.phone else 0.0, 0.52),
            (ContactChannel.PHONE, Purpose.SERVICE, 0.5 if person.phone else 0.0, 0.75),
            (ContactChannel.POST, Purpose.MARKETING, 0.3, 0.6),
            (ContactChannel.EMAIL, Purpose.PROFILING, 0.55 if person.email else 0.0, 0.48),
        )
        for channel, purpose, is_asked, agrees in asked:
            if rng.random() >= is_asked:
                continue
            granted = rng.random() < agrees
            self._say(joined + 60_000, channel, purpose, granted=granted, how=how, habit=habit)
            if granted and rng.random() < 0.11:
                later = joined + int(rng.random() * (self._now_ms - joined))
                withdrawn_through = "web_form" if channel is ContactChannel.EMAIL else "spoken"
                self._say(
                    later,
                    channel,
                    purpose,
                    granted=False,
                    how=withdrawn_through,
                    habit="web" if withdrawn_through == "web_form" else habit,
                )

    def _say(
        self, at: int, channel: ContactChannel, purpose: Purpose, *, granted: bool, how: str, habit: str
    ) -> None:
        version = version_on(day_of(at))
        language, text_hash = shown(channel, purpose, version, self._person.language)
        self._tell(
            at,
            RecordConsent(
                brand=BRAND_CODE,
                channel=channel,
                purpose=purpose,
                state=ConsentState.GRANTED if granted else ConsentState.WITHDRAWN,
                wording=version,
                wording_hash=text_hash if how != "spoken" else None,
                language=language,
                how=how,
            ),
            habit=habit,
        )

    def _buy(self, visit: Visit) -> list[Purchase]:
        rng, person = self._rng, self._person
        store = None
        if visit.habit == "store":
            store = person.store if person.store and rng.random() < 0.9 else rng.choice(STORES).code
        author = self._associate(store) if store else None
        bought = draw_purchases(rng, person, visit, store=store, author=author, now_ms=self._now_ms)
        for one in bought:
            self._tell(one.at, RecordPurchase(purchase=one), habit=str(one.channel), store=one.store)
        return bought

    def _touch(self, joined: int, purchases: list[Purchase]) -> None:
        rng, person = self._rng, self._person
        self._log(joined, TouchpointKind.SIGN_UP, habit=person.origin)
        for bought in purchases:
            if bought.kind is PurchaseKind.RETURN:
                continue
            if bought.channel in {Channel.WEB, Channel.APP}:
                for line in bought.lines:
                    for _look in range(rng.randint(0, 2)):
                        at = bought.at - int(rng.expovariate(1 / (2 * DAY_MS))) - 240_000
                        self._log(
                            at,
                            TouchpointKind.WEB_VIEW,
                            habit=str(bought.channel),
                            product=(line.sku, line.title),
                        )
            if bought.total > 90_000 and rng.random() < 0.16:
                self._log(
                    bought.at - int(rng.uniform(1, 4) * DAY_MS), TouchpointKind.CALL, habit="call_centre"
                )
            line = bought.lines[0]
            if line.family in {"bags", "shoes", "watches"} and rng.random() < 0.06:
                later = bought.at + int(rng.uniform(200, 900) * DAY_MS)
                self._log(later, TouchpointKind.REPAIR, habit="store", product=(line.sku, line.title))
        first, last = day_of(joined), min(person.gone, day_of(self._now_ms))
        years = max(last - first, 0) / 365
        for kind, habit, per_year in (
            (TouchpointKind.VISIT, "store", 0.7 if person.store else 0.0),
            (TouchpointKind.WEB_VIEW, "web", 2.2 if person.email else 0.4),
            (TouchpointKind.WEB_SEARCH, "web", 0.35),
            (TouchpointKind.CART, "web", 0.3),
            (TouchpointKind.EMAIL, "web", 0.6 if person.email else 0.0),
            (TouchpointKind.MESSAGE, "store", 0.5 if person.associate else 0.0),
            (TouchpointKind.SOCIAL, "social", 0.15 if person.birth_date.year < 1985 else 0.5),
            (TouchpointKind.APPOINTMENT, "store", 0.5 if person.associate and person.rate > 3 else 0.0),
            (TouchpointKind.CALL, "call_centre", 0.12),
        ):
            expected = years * per_year * min(0.4 + person.rate / 3, 3)
            for _time in range(min(int(expected + rng.random()), 30)):
                day = first + int(rng.random() * (last - first + 1))
                at = (draw_store_instant if habit == "store" else draw_web_instant)(rng, day)
                self._log(at, kind, habit=habit, product=self._product(day))

    def _product(self, day: int) -> tuple[str, str]:
        one = draw_product(self._rng, self._person, day).product
        return one.sku, one.name["fr"]

    def _log(
        self, at: int, kind: TouchpointKind, *, habit: str, product: tuple[str, str] | None = None
    ) -> None:
        rng, person = self._rng, self._person
        if not self._joined <= at < self._now_ms:
            return
        sku, title = product or (None, None)
        summary = describe(rng, kind.value, product=title)
        if kind is TouchpointKind.SIGN_UP and habit != "store":
            summary = {
                "web": "Compte créé sur le site",
                "app": "Compte créé dans l'application",
                "social": "Inscription depuis Instagram",
                "call_centre": "Fiche créée au téléphone",
            }[habit]
        store = person.store if habit == "store" else None
        author = self._associate(store) if store else SOURCES[habit]
        touchpoint = Touchpoint(
            touchpoint_id=uuid7(max(at, 0), rng.randbytes(10)),
            at=at,
            kind=kind,
            channel=Channel(habit),
            summary=summary,
            store=store,
            author=author,
            sku=sku if title and title in summary else None,
        )
        self._deeds.append((at, Channel(habit), author, store, LogTouchpoint(touchpoint=touchpoint)))

    def _learn(self, joined: int, purchases: list[Purchase]) -> None:
        """Tell what associates found out: sizes, tastes, dates, family, preferences, wishes."""
        rng, person = self._rng, self._person
        first, last = day_of(joined), day_of(self._now_ms)
        close = 0.15 + min(len(purchases), 8) * 0.07 + (0.25 if person.associate else 0)

        def sometime(habit: str) -> int:
            day = first + int(rng.random() ** 2 * (last - first) * 0.9)
            at = (draw_store_instant if habit == "store" else draw_web_instant)(rng, day)
            return max(at, joined + 300_000)

        def tell(chance: float, mutation: Mutation, habit: str = "store") -> None:
            if rng.random() < chance:
                habit = habit if person.store else "web"
                self._tell(sometime(habit), mutation, habit=habit)

        for category in ("shoes", "top", "ring", "belt"):
            worn = person.sizes[category]
            tell(
                close * (0.62 if category in {"shoes", "top"} else 0.2),
                PutEntry(field="sizes", key=category, value={"value": worn}),
            )
        for likes in LIKES.values():
            tell(close * 0.6, AddElement(field="likes", element=rng.choice(likes)))
        for family in person.families[:2]:
            tell(close * 0.35, AddElement(field="likes", element=_TASTE_OF_FAMILY[family]))
        tell(close * 0.45, AddElement(field="dislikes", element=rng.choice(DISLIKES)))
        tell(close * 0.25, AddElement(field="occasions", element=rng.choice(OCCASIONS)))
        tell(0.04 * close, AddElement(field="tags", element=rng.choice(TAGS)))
        tell(close * 0.5, SetField(field="payment_preference", value=rng.choice(PAYMENTS)))
        tell(close * 0.55, SetField(field="delivery_preference", value=rng.choice(DELIVERIES)), habit="web")
        if rng.random() < close * 0.4:
            day = (datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(366))).strftime(
                "--%m-%d"
            )
            tell(
                1.0,
                PutEntry(
                    field="important_dates",
                    key="wedding",
                    value={"label": "Anniversaire de mariage", "date": day},
                ),
            )
        if rng.random() < close * 0.35:
            relation = rng.choice(
                [one for one in RELATIONS if one != ("wife" if person.sex == "F" else "husband")]
            )
            member: dict[str, Any] = {"relation": relation, "name": rng.choice(_RELATIVES[relation])}
            if rng.random() < 0.5:
                member["date"] = f"--{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
            tell(1.0, PutEntry(field="family", key=relation, value=member))
        if person.birth_date.year > 1978 and rng.random() < 0.14:
            place = rng.choice(("paris", "atelier", "mode", "lyon", "et.moi", "journal"))
            handle = f"@{person.name.given_name.lower().replace(' ', '')}.{place}{rng.randint(1, 99)}"
            self._tell(
                sometime("social"),
                PutEntry(field="social_handles", key="instagram", value={"handle": handle}),
                habit="social",
            )
        for _wish in range(rng.choices((0, 1, 2, 3), (70, 18, 8, 4))[0]):
            habit = "web" if rng.random() < 0.6 or not person.store else "store"
            at = sometime(habit)
            if at < self._now_ms:
                sku, title = self._product(day_of(at))
                wish = {"sku": sku, "title": title, "at": at, "channel": habit}
                self._tell(at, PutEntry(field="wish_list", key=sku, value=wish), habit=habit)
        if len(purchases) > 3 and rng.random() < 0.05:
            self._tell(
                sometime("store"), AdjustPoints(points=rng.choice((50, 100, 200)), reason="geste commercial")
            )

    def _write_notes(self, purchases: list[Purchase]) -> None:
        rng, person = self._rng, self._person
        if person.store is None:
            return
        for _note in range(min(rng.choices((0, 1, 2, 3, 5), (62, 20, 10, 6, 2))[0], 1 + len(purchases))):
            bought = rng.choice(purchases)
            text = write_note(
                rng,
                english=person.language not in {"fr", "nl"} and rng.random() < 0.5,
                product=bought.lines[0].title if bought.kind is PurchaseKind.SALE else None,
                woman=person.sex == "F",
            )
            level = rng.choices((NoteLevel.STORE, NoteLevel.BRAND, NoteLevel.PRIVATE), (66, 24, 10))[0]
            at = bought.at + int(rng.uniform(4, 50) * 60_000)
            self._tell(at, WriteNote(note_id=uuid7(at, rng.randbytes(10)), text=text, level=level))

    def _change(self, joined: int) -> None:
        """Tell what changed since she was first known: a move, another e-mail or phone."""
        rng, person = self._rng, self._person
        later = joined + int((0.2 + 0.8 * rng.random()) * (self._now_ms - joined))
        dice = rng.random()
        if dice < 0.05:
            moved = draw_home(rng, near=person.store)
            self._tell(
                later,
                SetField(
                    field="address",
                    value=_address(moved.lines, moved.town.postcode, moved.town.name, moved.town.country),
                ),
                habit="web",
            )
            self._tell(later + 1_000, SetField(field="town", value=moved.town.name), habit="web")
        elif dice < 0.08 and person.email:
            self._tell(
                later,
                SetField(field="email", value=f"{person.email.split('@')[0]}@nouveau.example.com"),
                habit="web",
            )
        elif dice < 0.10 and person.phone:
            self._tell(
                later,
                SetField(field="phone", value=f"{person.phone[:-2]}{rng.randrange(100):02d}"),
                habit="call_centre",
            )


def _address(lines: tuple[str, ...], postcode: str, city: str, country: str) -> dict[str, str]:
    address = {"line1": lines[-1], "postal_code": postcode, "city": city, "country": country}
    return address if len(lines) == 1 else {**address, "line2": lines[0]}


def _card_number(rng: random.Random) -> str:
    """Return an EAN-13 of the range kept for use inside a house, so that a scanner reads the card."""
    digits = f"29{rng.randrange(10**10):010d}"
    check = (10 - sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10) % 10
    return f"{digits}{check}"


_TASTE_OF_FAMILY: Final = {
    "bags": "sacs", "scarves": "carrés de soie", "shoes": "souliers", "ready_to_wear": "prêt-à-porter",
    "jewellery": "bijoux", "fragrance": "parfums boisés", "small_leather": "petite maroquinerie",
    "accessories": "ceintures", "gifts": "bougies", "watches": "montres",
}  # fmt: skip

_RELATIVES: Final = {
    "husband": ("Marc", "Olivier", "Thomas", "Philippe", "Karim"),
    "wife": ("Anne", "Sophie", "Claire", "Leïla", "Hélène"),
    "sister": ("Julie", "Camille", "Nadia", "Laure"), "brother": ("Paul", "Antoine", "Mehdi"),
    "mother": ("Françoise", "Monique", "Brigitte", "Samira"), "father": ("Michel", "Jean", "Alain"),
    "daughter": ("Emma", "Louise", "Jade", "Inès"), "son": ("Hugo", "Arthur", "Gabriel", "Adam"),
    "friend": ("Sarah", "Valentine", "Lucas", "Mei"),
}  # fmt: skip
