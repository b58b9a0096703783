"""What e-mail addresses and phone numbers say for two records being one person, and against it."""

from rapidfuzz.distance import OSA, JaroWinkler

from server.identity.frequencies import MANY_USERS, Finding, Frequencies
from server.identity.person import Person


def email(one: Person, other: Person, known: Frequencies) -> Finding | None:
    """Compare e-mail addresses."""
    if not one.emails or not other.emails:
        return None
    if both := one.emails & other.emails:
        if all(is_of_a_house(each) for each in both):
            return _OF_A_HOUSE["email"]
        return _same_contact("email", min(known.users(each) for each in both), 15.0)
    best = None
    for a in one.emails:
        for b in other.emails:
            local_a, _, domain_a = a.partition("@")
            local_b, _, domain_b = b.partition("@")
            distance = OSA.distance(a, b, score_cutoff=3)
            if len(a) >= 8 and distance <= 2:
                best = Finding(field="email", found="slip", bits=10.0 if distance == 1 else 8.0)
            elif len(local_a) >= 5 and (local_a == local_b):
                named = {*one.given, *one.family, *other.given, *other.family}
                told = any(
                    len(name) > 2 and name in local_a for name in named
                )  # another of that name has it too
                best = best or Finding(field="email", found="part", bits=2.5 if told else 7.0)
            elif (
                len(local_a) >= 6
                and OSA.distance(local_a, local_b, score_cutoff=2) <= 2
                and JaroWinkler.similarity(domain_a, domain_b) > 0.8
            ):
                best = best or Finding(field="email", found="slips", bits=6.0)
    return best or Finding(field="email", found="differs", bits=-1.5)


def phone(one: Person, other: Person, known: Frequencies) -> Finding | None:
    """Compare phone numbers."""
    if not one.phones or not other.phones:
        return None
    if both := one.phones & other.phones:
        if (mails := one.emails & other.emails) and all(is_of_a_house(each) for each in mails):
            return _OF_A_HOUSE["phone"]  # it rings where that mail is read
        return _same_contact("phone", min(known.users(each) for each in both), 12.0)
    for a in one.phones:
        for b in other.phones:
            if min(len(a), len(b)) >= 7 and a[-7:] == b[-7:]:
                return Finding(field="phone", found="part", bits=8.0)
            if len(a) == len(b) and OSA.distance(a, b, score_cutoff=1) == 1:
                return Finding(field="phone", found="slip", bits=6.0)
    return Finding(field="phone", found="differs", bits=-1.0)


def is_of_a_house(email: str) -> bool:
    """Whether an address is read by whoever is on duty: "info@", "sales@". Source: RFC 2142, and French."""
    return email.partition("@")[0] in _HOUSE_MAILBOXES


_HOUSE_MAILBOXES = frozenset({
    "info", "infos", "contact", "sales", "ventes", "support", "marketing", "office", "bureau", "admin",
    "reception", "accueil", "service", "hello", "bonjour", "mail", "team", "shop", "boutique", "billing",
    "accounts", "comptabilite", "compta", "commande", "commandes", "orders", "noreply", "no-reply",
    "postmaster", "webmaster", "abuse",
})  # fmt: skip
_OF_A_HOUSE = {field: Finding(field=field, found="shared", bits=0.5) for field in ("email", "phone")}


def _same_contact(field: str, users: int, bits: float) -> Finding:
    if users < 3:
        return Finding(field=field, found="same", bits=bits)
    if users < MANY_USERS:
        return Finding(field=field, found="shared", bits=5.0)
    return Finding(field=field, found="shared", bits=0.5)  # an office, a shop, somebody's placeholder
