"""The search that a tablet's look beyond its own customers uses."""

from collections.abc import Sequence

import msgspec

from schemas.protocol import LookHit
from schemas.visibility import Lens
from server.customers.queries import read_profiles
from server.customers.search import find
from server.database.pool import Connection

SHOWN = ("title", "given_name", "family_name", "town", "home_store", "phone", "email", "loyalty")


async def find_for_tablet(
    connection: Connection, text: str, scopes: Sequence[str], lens: Lens, most: int
) -> list[LookHit]:
    """Return the customers a text may mean, best first, each as the role may see her."""
    hits = await find(connection, text, scopes=scopes, lens=lens, limit=most)
    profiles = await read_profiles(connection, [hit.customer_id for hit in hits], scopes=scopes, lens=lens)
    return [
        LookHit(
            record_id=hit.customer_id,
            values={
                field: msgspec.json.decode(profiles[hit.customer_id][field])
                for field in SHOWN
                if field in profiles[hit.customer_id]
            },
        )
        for hit in hits
        if hit.customer_id in profiles
    ]
