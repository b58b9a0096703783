import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from litestar import Litestar

from server.app import create_app
from server.database.pool import Connection
from server.settings import Oidc, Settings
from tests.server.people import hire_everybody
from tests.server.staff.identity_provider import CLIENT, REDIRECT, SECRET

PROVIDER = Path(__file__).with_name("identity_provider.py")


@pytest.fixture(scope="package")
def issuer() -> Iterator[str]:
    """The address of an identity provider that runs."""
    with subprocess.Popen([sys.executable, str(PROVIDER), "0"], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.kill()


@pytest.fixture
async def provider(issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    """The provider, telling the truth."""
    async with httpx.AsyncClient(base_url=issuer, verify=False, timeout=60) as client:
        await client.post("/control", json={})
        yield client


@pytest.fixture
def oidc(issuer: str) -> Oidc:
    return Oidc(issuer=issuer, client_id=CLIENT, client_secret=SECRET, redirect_uri=REDIRECT)


@pytest.fixture
async def app_with_provider(
    settings: Settings, oidc: Oidc, connection: Connection
) -> AsyncIterator[Litestar]:
    await hire_everybody(connection)
    made = create_app(msgspec.structs.replace(settings, oidc=oidc))
    async with made.lifespan():
        yield made
