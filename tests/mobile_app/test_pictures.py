"""Pictures are fetched once, kept, and absent without harm."""

import asyncio
from pathlib import Path

import httpx
import pytest

from mobile_app.pictures import BIGGEST, Pictures

PNG = b"\x89PNG made for a test"


class Shelf:
    """Answers like the server's catalogue."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cut = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.cut:
            raise httpx.ConnectError("no line", request=request)
        self.asked.append(request.url.raw_path.decode())
        match request.url.path:
            case "/v1/products/BAG/picture":
                return httpx.Response(200, content=PNG, headers={"content-type": "image/png"})
            case "/v1/products/PORTAL/picture":
                return httpx.Response(200, content=b"<html>", headers={"content-type": "text/html"})
            case "/v1/products/HUGE/picture":
                return httpx.Response(
                    200, content=b"x" * (BIGGEST + 1), headers={"content-type": "image/png"}
                )
            case _:
                return httpx.Response(404)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def pictures(shelf: Shelf, tmp_path: Path) -> Pictures:
    async def bearer() -> str:
        return "token"

    client = httpx.AsyncClient(transport=httpx.MockTransport(shelf.answer), base_url="http://house")
    return Pictures(tmp_path / "pictures", client, bearer=bearer)


class TestAPicture:
    def test_is_fetched_once_and_drawn_without_a_line(self, pictures: Pictures, shelf: Shelf) -> None:
        path = asyncio.run(pictures.file_of("BAG"))
        assert path is not None and path.read_bytes() == PNG
        shelf.cut = True
        assert asyncio.run(pictures.file_of("BAG")) == path
        assert len(shelf.asked) == 1

    @pytest.mark.parametrize("sku", ["PORTAL", "HUGE", "NONE"])
    def test_that_is_none_is_no_picture(self, pictures: Pictures, sku: str) -> None:
        assert asyncio.run(pictures.file_of(sku)) is None

    def test_that_does_not_exist_is_asked_for_once(self, pictures: Pictures, shelf: Shelf) -> None:
        for _ in range(3):
            asyncio.run(pictures.file_of("NONE"))
        assert len(shelf.asked) == 1

    def test_without_a_line_is_asked_for_again_later(self, pictures: Pictures, shelf: Shelf) -> None:
        shelf.cut = True
        assert asyncio.run(pictures.file_of("BAG")) is None
        shelf.cut = False
        assert asyncio.run(pictures.file_of("BAG")) is not None

    def test_of_a_hostile_sku_stays_in_its_folder(
        self, pictures: Pictures, shelf: Shelf, tmp_path: Path
    ) -> None:
        asyncio.run(pictures.file_of("../../etc/passwd"))
        assert shelf.asked == ["/v1/products/..%2F..%2Fetc%2Fpasswd/picture"]
        assert not list(tmp_path.rglob("passwd*"))
