"""Leaks beside the doors of people: in pokes, in what is taken away, in logs, in what platforms deliver."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
import structlog

from schemas.problem import ErrorCode
from server.connectors import hook_routes, registry
from server.connectors import routes as connector_routes
from server.customers import queries
from server.oversight import audit_routes
from server.privacy import routes as privacy_routes
from server.problems import Refusal
from server.replication.poke import Pokes
from tests.twin_worlds.planting import all_groups, leak, with_secret


@leak("pokes")
def poke_for_what_a_lens_hides(patch: pytest.MonkeyPatch) -> None:
    honest = Pokes._place

    async def leaking(self: Pokes, connection: Any, seat: Any) -> None:
        await honest(self, connection, seat)
        seat.groups = frozenset(all_groups())

    patch.setattr(Pokes, "_place", leaking)


@leak("exports")
def trail_that_anybody_takes_away(patch: pytest.MonkeyPatch) -> None:
    def leaking(principal: Any) -> None:
        uncapped = msgspec.structs.replace(principal.cap, export_rows=None)
        msgspec.structs.force_setattr(principal, "cap", uncapped)

    patch.setattr(audit_routes, "_require_officer", leaking)


@leak("exports")
def access_file_for_anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(privacy_routes, "require_officer", lambda principal: None)


@leak("profiles")
def log_line_with_a_value(patch: pytest.MonkeyPatch) -> None:
    def use(fields: dict[str, bytes], held: dict[str, Any]) -> dict[str, bytes]:
        structlog.get_logger().info("customer.read", town=str(held.get("address")))
        return fields

    with_secret(queries, "read_profile_and_note", use)(patch)


@leak("webhooks")
def hook_that_knows_which_connectors_there_are(patch: pytest.MonkeyPatch) -> None:
    honest = hook_routes.connector

    async def leaking(connection: Any, connector_id: UUID) -> Any:
        held = await honest(connection, connector_id)
        if held is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        return held

    patch.setattr(hook_routes, "connector", leaking)


@leak("webhooks")
def deliveries_of_another_brand(patch: pytest.MonkeyPatch) -> None:
    async def leaking(connection: Any, principal: Any, connector_id: UUID) -> Any:
        held = await registry.connector(connection, connector_id)
        if held is None:
            raise Refusal(ErrorCode.NOT_FOUND)
        return held

    patch.setattr(connector_routes, "_require_keeper", lambda principal: None)
    patch.setattr(connector_routes, "_held", leaking)
