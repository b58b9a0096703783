"""The tablet's line to the server, with a switch that cuts it."""

import httpx


class CuttableLine(httpx.AsyncBaseTransport):
    """Carries requests, or fails them like a tablet without network. The switch is for demonstrations."""

    def __init__(self, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._inner = inner or httpx.AsyncHTTPTransport(retries=0)
        self.cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            raise httpx.ConnectError("the line is cut", request=request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()
