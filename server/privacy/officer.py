"""Who may do what the law gives a person a right to."""

from schemas.problem import ErrorCode
from schemas.staff import Role
from server.auth.principal import Principal
from server.problems import Refusal


def require_officer(principal: Principal) -> None:
    """Refuse everybody but the privacy officer.

    Raises:
        Refusal: NOT_ALLOWED.
    """
    if principal.role != Role.PRIVACY_OFFICER:
        raise Refusal(ErrorCode.NOT_ALLOWED)
