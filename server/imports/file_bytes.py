"""The bytes of a brought file as the reader of lines wants them: inflated, in UTF-8, with line feeds."""

import codecs
import gzip
import io
from pathlib import Path
from typing import IO, Any, cast

UTF_16 = "utf-16"
PROBED = 1 << 16  # bytes in which a file with line feeds shows one
LEAST_PAIRS = 4
MOSTLY_LATIN = 0.7  # of its letters
_BLOCK = 1 << 16


def is_compressed(path: Path) -> bool:
    """Whether the file is gzip."""
    with path.open("rb") as probe:
        return probe.read(2) == b"\x1f\x8b"


def is_wide(path: Path) -> bool:
    """Whether the file is UTF-16: it begins with its mark, or half of its bytes say so."""
    return _wide_form(_start(path)) is not None


def open_bytes(path: Path) -> IO[bytes]:
    """Return the file's bytes as a stream: inflated when they are gzip, UTF-16 as UTF-8.

    Lines that end in carriage returns alone come with line feeds in their place.
    """
    start = _start(path)
    if (form := _wide_form(start)) is not None:
        lone = "\r" in (text := start.decode(form, errors="ignore")) and "\n" not in text
        return _recoded(path, form, lone=lone)
    if b"\r" in start and b"\n" not in start:
        return _recoded(path, "latin-1", lone=True)
    return _opened(path)


def _wide_form(start: bytes) -> str | None:
    """Return which UTF-16 a file begins with. Without a mark Latin letters tell: every other byte is none."""
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return UTF_16
    pairs = len(start) // 2
    if pairs < LEAST_PAIRS or b"\x00" not in start:
        return None
    even, odd = start[: pairs * 2 : 2].count(0), start[1 : pairs * 2 : 2].count(0)
    if odd > MOSTLY_LATIN * pairs and not even:
        return "utf-16-le"
    return "utf-16-be" if even > MOSTLY_LATIN * pairs and not odd else None


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if is_compressed(path) else path.open("rb")


def _start(path: Path) -> bytes:
    with _opened(path) as stream:
        return stream.read(PROBED)


def _recoded(path: Path, encoding: str, *, lone: bool) -> IO[bytes]:
    return cast("IO[bytes]", io.BufferedReader(_Recoded(_opened(path), encoding, lone=lone)))


class _Recoded(io.RawIOBase):
    """A stream of bytes in another form. Bytes that are no text of theirs come as U+FFFD."""

    def __init__(self, stream: IO[bytes], encoding: str, *, lone: bool) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._to = "utf-8" if encoding.startswith(UTF_16) else encoding
        self._lone = lone
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        room = memoryview(buffer)
        ended = False
        while not self._left and not ended:
            block = self._stream.read(_BLOCK)
            ended = not block
            text = self._decoder.decode(block, final=ended)
            if self._lone:
                text = text.replace("\r", "\n")
            self._left = text.encode(self._to, errors="replace")
        taken = self._left[: len(room)]
        self._left = self._left[len(taken) :]
        room[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._stream.close()
        super().close()
