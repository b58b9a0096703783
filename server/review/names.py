"""How a customer is named in a list of things to decide, as the reader's lens shows her."""

import msgspec

from schemas.record import Struct
from server.customers.queries import Fields


class Named(Struct, omit_defaults=True):
    """Her name, as far as it may be seen."""

    title: str | None = None
    given_name: str | None = None
    family_name: str | None = None


def named(fields: Fields) -> Named:
    """Return the name among the fields that a lens shows of a customer."""
    known = {name: msgspec.json.decode(fields[name]) for name in Named.__struct_fields__ if name in fields}
    return Named(**known)
