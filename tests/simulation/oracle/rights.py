"""Who may see and write what: the oracle's own table, written by hand."""

from typing import Any

# Who sees which class of field: W writes, R reads, M sees a mask, a dot sees nothing.
CLASSES = ("identity", "contact", "address", "birth", "family", "relation", "taste", "note", "consent",
           "history", "spend", "loyalty", "origin", "promise")  # fmt: skip
SEES = {
    "seller":          "WM.MWWWWWRRR.W",
    "store_manager":   "WWWWWWWWWRRRRW",
    "zone_manager":    "RM.MRRRRRRRRRR",
    "call_centre":     "WWWM.RR.WR.R.W",
    "head_office_crm": "WRRRRWW.RRRRWR",
    "loyalty_manager": "RM.M.R..RRRWR.",
    "privacy_officer": "RRRRRRRRWRRRRR",
    "administrator":   "..............",
}  # fmt: skip
CLASS_OF = {
    "title": "identity", "given_name": "identity", "family_name": "identity", "language": "identity",
    "town": "identity", "birth_date": "birth", "email": "contact", "phone": "contact",
    "other_contacts": "contact", "address": "address", "family": "family", "home_store": "relation",
    "associate_id": "relation", "tags": "relation", "sizes": "taste", "likes": "taste",
    "payment_preference": "taste", "notes": "note", "consents": "consent", "touchpoints": "history",
    "loyalty": "loyalty", "loyalty_card": "loyalty", "social_handles": "contact",
    "other_addresses": "address", "important_dates": "relation", "second_associate_id": "relation",
    "client_since": "relation", "origin": "origin", "computed_sizes": "taste", "dislikes": "taste",
    "occasions": "taste", "wish_list": "taste", "advice": "taste", "contact_preference": "taste",
    "delivery_preference": "taste", "purchases": "history",
    "owned": "history", "spend": "spend", "tasks": "promise",
    "appointments": "promise", "cases": "promise",
}  # fmt: skip
# Where what two people said apart is kept once they are one: shown to nobody whom its own field is kept from.
LAID_ASIDE_FROM = {"other_contacts": ("email", "phone"), "other_addresses": ("address",)}
BRAND_WIDE = ("call_centre", "head_office_crm", "loyalty_manager", "privacy_officer")
IN_SHOPS = ("seller", "store_manager", "zone_manager")
SOUTH = ("lyon", "nice")


def mask(field: str, value: Any) -> Any:
    """Return what somebody is shown of a value whose mask alone he may see."""
    if field == "phone":
        return f"•• •• •• {value[-2:]}"
    if field == "email":
        return "•••@•••"
    if field == "birth_date":
        return f"--{value[5:]}"
    return "•••"
