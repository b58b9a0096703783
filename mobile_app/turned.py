"""What a customer sees when the tablet is turned to her: read from the store, in her language."""

from collections.abc import Mapping
from uuid import UUID

from mobile_app.screens.customer_side.details import begun_with, details_of
from mobile_app.screens.customer_side.model import Line, Turned, lines_of
from mobile_app.tablet import Tablet
from schemas.record import Values
from schemas.visibility import Level
from sync.replica.draft import in_clear


def turned_to_her(tablet: Tablet, record_id: UUID, *, language: str) -> tuple[Turned, str] | None:
    """Return a known customer's own lines and the language they are in; None when she is not here.

    Args:
        language: the tablet's, for somebody whose own is not known.
    """
    card = tablet.card(record_id)
    if card is None:
        return None
    values = in_clear(card.values, card.levels)
    spoken = values.get("language") or language
    turned = Turned(
        record_id=card.record_id,
        name=" ".join(values[part] for part in ("given_name", "family_name") if values.get(part)),
        lines=_lines(tablet, values, spoken),
        values={"consents": values.get("consents") or {}},
        details=details_of(values, lambda field: card.levels.get(field, Level.HIDDEN) >= Level.WRITE),
    )
    return turned, spoken


def turned_to_somebody_new(
    tablet: Tablet, record_id: UUID, begun: Mapping[str, str], *, language: str
) -> tuple[Turned, str]:
    """Return empty lines for somebody who writes herself down, and what she is asked.

    Args:
        begun: what the seller has written of her so far, by field.
    """
    asks = tablet.may_give("consents")
    turned = Turned(
        record_id=record_id,
        name="",
        lines=_lines(tablet, {}, language) if asks else (),
        values={},
        details=begun_with(begun, tablet.may_give),
        is_new=True,
    )
    return turned, language


def _lines(tablet: Tablet, values: Values, language: str) -> tuple[Line, ...]:
    return lines_of(
        values,
        tablet.wordings().values(),
        brand=tablet.directory().brand,
        language=language,
        now=tablet.now_ms(),
    )
