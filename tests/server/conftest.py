from uuid import UUID

import httpx
import pytest

from server.database.pool import Connection
from tests.server.rest.house import Asking, asking, furnish


@pytest.fixture
async def house(connection: Connection) -> dict[str, UUID]:
    return await furnish(connection)


@pytest.fixture
async def ines(house: dict[str, UUID], client: httpx.AsyncClient) -> Asking:
    """A seller of Lyon."""
    return await asking(client, "ines")
