"""What head office says of a connector: where its sales belong, and which of its words are consents."""

from typing import Annotated

import msgspec

from schemas.record import Struct

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class ConnectorSettings(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """How one source's words are read. Nothing here has a default that grants anything."""

    store: Word | None = None  # of sales over the counter that name none
    home_store: Word | None = None  # where a new customer of this source belongs
    stores: dict[Word, Word] = {}  # the source's own place -> our store
    associates: dict[Word, Word] = {}  # the source's own seller -> our associate's id
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] | None = None
    region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "FR"  # of phones without a country
    # channel -> our wording which the source shows beside its tick: only then is its yes a consent
    consents: dict[Word, Word] = {}


class Context(Struct):
    """What a reader knows besides the delivery."""

    source: str
    brand: str
    settings: ConnectorSettings
    topic: str
    received_at: int  # wall milliseconds UTC: says when, where the delivery itself does not
