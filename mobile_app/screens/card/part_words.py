"""Values of several parts, in words: what each part is called, and what a chip says."""

from mobile_app.i18n import tr
from mobile_app.screens.card.words import contact_channel_words, relation_words


def part_words(field: str, part: str) -> str:
    """Return what a part is called on a sheet."""
    match field, part:
        case "important_dates", "label":
            return tr("What happens")
        case "family", "date":
            return tr("Birthday")
        case "family", "name":
            return tr("First name")
        case "other_addresses", "label":
            return tr("What it is called")
        case "other_contacts", "value":
            return tr("Number or address")
    return {
        "line1": tr("Number and street"),
        "line2": tr("Building, floor"),
        "postal_code": tr("Postal code"),
        "city": tr("Town"),
        "country": tr("Country"),
        "label": tr("What it is for"),
        "date": tr("Day"),
        "handle": tr("Name there"),
        "size": tr("Size"),
    }.get(part, part)


def part_hint(field: str, part: str) -> str:
    """Return an example of what may be typed, or nothing."""
    return {
        ("important_dates", "label"): tr("Wedding anniversary"),
        ("important_dates", "date"): tr("24/12 or 24/12/1980"),
        ("family", "date"): tr("24/12 or 24/12/1980"),
        ("family", "name"): tr("Optional"),
        ("family", "size"): tr("Optional"),
        ("other_contacts", "label"): tr("Office, assistant…"),
        ("other_addresses", "label"): tr("Country house, office…"),
        ("social_handles", "handle"): "@",
        ("address", "line2"): tr("Optional"),
        ("other_addresses", "line2"): tr("Optional"),
    }.get((field, part), "")


def choice_words(field: str, choice: str) -> str:
    """Return what a chip of a sheet says."""
    match field:
        case "family":
            return relation_words(choice)
        case "social_handles":
            return network_words(choice)
        case _:
            return contact_channel_words(choice)


def network_words(network: str) -> str:
    """Return a social network as it writes itself."""
    return {
        "instagram": "Instagram", "facebook": "Facebook", "tiktok": "TikTok", "whatsapp": "WhatsApp",
        "wechat": "WeChat", "line": "LINE", "x": "X",
    }.get(network, network.capitalize())  # fmt: skip


def adding_words(field: str) -> str:
    """Return the button that adds a value to a collection."""
    return {
        "other_contacts": tr("Add a number or e-mail"),
        "social_handles": tr("Add a network"),
        "other_addresses": tr("Add an address"),
        "important_dates": tr("Add a date"),
        "family": tr("Add somebody"),
    }[field]
