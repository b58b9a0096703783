"""What a field holds in the world as it is told, and what in those where it is hidden."""

import random
from typing import Any, Final

_NAMES: Final = ("Durand", "Dupont", "Martin", "Moreau", "Petit", "Dumas", "Garnier", "Lefèvre")
_FIRST: Final = ("Anne", "Brune", "Claire", "Diane", "Élise", "Flore", "Agathe", "Louise")


def value_told(field: str, name: str, number: int) -> Any:
    """Return a field's value in the world as it is told; None where nothing was ever said."""
    spread = random.Random(f"{field} {name}")
    known = name in ("here 0", "here 1") or field in ("given_name", "family_name")
    if not known and spread.random() < 0.15:
        return None
    match field:
        case "given_name":
            return _FIRST[number % len(_FIRST)]
        case "family_name":
            return _NAMES[number % len(_NAMES)]
        case "title":
            return "Mme"
        case "language":
            return "fr"
        case "town":
            return ("Lyon", "Nice", "Marseille")[number % 3]
        case "birth_date":
            return f"198{number % 10}-0{1 + number % 9}-1{number % 10}"
        case "phone":
            return f"+336{spread.randrange(10**6):06}{number % 100:02}"
        case "email":
            return f"{name.replace(' ', '.')}@example.org"
        case "loyalty_card":
            return f"MB{spread.randrange(10**6):06}"
        case "contact_preference":
            return ("sms", "post", "messaging", "phone")[number % 4]
        case "payment_preference" | "delivery_preference":
            return f"{field} {number % 3}"
    return value_otherwise(field, name, 0)


def value_otherwise(field: str, name: str, flavour: int) -> Any:
    """Return a value of another length, and more of it, in each flavour."""
    spread = random.Random(f"{field} {name} {flavour}")
    word = "".join(chr(97 + spread.randrange(26)) for _ in range(4 + 9 * (flavour % 5)))
    many = range(1 + flavour % 4)
    match field:
        case "address":
            return {"line1": word, "city": word[:3]}
        case "other_addresses":
            return {f"{word}{each}": {"line1": word} for each in many}
        case "other_contacts":
            return {f"{word}{each}": {"kind": "email", "value": f"{word}{each}@example.com"} for each in many}
        case "social_handles":
            return {f"net{each}": {"handle": word} for each in many}
        case "important_dates":
            return {f"day{each}": {"label": word, "date": "--05-06"} for each in many}
        case "family":
            return {f"one{each}": {"relation": "sister", "name": word} for each in many}
        case "origin":
            return {"channel": "web", "campaign": word}
        case "sizes":
            return {f"kind{each}": {"value": word[:8]} for each in many}
        case "wish_list":
            return {f"w{each}": {"sku": f"w{each}", "title": word, "at": 1} for each in many}
        case "contact_preference":
            return ("sms", "post", "messaging", "phone")[flavour % 4]
        case "advice":
            return {f"{word}{each}": {"answer": "refused", "at": 1} for each in many}
        case "likes" | "dislikes" | "occasions" | "tags":
            return [f"{word}{each}" for each in many]
        case "language":
            return ("de", "it-CH", "es", "nl")[flavour % 4]
        case "birth_date":
            return f"19{10 + spread.randrange(80)}-0{1 + flavour % 9}-0{1 + flavour % 8}"
        case "phone":
            return f"+336{spread.randrange(10**8):08}"
        case "email":
            return f"{word}@example.com"
    return word


def value_behind_the_mask(field: str, told: Any, name: str, flavour: int) -> Any:
    """Return another value that looks the same through the mask."""
    if field == "phone":
        other: str = value_otherwise(field, name, flavour)
        return other[:-2] + told[-2:]
    if field == "birth_date":
        return f"19{10 + random.Random(f'{name} {flavour}').randrange(80)}{told[4:]}"
    return value_otherwise(field, name, flavour)
