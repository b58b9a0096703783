"""Opening the application's pool: behind the wall where one stands, else as the owner, and saying which."""

import structlog

from server.database.pool import Pool, open_guarded_pool, open_pool
from server.database.wall import standing_keys
from server.settings import Settings

log = structlog.get_logger()


class WallAbsent(Exception):
    """The operator requires the wall, and it does not stand."""


async def open_walled_pool(settings: Settings, *, url: str | None = None) -> Pool:
    """Return the application's pool. The caller closes it.

    Args:
        url: of a copy of the settings' database.

    Raises:
        WallAbsent: ``COMPTOIR_WALL=required`` and there is none: `comptoir doctor` says why.
    """
    url = url or settings.database_url
    found = None if settings.wall == "off" else await standing_keys(url)
    if found is not None:
        keys, password = found
        return await open_guarded_pool(url, keys, password, size=settings.pool_size)
    if settings.wall == "required":
        raise WallAbsent("the second wall does not stand in this database; see `comptoir doctor`")
    log.warning("wall.absent", wanted=settings.wall)
    return await open_pool(url, size=settings.pool_size)
