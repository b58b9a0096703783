"""What a card holds, in words."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from mobile_app.i18n import ago, clock, day, language, money, month, ntr, number, short_day, tr
from mobile_app.phones import phone_words
from mobile_app.screens.card.details import Row
from mobile_app.screens.card.facts import Fact
from mobile_app.screens.card.timeline import Moment
from mobile_app.screens.directory import Directory
from mobile_app.screens.message_words import state_words as message_state_words
from schemas.contact import ContactAnswer

PURCHASES = ("sale", "return", "cancelled")


def channel_words(channel: str) -> str:
    """Return a channel as people say it."""
    return {
        "store": tr("In store"),
        "web": tr("Online"),
        "app": tr("App"),
        "call_centre": tr("By phone"),
        "social": tr("Social networks"),
        "head_office": tr("Head office"),
        "import": tr("Earlier records"),
    }.get(channel, channel)


def kind_words(kind: str) -> str:
    """Return a filter of the timeline by kind."""
    return {
        "kind:purchase": tr("Purchases"),
        "kind:contact": tr("Contacts"),
        "kind:note": tr("Notes"),
        "kind:consent": tr("Consents"),
    }[kind]


def family_words(family: str) -> str:
    """Return a family of products as people say it."""
    return {
        "bags": tr("Bags"), "small_leather": tr("Small leather goods"), "shoes": tr("Shoes"),
        "ready_to_wear": tr("Ready-to-wear"), "scarves": tr("Scarves"), "jewellery": tr("Jewellery"),
        "watches": tr("Watches"), "fragrance": tr("Fragrance"), "accessories": tr("Accessories"),
        "gifts": tr("Gifts"),
    }.get(family, family.replace("_", " ").capitalize())  # fmt: skip


def contact_channel_words(channel: str) -> str:
    """Return a means of contact."""
    return {
        "email": tr("E-mail"),
        "sms": tr("SMS"),
        "phone": tr("Phone"),
        "post": tr("Post"),
        "messaging": tr("Messaging"),
    }.get(channel, channel)


def purpose_words(purpose: str) -> str:
    """Return what a contact is for."""
    return {
        "service": tr("Personal service by the associate"),
        "marketing": tr("News and invitations"),
        "profiling": tr("Suggestions drawn from the purchases"),
        "tracking": tr("Seeing whether what is sent is opened"),
    }.get(purpose, purpose)


def language_words(code: str) -> str:
    """Return a language."""
    return {
        "fr": tr("French"), "en": tr("English"), "it": tr("Italian"), "es": tr("Spanish"), "de": tr("German"),
        "zh": tr("Chinese"), "ja": tr("Japanese"), "ar": tr("Arabic"), "pt": tr("Portuguese"),
        "nl": tr("Dutch"), "ru": tr("Russian"), "ko": tr("Korean"),
    }.get(code[:2], code)  # fmt: skip


def speech_words(code: str) -> str:
    """Return a language within a sentence: small in French, capital in English."""
    words = language_words(code)
    return words if language() == "en" else _lower(words)


def category_words(category: str) -> str:
    """Return a category of sizes."""
    return {
        "top": tr("Top"), "bottom": tr("Trousers"), "dress": tr("Dress"), "shoes": tr("Shoes"),
        "ring": tr("Ring"), "belt": tr("Belt"), "gloves": tr("Gloves"), "hat": tr("Hat"),
    }.get(category, category)  # fmt: skip


def level_words(level: str) -> str:
    """Return who may read a note."""
    return {"private": tr("Only me"), "store": tr("My store"), "brand": tr("The house")}.get(level, level)


def about_words(values: Mapping[str, Any]) -> str:
    """Return one line about her: town, customer since, birthday, language."""
    parts = []
    place = [str(values["town"])] if values.get("town") else []
    if values.get("client_since"):
        place.append(tr("customer since {year}").format(year=str(values["client_since"])[:4]))
    if place:
        said = ", ".join(place)
        parts.append(said[:1].upper() + said[1:])
    if values.get("birth_date") and str(values["birth_date"])[-5:-3].isdigit():
        birthday = short_day("--" + str(values["birth_date"])[-5:])
        parts.append(tr("Birthday {day}").format(day=birthday))
    if values.get("language"):
        parts.append(tr("Speaks {language}").format(language=speech_words(values["language"])))
    return " ".join(part if part.endswith(".") else part + "." for part in parts)


def standing_words(values: Mapping[str, Any]) -> str:
    """Return what stands beside the name: points, and what she spends at a time."""
    loyalty, spend = values.get("loyalty") or {}, values.get("spend") or {}
    parts = [tr("{count} points").format(count=number(loyalty["points"]))] if loyalty else []
    if spend.get("purchases"):
        basket = money(_whole(spend["average_basket"]), spend["currency"])
        parts.append(tr("average basket {amount}").format(amount=basket))
    return " · ".join(parts)


def fact_words(fact: Fact, now_ms: int) -> tuple[str, str, str]:
    """Return label, figure and note of a tile."""
    match fact.kind:
        case "birthday" | "important_date":
            label = fact.text or tr("Birthday")
            when = (
                tr("Today")
                if fact.amount == 0
                else tr("Tomorrow")
                if fact.amount == 1
                else short_day(fact.at)
            )
            if fact.amount < 2:
                return label, when, short_day(fact.at)
            return (
                label,
                when,
                ntr("in {count} day", "in {count} days", fact.amount).format(count=fact.amount),
            )
        case "last_12_months":
            note = tr("last on {day}").format(day=day(fact.at)) if fact.at else ""
            return tr("Last 12 months"), money(_whole(fact.amount), fact.currency), note
        case "lifetime":
            note = ntr("{count} purchase", "{count} purchases", fact.count).format(count=number(fact.count))
            return tr("Since the beginning"), money(_whole(fact.amount), fact.currency), note
        case "sizes":
            worn = [line.split("=", 1) for line in fact.text.splitlines()]
            categories = ", ".join(category_words(category) for category, _ in worn)
            return tr("Sizes"), " · ".join(size for _, size in worn), categories
        case "points":
            return tr("Points"), number(fact.amount), ""
        case "last_visit":
            visits = ntr("{count} visit noted", "{count} visits noted", fact.count)
            return tr("Last visit"), ago(fact.at or 0, now_ms), visits.format(count=number(fact.count))
        case "likes":
            return tr("Likes"), fact.text, ""
        case _:
            return tr("Purchases"), tr("None yet"), tr("A first visit to remember")


def moment_words(moment: Moment, directory: Directory) -> tuple[str, str, str, str]:
    """Return title, text, day and place of something that happened."""
    text = moment.text
    if moment.kind in PURCHASES:
        # The amount first: it must not be what a narrow column cuts off.
        text = " — ".join(part for part in (money(moment.amount or 0, moment.currency), text) if part)
    elif moment.kind in ("granted", "withdrawn"):
        text = consent_words(moment.text)
    elif moment.kind == "written":
        text = " · ".join((message_state_words(moment.state, moment.why), text))
    where = directory.store(moment.store) or (channel_words(moment.channel) if moment.channel else "")
    who = directory.person(moment.author)
    if who and moment.kind not in PURCHASES:
        where = who
    return _title(moment), text, day(moment.at), where


def icon_of(moment: Moment) -> str:
    """Return the icon of something that happened."""
    if moment.kind == "sale":
        return {"store": "shopping-outline", "web": "web", "app": "cellphone"}.get(
            moment.channel, "package-variant-closed"
        )
    return {
        "return": "cash-refund", "cancelled": "cancel", "visit": "store-outline", "call": "phone-outline",
        "email": "email-outline", "message": "message-text-outline", "web_view": "eye-outline",
        "web_search": "magnify", "cart": "cart-outline", "social": "share-variant-outline",
        "appointment": "calendar-check-outline", "repair": "hammer-wrench", "sign_up": "account-plus-outline",
        "note": "note-text-outline", "written": "email-outline", "withdrawn": "cancel",
        "granted": "check-circle-outline",
    }.get(moment.kind, "circle-outline")  # fmt: skip


def contact_words(answer: ContactAnswer) -> str:
    """Return whether she may be contacted, and why."""
    return {
        "granted": tr("Allowed: she said yes"),
        "existing_customer": tr("Allowed by what she bought, until she objects"),
        "withdrawn": tr("Not allowed: she said no"),
        "never_asked": tr("Not allowed: never asked"),
        "unproven": tr("Not allowed: nothing proves her yes. Hand her the tablet"),
        "restricted": tr("Not allowed: she asked that what is kept of her be used for nothing"),
        "objected": tr("Not allowed: she objected to being evaluated"),
        "pending": tr("Not allowed yet: she has not confirmed by e-mail"),
        "pressure": tr("Not now: enough was written to her"),
        "calls_need_consent": tr("Not allowed: since 11 August 2026 calls need her yes"),
        "unknown": tr("Not allowed: your role may not read what stands in the way"),
    }.get(answer.reason, tr("Allowed") if answer.allowed else tr("Not allowed"))


def consent_words(key: str) -> str:
    """Return channel and purpose of a consent: ``brand/channel/purpose``."""
    _, channel, purpose = key.split("/")
    return f"{contact_channel_words(channel)}, {_lower(purpose_words(purpose))}"


def value_words(row: Row, directory: Directory) -> str:
    """Return a value of the details as text."""
    value = row.value
    if value is None:
        return tr("Not known yet")
    if isinstance(value, Mapping):
        return _entry_words(row, value)
    match row.field:
        case "language":
            return language_words(value)
        case "contact_preference":
            return contact_channel_words(value)
        case "phone":
            return phone_words(str(value))
        case "birth_date" | "client_since":
            return day(value) if any(letter.isdigit() for letter in value) else str(value)
        case "home_store":
            return directory.store(value)
        case "associate_id" | "second_associate_id":
            return directory.person(value) or tr("A colleague of another store")
        case _:
            return str(value)


def row_label(row: Row, field_label: str) -> str:
    """Return what stands before a value of the details."""
    value = row.value
    match row.field:
        case "other_contacts" if isinstance(value, Mapping):
            return value.get("label") or contact_channel_words(value["kind"])
        case "important_dates" if isinstance(value, Mapping):
            return value["label"]
        case "family" if isinstance(value, Mapping):
            return relation_words(value["relation"])
        case "social_handles" | "other_addresses":
            return row.entry.capitalize()
        case "consents":
            return contact_channel_words(row.entry.split("/")[1])
        case "client_since":
            return tr("Customer since")
        case "origin":
            return tr("First contact")
        case _:
            return field_label


def relation_words(relation: str) -> str:
    """Return a member of the family."""
    return {
        "husband": tr("Husband"), "wife": tr("Wife"), "partner": tr("Partner"), "sister": tr("Sister"),
        "brother": tr("Brother"), "mother": tr("Mother"), "father": tr("Father"), "daughter": tr("Daughter"),
        "son": tr("Son"), "child": tr("Child"), "friend": tr("Friend"),
    }.get(relation, relation.capitalize())  # fmt: skip


def section_words(key: str) -> str:
    """Return the heading of a section of the details."""
    return {
        "person": tr("Identity"),
        "contact": tr("Contact"),
        "address": tr("Address"),
        "days": tr("Important dates"),
        "family": tr("Family"),
        "habits": tr("Habits and wishes"),
        "house": tr("With the house"),
        "origin": tr("Origin"),
        "consents": tr("What was agreed to"),
    }.get(key, key)


def month_letters(months: tuple[int, ...]) -> list[str]:
    """Return the first letters of months."""
    return [month(number_of_month)[:1].upper() for number_of_month in months]


def moment_said(at: int) -> str:
    """Return day and time of day."""
    return f"{day(at)}, {clock(at)}"


def today_ms(today: date) -> int:
    """Return noon of a day in the tablet's time zone, in milliseconds since 1970."""
    return int(datetime.combine(today, time(12)).timestamp() * 1000)


def _title(moment: Moment) -> str:
    if moment.kind == "sale":
        return {
            "store": tr("Purchase in store"),
            "web": tr("Order online"),
            "app": tr("Order in the app"),
            "call_centre": tr("Order by phone"),
        }.get(moment.channel, tr("Purchase"))
    return {
        "return": tr("Return"),
        "cancelled": tr("Order cancelled"),
        "visit": tr("Visit"),
        "call": tr("Call"),
        "email": tr("E-mail"),
        "message": tr("Message"),
        "web_view": tr("Looked at online"),
        "web_search": tr("Searched online"),
        "cart": tr("Left in the basket"),
        "social": tr("On social networks"),
        "appointment": tr("Appointment"),
        "repair": tr("Repair"),
        "sign_up": tr("Became a customer"),
        "note": tr("Note"),
        "granted": tr("Said yes"),
        "written": tr("Written to her"),
        "withdrawn": tr("Said no"),
    }.get(moment.kind, moment.kind)


def _entry_words(row: Row, value: Mapping[str, Any]) -> str:
    match row.field:
        case "address" | "other_addresses":
            town = " ".join(part for part in (value.get("postal_code"), value.get("city")) if part)
            return ", ".join(part for part in (value.get("line1"), value.get("line2"), town) if part)
        case "important_dates":
            return day(value["date"])
        case "family":
            size = tr("size {size}").format(size=value["size"]) if value.get("size") else ""
            return (
                ", ".join(part for part in (value.get("name"), day(value.get("date")), size) if part) or "—"
            )
        case "wish_list":
            return str(value["title"])
        case "advice":
            return tr("She likes it") if value["answer"] == "accepted" else tr("Not for her")
        case "consents":
            answer = tr("Yes") if value["state"] == "granted" else tr("No")
            return f"{answer}, {_lower(purpose_words(row.entry.split('/')[2]))}"
        case "origin":
            return ", ".join(
                part for part in (channel_words(value["channel"]), value.get("campaign")) if part
            )
        case _:
            return phone_words(str(value.get("value") or value.get("handle") or ""))


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _whole(amount: int) -> int:
    """Return an amount of minor units without its cents: a tile is read at a glance."""
    return round(amount / 100) * 100
