"""What a field is: the class of personal data that a policy speaks about."""

from enum import StrEnum


class Sensitivity(StrEnum):
    """The class of a field. A role's default right is given per class; head office may override per field."""

    IDENTITY = "identity"  # who she is: names, civility, language
    CONTACT = "contact"  # how to reach her: e-mail, phone, social handles
    ADDRESS = "address"  # where she lives
    BIRTH = "birth"
    FAMILY = "family"
    RELATION = "relation"  # her store, her associate, since when, important dates
    TASTE = "taste"  # sizes, likes, wish list, preferences
    NOTE = "note"
    CONSENT = "consent"
    HISTORY = "history"  # purchases, touchpoints, owned products
    SPEND = "spend"  # sums over her purchases
    LOYALTY = "loyalty"
    ORIGIN = "origin"  # how she was acquired
    PROMISE = "promise"  # what was promised and written to her: tasks, appointments, messages
    SERVICE = "service"  # complaints and repairs
