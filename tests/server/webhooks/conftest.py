from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import msgspec
import pytest

from server.settings import Settings
from tests.server.rest.house import Asking, asking
from tests.server.webhooks.receiver import Receiver, listening


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server whose receivers may be on this machine."""
    return msgspec.structs.replace(settings, webhooks_inside=True)


@pytest.fixture
async def adam(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """The administrator."""
    return await asking(client, "adam")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as opened:
        yield opened
