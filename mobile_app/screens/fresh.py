"""Ids for what is made on this tablet, here and now."""

import os
import time
from uuid import UUID

from schemas.ids import uuid7


def fresh_id() -> UUID:
    """Return an id for a new customer or note."""
    return uuid7(int(time.time() * 1000), os.urandom(10))
