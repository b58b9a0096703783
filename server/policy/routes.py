"""The door to the policy in force."""

from typing import Any

from litestar import Request, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from schemas.customer import SENSITIVITY
from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.staff import Role
from schemas.visibility import field_groups
from server.auth.principal import Principal
from server.problems import Refusal

READERS = (Role.HEAD_OFFICE_CRM, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)


class PublishedPolicy(Struct):
    """Who may do what, per role and field; a field that is missing is hidden from the role."""

    version: int
    levels: dict[str, dict[str, int]]  # role -> field -> 1 masked, 2 read, 3 write
    groups: dict[str, tuple[str, ...]]  # fields that all roles see alike
    sensitivity: dict[str, str]  # field -> its class of personal data


@get("/policy")
async def read_policy(
    principal: NamedDependency[Principal], request: Request[Any, Any, State]
) -> PublishedPolicy:
    """The policy in force, for those who answer for it."""
    if principal.role not in READERS:
        raise Refusal(ErrorCode.NOT_ALLOWED)
    policy = await request.app.state.policies.version(request.app.state.pool, principal.policy_version)
    return PublishedPolicy(
        version=policy.version,
        levels={
            role: {field: int(level) for field, level in fields.items() if level}
            for role, fields in policy.levels.items()
        },
        groups={group.key: group.fields for group in field_groups(policy)},
        sensitivity={field: kind.value for field, kind in SENSITIVITY.items()},
    )


router = Router("/v1", route_handlers=[read_policy], tags=["policy"])
