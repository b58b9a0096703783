"""Schemathesis against the API as its own document describes it, as one role, with every check there is."""

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Final

import uvicorn
from litestar import Litestar

from schemas.record import Struct

PATIENCE_S: Final = 120  # with one answer, on a machine that does other things too
PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")
ACCEPTED: Final = ("2xx", "3xx", "401", "403", "404", "409", "429")

# What no schema can say, and what is then answered though the request fits its schema: a cursor is ours or
# it is not, a precondition holds or it does not, a rule ties values to one another or to what is kept.
BY_PARAMETER: Final[Mapping[str, str]] = {"cursor": "400", "If-Match": "412"}
# A write may break a rule that no schema can say: the shape of a value is its field's.
BROKEN_RULE: Final = "422"
RULES: Final[Mapping[str, str]] = {
    "GET /v1/policy/view": "422",  # a role of stores needs one
    "GET /v1/privacy/retention": "422",  # months that the rule may not say
    "GET /v1/audit": "422",  # an instant without a zone is none
    "GET /v1/audit/export": "422",
    "POST /v1/rescue": "400",  # a sealed file
}
# Which checks are not taken at their whole word, and why; all others are.
RELAXED: Final[Mapping[str, str]] = {
    "positive_data_acceptance": "a request that fits the schema may be answered 400 for a cursor that is not "
    "ours or a sealed file, 412 for a precondition, 422 where a rule ties values to one another or to what "
    "is kept, 401, 403, 404, 409 and 429 anywhere",
    "unsupported_method": "at a path of which the asker is shown some methods only, what is not shown "
    "to him is there all the same and answers as it does to anybody who may not, instead of 405",
    "allow_header_conformance": "at such a path the Allow header names those methods too",
}
_PARTLY: Final = "unsupported_method.enabled = false\nallow_header_conformance.enabled = false\n\n"
_METHODS: Final = ("get", "put", "post", "delete", "patch")


class Ran(Struct):
    """What one run came to."""

    doors: int
    cases: int
    failures: tuple[str, ...]


@contextlib.asynccontextmanager
async def listening(app: Litestar) -> AsyncIterator[str]:
    """Serve an application on a port of its own and yield its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
                if serving.done():
                    serving.result()
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def run(
    address: str,
    token: str,
    document: Mapping[str, Any],
    folder: Path,
    *,
    examples: int,
    seed: int,
    phases: Sequence[str] = PHASES,
    partly: Set[str] = frozenset(),
) -> Ran:
    """Let Schemathesis ask as the holder of a token; ``folder`` takes its files.

    Args:
        partly: paths that have methods which the document does not show to him.

    Raises:
        FileNotFoundError: it is not installed; it comes with the development tools.
    """
    described, settings, report = folder / "openapi.json", folder / "settings.toml", folder / "report.json"
    described.write_text(json.dumps(document))
    settings.write_text("".join(_settings(document, partly)))
    program = Path(sys.executable).with_name("schemathesis")
    asking = await asyncio.create_subprocess_exec(
        str(program),
        *("--no-color", "--config-file", str(settings), "run", str(described), "--url", address),
        *("--header", f"Authorization: Bearer {token}", "--phases", ",".join(phases)),
        *("--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--no-shrink"),
        *("--request-timeout", str(PATIENCE_S), "--suppress-health-check", "too_slow"),
        *("--warnings", "off", "--report", "json", "--report-json-path", str(report)),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asking.communicate()
    (folder / "said.txt").write_bytes(said)
    if not report.exists():
        return Ran(doors=0, cases=0, failures=(f"it did not run: {said[-400:].decode(errors='replace')}",))
    told = json.loads(report.read_text())
    failures = [
        f"{failure['title']}: {operation}"
        for failure in told["failures"]
        for operation in failure["operations"]
    ]
    failures += [f"error: {json.dumps(error)[:300]}" for error in told["errors"]]
    if told["operations"]["tested"] != told["operations"]["total"]:
        failures.append(
            f"only {told['operations']['tested']} of {told['operations']['total']} operations tested"
        )
    return Ran(
        doors=told["operations"]["tested"], cases=told["test_cases"]["generated"], failures=tuple(failures)
    )


def _settings(document: Mapping[str, Any], partly: Set[str]) -> Iterator[str]:
    """Yield that every check is made, and which refusals are right, door by door, though a request fits.

    On the command line "all checks" would outweigh what is said here of a single door.
    """
    yield "[checks]\nenabled = true\n\n"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in _METHODS:
                continue
            name = f"{method.upper()} {path}"
            named = {parameter["name"] for parameter in operation.get("parameters", ())}
            more = {status for parameter, status in BY_PARAMETER.items() if parameter in named}
            more |= {RULES[name]} if name in RULES else set()
            more |= {BROKEN_RULE} if method != "get" else set()
            if more:
                statuses = ", ".join(f'"{status}"' for status in (*ACCEPTED, *sorted(more)))
                yield f'[[operations]]\ninclude-name = "{name}"\n'
                yield f"[operations.checks]\npositive_data_acceptance.expected-statuses = [{statuses}]\n"
                yield _PARTLY if path in partly else "\n"
        if path in partly:  # it asks there by methods that are no operation of what it was shown, too
            yield f'[[operations]]\ninclude-path = "{path}"\n[operations.checks]\n{_PARTLY}'
