"""What the attack on a promise found."""

from collections.abc import Mapping
from typing import Any

from schemas.record import Struct


class Proof(Struct):
    """The figure an attack ends with, and whether the promise held."""

    promise: str
    figure: str
    holds: bool
    broken_by: tuple[str, ...] = ()  # the attacks that got through
    figures: Mapping[str, Any] = {}  # the numbers behind it, as they are kept
