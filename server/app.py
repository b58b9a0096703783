"""The application, wired once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request, Response, get
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from schemas import note_guard
from schemas.problem import ErrorCode
from schemas.record import Struct
from server.api_document import document_config, document_for
from server.audit.sealing import SEAL_BATCH, Sealer
from server.auth import routes as auth_routes
from server.auth.access_token import KeyRing
from server.auth.extraction import forget_old
from server.auth.guard import PUBLIC, current_principal, require_sign_in
from server.auth.oidc import IdentityProvider
from server.auth.passwords import Passwords
from server.auth.principal import Principal, principals_of
from server.auth.sealing import derive
from server.auth.service_keys import ANY_SERVICE
from server.auth.throttle import Throttle
from server.catalog import advice_routes
from server.catalog import routes as catalog_routes
from server.connectors import hook_routes
from server.connectors import routes as connector_routes
from server.connectors.work import forget_old as forget_deliveries
from server.connectors.work import work_through
from server.consent import routes as consent_routes
from server.consent import wording_routes
from server.customers import note_routes, reveal_routes, sealed_routes, taste_routes
from server.customers import routes as customer_routes
from server.customers.looked_up import find_for_tablet
from server.customers.quick_read import QuickReads, quick_reads
from server.database.pool import Connection, GuardedPool, Pool, at_rest, transaction
from server.database.reading import Reading
from server.database.roles import Standing, Work
from server.database.standing import open_walled_pool
from server.database.together import Together
from server.directory import routes as directory_routes
from server.engagement import routes as engagement_routes
from server.gate import inspect
from server.identity import duplicate_routes, pair_routes
from server.identity import routes as identity_routes
from server.identity.automatic import merge_sure
from server.identity.following import follow
from server.identity.moved import follow_the_moved
from server.imports import cost_routes
from server.imports import files as import_files
from server.imports import routes as import_routes
from server.loyalty import routes as loyalty_routes
from server.outgoing import details_routes, link_routes, message_routes, queue_routes, template_routes
from server.outgoing.sending import Sender, carriers_of
from server.oversight import alarm_routes, audit_routes, key_routes
from server.policy.in_force import Policies, forget_removed, note_fields, publish_default, wall_follows
from server.privacy import case_routes, retention_routes
from server.privacy import routes as privacy_routes
from server.privacy.fingerprints import use_secret
from server.problems import HANDLERS, problem_response
from server.promises import routes as promise_routes
from server.purchases import routes as purchase_routes
from server.replication import rescue_routes, snapshot, snapshot_routes
from server.replication import routes as sync_routes
from server.replication.admission import Admission, AdmitTablets
from server.replication.directory import publish_directory
from server.replication.pins import expire_pins
from server.replication.poke import Pokes
from server.replication.poke_route import poke
from server.replication.quick_pull import QuickPulls, quick_pulls
from server.replication.recut import keep_cutting
from server.replication.rescue import rescue_key
from server.replication.retrying import retry_parked
from server.replication.sweeping import sweep
from server.review import conflict_routes, divergence_routes, held_routes, history_routes
from server.scope import AS_CALLER, BRAND_WIDE, brand_scope, standing_of
from server.settings import Settings, from_environment
from server.staff import absence_routes, device_routes, oidc_routes
from server.staff import routes as staff_routes
from server.visibility import routes as visibility_routes
from server.watching import watch
from server.webhooks import routes as webhook_routes
from server.webhooks import sending as webhooks

FOLLOWED_AT_ONCE = 20  # customers compared in one go beside the requests
FOLLOW_PAUSE_S = 0.2
SOON_S = 5.0  # after the start, for housekeeping

KEPT_FROM_TABLETS = 3  # connections for REST and for what runs in the background

log = structlog.get_logger()


class Health(Struct):
    """Whether we are here."""

    status: str


class Readiness(Health):
    """Whether we can work."""

    wall: str  # whether the database itself refuses what a role may not see: stands, absent


@get("/health", opt={PUBLIC: True}, tags=["operation"])
async def health() -> Health:
    """The process answers."""
    return Health(status="ok")


@get("/ready", opt={PUBLIC: True}, tags=["operation"])
async def ready(request: Request[Any, Any, State]) -> Response[Any]:
    """The database answers, is a primary, and has been migrated."""
    pool: Pool = request.app.state.pool
    try:
        async with asyncio.timeout(request.app.state.settings.ready_within_s):
            async with at_rest(pool) as connection:
                good = await connection.fetchval(
                    "select not pg_is_in_recovery() and to_regclass('member') is not null"
                )
    except Exception as error:
        log.warning("readiness.failed", kind=type(error).__name__)
        good = False
    if not good:
        return problem_response(ErrorCode.UNAVAILABLE)
    return Response(Readiness(status="ok", wall="stands" if isinstance(pool, GuardedPool) else "absent"))


async def provide_connection(request: Request[Any, Any, State]) -> AsyncIterator[Connection]:
    """Give a route one connection in one transaction, committed before the reply.

    A route marked ``AS_CALLER`` has no more rights in the database than the role of whoever asks.
    """
    as_caller = request.route_handler.opt.get(AS_CALLER)
    acting: Work | Standing = Work.ENGINE
    if as_caller:
        principal = current_principal(request)
        beyond = [brand_scope(principal.brand)] if as_caller == BRAND_WIDE else []
        acting = standing_of(principal, beyond=beyond)
    async with transaction(request.app.state.pool, acting) as connection:
        yield connection


async def provide_principal(request: Request[Any, Any, State]) -> Principal:
    """Give a route whoever is asking."""
    return current_principal(request)


async def look_first(request: Request[Any, Any, State]) -> Response[None] | None:
    """Look at a request before it is decoded; say what a door takes to whoever asks for nothing else."""
    if request.method == "OPTIONS":
        return Response(None, status_code=204, headers={"allow": _allowed(request)})
    await inspect(request)
    return None


def _allowed(request: Request[Any, Any, State]) -> str:
    """Return the methods of a path: of all its routers, while the framework's own answer knows the first."""
    template = request.scope["path_template"]
    return ", ".join(
        sorted(
            {
                method
                for route in request.app.routes
                if route.path_format == template
                for method in getattr(route, "methods", ())
            }
        )
    )


def document_door(*, public: bool) -> HTTPRouteHandler:
    """Return the route of the API's document, without a sign-in only where an operator opened it."""

    @get("/v1/openapi.json", opt={PUBLIC: public, ANY_SERVICE: True}, include_in_schema=False)
    async def openapi_document(request: Request[Any, Any, State]) -> dict[str, Any]:
        return await document_for(request)

    return openapi_document


def create_app(settings: Settings | None = None) -> Litestar:
    """Return the application. Settings come from the environment unless given."""
    chosen = settings or from_environment()
    places = chosen.sync_places or max(1, chosen.pool_size - KEPT_FROM_TABLETS)
    admission = Admission(places)
    use_secret(chosen.secret)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        pool = await open_walled_pool(chosen)
        async with pool:
            async with transaction(pool) as connection:
                await publish_default(connection)
                await forget_removed(connection)
                await note_fields(connection)
                await wall_follows(connection)
                await publish_directory(connection)
            app.state.pool = pool
            app.state.reading = Reading(chosen)
            app.state.settings = chosen
            app.state.key_ring = KeyRing(pool, chosen)
            await app.state.key_ring.load()
            app.state.throttle = Throttle(pool, chosen.secret)
            app.state.identity_provider = (
                IdentityProvider(pool, chosen.oidc, chosen.secret) if chosen.oidc else None
            )
            app.state.passwords = Passwords(
                memory_kib=chosen.password_memory_kib, rounds=chosen.password_rounds
            )
            app.state.policies = Policies()
            app.state.feed_key = sync_routes.feed_key(chosen)
            app.state.rescue_key = rescue_key(chosen.secret)
            app.state.introductions = Together(pool, principals_of)
            app.state.quick_pulls = QuickPulls(
                pool,
                app.state.key_ring,
                app.state.policies,
                lease_s=chosen.lease_s,
                feed_key=app.state.feed_key,
            )
            app.state.quick_reads = QuickReads(
                pool, app.state.key_ring, app.state.policies, capped=chosen.extraction_caps
            )
            app.state.find = find_for_tablet
            app.state.pokes = Pokes(pool, app.state.policies)
            sealer = Sealer(chosen.secret, keep_at=chosen.audit_heads)
            works = [
                asyncio.create_task(asyncio.to_thread(note_guard.get_ready)),  # before the first push waits
                asyncio.create_task(_seal_audit(pool, sealer, chosen.seal_audit_s)),
                asyncio.create_task(app.state.pokes.run()),
                asyncio.create_task(_follow_identity(pool, chosen, app.state.policies)),
                asyncio.create_task(_build_snapshots(pool, chosen.build_snapshots_s)),
                asyncio.create_task(_take_in(pool, chosen, app.state.policies)),
                asyncio.create_task(_import_files(pool, chosen)),
                asyncio.create_task(_tell_services(pool, chosen, app.state.policies)),
                asyncio.create_task(keep_cutting(pool, chosen.policy_cut_s)),
                asyncio.create_task(_keep_house(pool, app.state.policies, chosen.sweep_s)),
                asyncio.create_task(watch(app.state, admission, chosen.watch_s)),
            ]
            if carriers_of(chosen.outgoing):
                works.append(asyncio.create_task(Sender(pool, chosen).run(chosen.send_s)))
            try:
                yield
            finally:
                for work in works:
                    work.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await work
                await app.state.reading.close()

    app = Litestar(
        route_handlers=[
            health,
            ready,
            auth_routes.router,
            visibility_routes.router,
            customer_routes.router,
            note_routes.router,
            reveal_routes.router,
            sealed_routes.router,
            taste_routes.router,
            purchase_routes.router,
            engagement_routes.router,
            promise_routes.router,
            consent_routes.router,
            wording_routes.router,
            message_routes.router,
            template_routes.router,
            queue_routes.router,
            link_routes.router,
            details_routes.router,
            loyalty_routes.router,
            identity_routes.router,
            privacy_routes.router,
            retention_routes.router,
            case_routes.router,
            pair_routes.router,
            duplicate_routes.router,
            catalog_routes.router,
            advice_routes.router,
            directory_routes.router,
            staff_routes.router,
            device_routes.router,
            absence_routes.router,
            oidc_routes.router,
            audit_routes.router,
            alarm_routes.router,
            key_routes.router,
            connector_routes.router,
            hook_routes.router,
            webhook_routes.router,
            import_routes.router,
            cost_routes.router,
            conflict_routes.router,
            held_routes.router,
            divergence_routes.router,
            history_routes.router,
            sync_routes.router,
            rescue_routes.router,
            snapshot_routes.router,
            poke,
            document_door(public=chosen.open_docs),
        ],
        lifespan=[lifespan],
        guards=[require_sign_in],
        before_request=look_first,
        middleware=[AdmitTablets(admission), follow_the_moved],
        dependencies={
            "connection": Provide(provide_connection),
            "principal": Provide(provide_principal),
        },
        exception_handlers=HANDLERS,
        request_max_body_size=chosen.body_limit,
        cache_control=CacheControlHeader(no_store=True),
        response_cache_config=ResponseCacheConfig(default_expiration=None),
        openapi_config=document_config(public=chosen.open_docs),
    )
    app.asgi_handler = quick_reads(app, quick_pulls(app, app.asgi_handler))
    return app


async def _build_snapshots(pool: Pool, every_s: float) -> None:
    """Make the first downloads that tablets asked for, one at a time, for as long as we run."""
    while every_s > 0:
        await asyncio.sleep(every_s)
        try:
            while (made := await snapshot.build_next(pool)) is not None:
                log.info("snapshot.built", snapshot=str(made))
        except Exception as error:
            log.error("snapshot.build_failed", kind=type(error).__name__)


async def _seal_audit(pool: Pool, sealer: Sealer, every_s: float) -> None:
    """Give new audit events their place in the chain, every few seconds, for as long as we run."""
    while every_s > 0:
        await asyncio.sleep(every_s)
        try:
            while await sealer.run_once(pool) == SEAL_BATCH:
                pass
        except Exception as error:
            log.error("audit.seal_failed", kind=type(error).__name__)


async def _follow_identity(pool: Pool, settings: Settings, policies: Policies) -> None:
    """Compare customers with one another as they change; merge the sure ones where that is switched on."""
    key = derive(settings.secret, "identity")
    while settings.follow_identity_s > 0:
        try:
            async with transaction(pool) as connection:
                looked_at = await follow(connection, key, at_once=FOLLOWED_AT_ONCE)
            if not looked_at:
                async with transaction(pool) as connection:
                    looked_at = int(await merge_sure(connection, policies, now=datetime.now(UTC)) is not None)
        except Exception as error:
            log.error("identity.follow_failed", kind=type(error).__name__)
            looked_at = 0
        await asyncio.sleep(FOLLOW_PAUSE_S if looked_at else settings.follow_identity_s)


async def _take_in(pool: Pool, settings: Settings, policies: Policies) -> None:
    """Deal with what sources deliver, for as long as we run."""
    while settings.take_in_s > 0:
        try:
            dealt_with = await work_through(pool, settings.secret, policies)
        except Exception as error:
            log.error("connector.work_failed", kind=type(error).__name__)
            dealt_with = 0
        if not dealt_with:
            await asyncio.sleep(settings.take_in_s)


async def _import_files(pool: Pool, settings: Settings) -> None:
    """Do what is wanted of files that were brought, one at a time, for as long as we run."""
    while settings.imports_s > 0:
        try:
            worked = await import_files.work_on_next(pool, settings.database_url, settings.secret)
        except Exception as error:
            log.error("import.work_failed", kind=type(error).__name__)
            worked = False
        if not worked:
            await asyncio.sleep(settings.imports_s)


async def _tell_services(pool: Pool, settings: Settings, policies: Policies) -> None:
    """Tell services what has changed before their eyes, for as long as we run."""
    while settings.webhooks_s > 0:
        try:
            sent = await webhooks.work_through(
                pool, settings.secret, policies, inside=settings.webhooks_inside
            )
        except Exception as error:
            log.error("webhook.work_failed", kind=type(error).__name__)
            sent = 0
        if not sent:
            await asyncio.sleep(settings.webhooks_s)


async def _keep_house(pool: Pool, policies: Policies, every_s: float) -> None:
    """Judge parked edits again and sweep the feed: soon after the start, then every so often."""
    rest_s = min(every_s, SOON_S)
    while every_s > 0:
        await asyncio.sleep(rest_s)
        rest_s = every_s
        try:
            now = datetime.now(UTC)
            async with transaction(pool) as guard:
                if not await guard.fetchval("select pg_try_advisory_xact_lock(hashtext('comptoir house'))"):
                    continue  # another process is at it
                await guard.execute("set local idle_in_transaction_session_timeout = 0")
                retried = await retry_parked(pool, now=now, policies=policies)
                swept = await sweep(pool, now=now)
                async with transaction(pool) as connection:
                    await expire_pins(connection, now=now)
                    await forget_deliveries(connection, now=now)
                    await webhooks.forget_old(connection, now=now)
                    await import_files.forget_old(connection, now=now)
                await forget_old(pool)
        except Exception as error:
            log.error("feed.sweep_failed", kind=type(error).__name__)
        else:
            log.info("feed.swept", judged_again=retried.edits, **msgspec.to_builtins(swept))
