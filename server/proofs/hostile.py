"""The promise that nothing that is sent makes the server fail: nothing at all is answered 5xx."""

import argparse
import itertools
import logging
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final

import msgspec
import structlog
from litestar import Litestar

from schemas.staff import ROLES, Role
from schemas.visibility import DEFAULT_POLICY
from server.api_document import api_document
from server.app import create_app
from server.auth.passwords import Passwords
from server.auth.service_keys import GRANTABLE
from server.gate import JSON
from server.proofs.hostile_attacks import Attack, attacks, crossed
from server.proofs.proof import Proof
from server.proofs.schemathesis_run import PHASES, RELAXED, Ran, listening, run
from server.proofs.still import still
from server.proofs.twins.replies import Reply, call
from server.proofs.twins.worlds import PASSWORD, World, connected, plant

SUMMARY = "bodies, headers and parameters that break servers, at every door, from every role"
FIRST_REQUESTS: Final = 20_000
NOBODY, SERVICE = "nobody", "service_key"
ASKERS: Final = (*(role.value for role in ROLES), SERVICE)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requests",
        type=int,
        default=FIRST_REQUESTS,
        metavar="N",
        help="send about so many, drawn by chance beyond the lists (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    parser.add_argument(
        "--doors", default="/", metavar="PATH", help="only those whose path begins so (default: all)"
    )
    parser.add_argument(
        "--schemathesis",
        type=int,
        default=0,
        metavar="N",
        help="let Schemathesis ask too, as every role and as a service, with every check, N examples a door "
        "(default: none)",
    )
    parser.add_argument(
        "--roles", nargs="*", metavar="ROLE", help=f"as whom it asks (default: all, and {SERVICE})"
    )
    parser.add_argument("--phases", default=",".join(PHASES), help="of Schemathesis (default: %(default)s)")


async def prove(database_url: str, *, options: argparse.Namespace) -> Proof:
    """Send everything to a fresh server and look at what comes back."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    settings = still(database_url)
    async with connected(database_url) as connection:
        world = await plant(
            connection,
            role=Role.SELLER,
            flavour=0,
            policy=DEFAULT_POLICY,
            password_hash=Passwords(memory_kib=64, rounds=1).hash(PASSWORD),
        )
    app = create_app(settings)
    failed: list[str] = []
    sent: Counter[str] = Counter()
    refused = 0
    described: dict[str, dict[str, int]] = {}
    async with app.lifespan():
        async for asker, attack, reply in assault(app, world, options.requests, options.seed, options.doors):
            sent[asker] += 1
            refused += 400 <= reply.status < 500
            if (problem := what_is_wrong(attack, reply)) is not None:
                failed.append(f"{attack.method} {attack.path[:60]} ({attack.name}): {problem}")
        hostile = len(failed)
        if options.schemathesis:
            async for asker, ran in _as_described(app, world, options):
                tally = described.setdefault(asker, {"doors": 0, "cases": 0, "failures": 0})
                tally["doors"] += ran.doors
                tally["cases"] += ran.cases
                tally["failures"] += len(ran.failures)
                failed += [f"{asker}: {failure}" for failure in ran.failures]
    cases = sum(tally["cases"] for tally in described.values())
    return Proof(
        promise="nothing that is sent makes the server fail",
        figure=f"{sent.total():,} hostile requests by {len(ROLES)} roles, a service and nobody, {refused:,} "
        f"refused in words, {cases:,} cases of Schemathesis ({_by_asker(described)}); {len(failed)} failures",
        holds=not failed and refused > sent.total() // 4,
        broken_by=tuple(dict.fromkeys(failed[:40])),
        figures={
            "hostile_requests": dict(sent),
            "refused_in_words": refused,
            "hostile_failures": hostile,
            "schemathesis": described,
            "relaxed": RELAXED if described else {},
        },
    )


def _by_asker(described: dict[str, dict[str, int]]) -> str:
    return (
        ", ".join(f"{asker} {tally['cases']:,}/{tally['failures']}" for asker, tally in described.items())
        or "nobody asked"
    )


async def _as_described(
    app: Litestar, world: World, options: argparse.Namespace
) -> AsyncIterator[tuple[str, Ran]]:
    """Let Schemathesis ask at a real port, one asker after the other, what the document shows to each.

    Signing out comes last, for it ends the asking.
    """
    last = "/v1/auth/sign-out"
    with TemporaryDirectory(prefix="comptoir-prove-") as folder:
        async with listening(app) as address:
            for asker in options.roles or ASKERS:
                token = (
                    await _service_key(app, world) if asker == SERVICE else await _token(app, world, asker)
                )
                reply = await call(
                    app, "GET", "/v1/openapi.json", "", {"authorization": f"Bearer {token}"}, b""
                )
                document = reply.json()
                doors = document["paths"]
                whole = api_document(app)["paths"]
                partly = {path for path in doors if set(whole[path]) - set(doors[path])}
                rounds = [{path: doors[path] for path in doors if path != last}]
                rounds += [{last: doors[last]}] if last in doors else []
                for number, paths in enumerate(rounds):
                    yield (
                        asker,
                        await run(
                            address,
                            token,
                            document | {"paths": paths},
                            Path(mkdtemp(dir=folder)),
                            examples=options.schemathesis,
                            seed=options.seed + number,
                            phases=options.phases.split(","),
                            partly=partly,
                        ),
                    )


def what_is_wrong(attack: Attack, reply: Reply) -> str | None:
    """Return why a reply is none that a stranger may be given, or None."""
    if reply.status >= 500:
        return f"status {reply.status}"
    if reply.status >= 400 and reply.body and not attack.path.startswith("/schema"):  # pages for people
        if reply.headers.get("content-type") != "application/problem+json":
            return "a refusal that is no problem+json"
        if not {"type", "title", "status", "code"} <= set(reply.json()):
            return "a problem without its members"
    if reply.headers.get("cache-control") not in (None, "no-store", "private, max-age=86400"):
        return "may be kept by a cache"
    return None


async def assault(
    app: Litestar, world: World, requests: int, seed: int, doors: str
) -> AsyncIterator[tuple[str, Attack, Reply]]:
    """Yield attacks with their replies: those of the lists, shuffled, then crossings that chance draws."""
    signed: list[tuple[str, dict[str, str]]] = [(NOBODY, {})]
    for asker in ASKERS:
        token = await _service_key(app, world) if asker == SERVICE else await _token(app, world, asker)
        signed.append((asker, {"authorization": f"Bearer {token}"}))
    listed = [attack for attack in attacks(app, world) if attack.path.startswith(doors)]
    chance = random.Random(seed)
    chance.shuffle(listed)
    whose = itertools.cycle(signed)
    for number in range(requests):
        attack = listed[number % len(listed)]
        if number >= len(listed):
            attack = crossed(attack, chance.choice(listed), chance)
        asker, headers = next(whose)
        reply = await call(
            app, attack.method, attack.path, attack.query, {**headers, **attack.headers}, attack.body
        )
        yield asker, attack, reply


async def _token(app: Litestar, world: World, code: str) -> str:
    body = {
        "code": code,
        "password": PASSWORD,
        "device_id": str(world.device_id),
        "device_secret": world.device_secret,
    }
    reply = await call(app, "POST", "/v1/auth/sign-in", "", {"content-type": JSON}, msgspec.json.encode(body))
    token: str = reply.json()["access_token"]
    return token


async def _service_key(app: Litestar, world: World) -> str:
    """Return a key that opens every area there is, with the lens of an integration."""
    headers = {
        "content-type": JSON,
        "authorization": f"Bearer {await _token(app, world, Role.ADMINISTRATOR.value)}",
    }

    async def made(path: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = await call(app, "POST", path, "", headers, msgspec.json.encode(body))
        answer: dict[str, Any] = reply.json()
        return answer

    wanted = {"name": f"proof {os.urandom(4).hex()}", "role": "integration", "areas": list(GRANTABLE)}
    account = await made("/v1/service-accounts", wanted)
    key: str = (await made(f"/v1/service-accounts/{account['account_id']}/keys", {}))["key"]
    return key
