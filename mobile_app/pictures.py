"""Pictures of products on this tablet: fetched once, kept in the person's folder, drawn without a line."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import httpx

from mobile_app.sealed_files import replace_file
from sync.replica.transport import RequestRejected

TIMEOUT_S = 10.0
BIGGEST = 2 << 20  # bytes; a larger one is no picture of a tile
KINDS = {"image/png": ".png", "image/jpeg": ".jpg"}


class Pictures:
    """The pictures of one folder. They hold no personal data, yet go with the person's store."""

    def __init__(
        self, folder: Path, client: httpx.AsyncClient, *, bearer: Callable[[], Awaitable[str]]
    ) -> None:
        self._folder = folder
        self._client = client
        self._bearer = bearer
        self._absent: set[str] = set()

    def kept(self, sku: str) -> Path | None:
        """Return the file of a picture that is here."""
        stem = _stem(sku)
        return next(
            (path for kind in KINDS.values() if (path := self._folder / f"{stem}{kind}").exists()), None
        )

    async def file_of(self, sku: str) -> Path | None:
        """Return the file of a picture, fetched if need be; None where there is none or no line."""
        if (path := self.kept(sku)) is not None or sku in self._absent:
            return path
        try:
            bearer = {"Authorization": f"Bearer {await self._bearer()}"}
            reply = await self._client.get(
                f"/v1/products/{quote(sku, safe='')}/picture", headers=bearer, timeout=TIMEOUT_S
            )
        except (httpx.HTTPError, RequestRejected):
            return None
        kind = KINDS.get(reply.headers.get("content-type", "").partition(";")[0])
        if reply.status_code != httpx.codes.OK or kind is None or len(reply.content) > BIGGEST:
            if reply.is_client_error:
                self._absent.add(sku)
            return None
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{_stem(sku)}{kind}"
        replace_file(path, reply.content)
        return path


def _stem(sku: str) -> str:
    """Return a file name that no SKU can lead out of the folder by."""
    return hashlib.blake2b(sku.encode(), digest_size=12).hexdigest()
