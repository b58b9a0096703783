"""What tests stand on: a real PostgreSQL, migrated once, and a copy of it for every test that asks."""

import asyncio
import gc
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import asyncpg
import httpx
import hypothesis
import pytest
import structlog
from litestar import Litestar

from server.customers import quick_read
from server.database.embedded import Cluster
from server.database.embedded import cluster as embedded_cluster
from server.database.migrate import migrate
from server.database.pool import Connection, prepare
from server.replication import quick_pull
from server.settings import Settings
from tests.server.serving import application

T = TypeVar("T")

TEMPLATE = "template_of_tests"
PATIENCE_S = 60.0  # on a machine that does other things too

# What a law says does not depend on how fast a machine is, nor on who else works on it.
hypothesis.settings.register_profile(
    "comptoir", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("comptoir")


# The modules that take longest: begun last, one of them would keep the other workers waiting for its end.
LONG = (
    "tests/mobile_app/test_reading_direction.py",
    "tests/twin_worlds/test_twin_worlds.py",
    "tests/mobile_app/test_shift.py",
    "tests/server/imports/test_job.py",
    "tests/mobile_app/test_keyboard.py",
    "tests/server/bench/test_bench.py",
    "tests/mobile_app/test_app.py",
    "tests/mobile_app/screens/test_desk.py",
    "tests/mobile_app/test_every_screen.py",
    "tests/mobile_app/test_customer_side.py",
    "tests/journeys/test_counter.py",
    "tests/server/proofs/test_hostile.py",
    "tests/server/proofs/test_erasure.py",
    "tests/server/proofs/test_lens.py",
    "tests/server/test_document_lens.py",
    "tests/server/test_api_document.py",
    "tests/loadtests/test_run.py",
    "tests/loadtests/test_journeys.py",
    "tests/server/commands/test_demo.py",
    "tests/mobile_app/test_driver.py",
    "tests/server/replication/test_history.py",
    "tests/sync/replica/test_crash.py",
    "tests/crash/test_kill_points.py",
    "tests/server/proofs/test_timing.py",
)

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4_000_000_000  # bytes, for the databases of all workers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {module: place for place, module in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


def run_aside(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop of its own, whatever loop the test has."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_collection_finish() -> None:
    """Whatever the modules hold lives as long as the run: no collection need walk through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """What a test lets be logged is its own affair: a proof silences the log of its whole process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """No short way is given up because this machine does other things too: what it leaves behind is told."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(quick_read, "LONGEST_WAIT_S", PATIENCE_S)
        patched.setattr(quick_pull, "LONGEST_LOOK_S", PATIENCE_S)
        yield


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder for a PostgreSQL of the test's own.

    Not ``tmp_path``: where we are root the server runs as somebody else, and pytest closes its folders to
    others each time another run begins.
    """
    with TemporaryDirectory(prefix="comptoir-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for this worker's whole run, in a folder that another run does not close (see above).

    In memory where there is enough: a database for each test is many files, made and thrown away.
    """
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED
    with (
        TemporaryDirectory(prefix="comptoir-test-", dir=MEMORY if roomy else None) as folder,
        embedded_cluster(Path(folder) / "postgres", durable=False) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The name of a migrated, empty database that others are copied from."""
    run_aside(migrate(cluster.ensure_database(TEMPLATE)))
    return TEMPLATE


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[str]:
    """The URL of a migrated, empty database of this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    dsn = cluster.dsn("postgres")
    run_aside(_execute(dsn, f'create database "{name}" template "{template}" strategy file_copy'))
    yield cluster.dsn(name)
    run_aside(_execute(dsn, f'drop database "{name}" with (force)'))


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    """One open connection to this test's database, outside any transaction."""
    opened = await asyncpg.connect(database)
    await prepare(opened)
    yield opened
    await opened.close()


@pytest.fixture
def settings(database: str) -> Settings:
    """Settings of a server on this test's database, with a cheap password hash and no background work."""
    return Settings(
        database_url=database,
        secret=b"a secret of tests, never of anyone else",
        password_memory_kib=64,
        password_rounds=1,
        pool_size=8,
        seal_audit_s=0,
        follow_identity_s=0,
        build_snapshots_s=0,
        take_in_s=0,
        policy_cut_s=0,
        sweep_s=0,
        send_s=0,
        webhooks_s=0,
        imports_s=0,
        open_docs=True,
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Litestar]:
    """The whole application, started."""
    with application(settings) as made:
        async with made.lifespan():
            yield made


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the application, in process."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://comptoir.test") as opened:
        yield opened
