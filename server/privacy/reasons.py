"""Why something is done with a person's data. It stays when she is forgotten: it says nothing of her."""

import re
from typing import Annotated, Final

import msgspec

from schemas.problem import ErrorCode, FieldError
from server.problems import Refusal
from server.rule_words import rule_of

PATTERN: Final = r"^[a-z0-9][a-z0-9 _.:/-]*$"
SHORTEST: Final = 3
LONGEST: Final = 60

Reason = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST, pattern=PATTERN)]


def require_reason(reason: str) -> str:
    """Return the reason if it is one; the doors' types and the console ask the same.

    Raises:
        Refusal: INVALID, with what it has to be.
    """
    if not SHORTEST <= len(reason) <= LONGEST:
        detail = f"{SHORTEST} to {LONGEST} characters"
    elif re.fullmatch(PATTERN, reason) is None:
        detail = rule_of(PATTERN)
    else:
        return reason
    raise Refusal(ErrorCode.INVALID, errors=(FieldError(pointer="/reason", detail=detail),))
