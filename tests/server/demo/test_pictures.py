"""Pictures are real PNG files, the same every time, one shape for every product."""

import io
from itertools import pairwise
from pathlib import Path

from PIL import Image

from server.demo.catalog import catalogue
from server.demo.drawing import Canvas, box, ellipse
from server.demo.pictures import SHAPES, draw_picture, write_pictures


def _pixels(png: bytes) -> tuple[int, list[bytes]]:
    """Return the width of a square PNG and its rows of red, green and blue."""
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    assert picture.mode == "RGB"
    assert picture.width == picture.height
    raw, line = picture.tobytes(), picture.width * 3
    return picture.width, [raw[place : place + line] for place in range(0, len(raw), line)]


class TestDrawPicture:
    def test_knows_the_shape_of_every_product(self) -> None:
        assert {one.shape for one in catalogue()} <= set(SHAPES)

    def test_draws_the_same_bytes_again(self) -> None:
        one = catalogue()[7]
        assert draw_picture(one, pixels=64) == draw_picture(one, pixels=64)

    def test_draws_every_shape_on_warm_paper(self) -> None:
        seen = set()
        for one in catalogue():
            if one.shape in seen:
                continue
            seen.add(one.shape)
            width, rows = _pixels(draw_picture(one, pixels=48))
            assert width == 48
            red, green, blue = rows[0][:3]
            assert red > green > blue > 220  # paper in the corner
            assert len({row[i : i + 3] for row in rows for i in range(0, len(row), 3)}) > 100, one.shape

    def test_shows_colours_apart(self) -> None:
        pictures = {draw_picture(one, pixels=32) for one in catalogue() if one.shape == "bag_flap"}
        assert len(pictures) == len({one.colour for one in catalogue() if one.shape == "bag_flap"})


class TestCanvas:
    def test_fills_exactly_what_lies_inside(self) -> None:
        canvas = Canvas.paper(10, top=(255, 255, 255), bottom=(255, 255, 255))
        canvas.fill(box(20, 20, 30, 30), top=(0, 0, 0))

        _width, rows = _pixels(canvas.png())

        for y, row in enumerate(rows):
            for x in range(10):
                inside = 2 <= x < 5 and 2 <= y < 5
                assert row[x * 3 : x * 3 + 3] == (b"\0\0\0" if inside else b"\xff\xff\xff")

    def test_mixes_at_the_edge(self) -> None:
        canvas = Canvas.paper(10, top=(255, 255, 255), bottom=(255, 255, 255))
        canvas.fill(box(25, 0, 25, 100), top=(0, 0, 0))

        _width, rows = _pixels(canvas.png())

        assert 50 < rows[5][2 * 3] < 205

    def test_leaves_a_hole_that_runs_the_other_way(self) -> None:
        canvas = Canvas.paper(50, top=(255, 255, 255), bottom=(255, 255, 255))
        canvas.fill(ellipse(50, 50, 40), list(reversed(ellipse(50, 50, 20))), top=(0, 0, 0))

        _width, rows = _pixels(canvas.png())

        assert rows[25][25 * 3] == 255
        assert rows[25][10 * 3] == 0

    def test_lets_a_shadow_end_softly_at_its_ellipse(self) -> None:
        canvas = Canvas.paper(200, top=(240, 240, 240), bottom=(240, 240, 240))
        canvas.shadow((50, 50), width=60, height=20)

        _width, rows = _pixels(canvas.png())

        assert {rows[81][x * 3] for x in range(200) if not 80 < x < 120} == {240}  # nothing in the corners
        middle = [rows[100][x * 3] for x in range(38, 101)]
        assert middle[0] == 240
        assert 170 < middle[-1] < 190
        assert all(-4 < after - before <= 0 for before, after in pairwise(middle))


class TestWritePictures:
    def test_draws_only_what_is_missing(self, tmp_path: Path) -> None:
        for one in catalogue()[1:]:
            (tmp_path / str(one.product.picture)).write_bytes(b"kept")

        assert write_pictures(tmp_path) == 1
        assert write_pictures(tmp_path) == 0
        assert (tmp_path / str(catalogue()[0].product.picture)).read_bytes()[:4] == b"\x89PNG"
