"""Reading a store's file page by page, when SQLite will not: what each sound table page holds, row by row.

Source: https://sqlite.org/fileformat2.html for pages, cells, records and the log; for encrypted pages
SQLCipher 4 (AES-256-CBC, then HMAC-SHA512 over ciphertext, vector and page number).
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = 4096
VECTOR, CODE = 16, 64  # bytes at the end of an encrypted page
SALT = 16
LOG_HEADER, FRAME_HEADER = 32, 24
TABLE_LEAF = 13
MOST_OVERFLOW = 4096  # pages of one value; more is damage
_MAC_MASK = bytes([0x3A]) * SALT

Row = tuple[Any, ...]


def store_salt(key: bytes) -> bytes:
    """Return the salt of the store under this key: known without the file, whose header may be lost."""
    return hashlib.sha256(b"comptoir store salt" + key).digest()[:SALT]


class Pages:
    """The sound pages of a store's file and of its log."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self._key = key
        self.usable = PAGE - (VECTOR + CODE if key else 0)
        self.damaged = 0  # pages that could not be trusted
        if key is not None:
            masked = bytes(a ^ b for a, b in zip(store_salt(key), _MAC_MASK, strict=True))
            self._mac_key = hashlib.pbkdf2_hmac("sha512", key, masked, 2, 32)
        self.versions: dict[int, list[bytes]] = {}  # of each page, the latest last
        content = path.read_bytes() if path.exists() else b""
        if len(content) % PAGE:
            self.damaged += 1
        for start in range(0, len(content) - PAGE + 1, PAGE):
            self._take(start // PAGE + 1, content[start : start + PAGE])
        log = path.with_name(f"{path.name}-wal")
        if log.exists():
            self._take_log(log.read_bytes())

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Yield (rowid, values) of every record on every version of every page, older versions first."""
        for number, versions in self.versions.items():
            for page in versions:
                yield from self._rows_of(page, 100 if number == 1 else 0)

    def _take(self, number: int, page: bytes) -> None:
        sound = page if self._key is None else self._opened(number, page)
        if sound is None:
            self.damaged += 1
        else:
            self.versions.setdefault(number, []).append(sound)

    def _take_log(self, log: bytes) -> None:
        """Take the frames of this generation of the log, also those that no commit follows."""
        salts = log[16:24]
        for start in range(LOG_HEADER, len(log) - FRAME_HEADER - PAGE + 1, FRAME_HEADER + PAGE):
            header = log[start : start + FRAME_HEADER]
            if header[8:16] == salts:
                number = int.from_bytes(header[:4], "big")
                page = log[start + FRAME_HEADER : start + FRAME_HEADER + PAGE]
                self._take(number, page)

    def _opened(self, number: int, page: bytes) -> bytes | None:
        """Return the clear content of an encrypted page, or None when it is not as it was written."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        assert self._key is not None
        start = SALT if number == 1 else 0
        sealed, vector, code = page[start : self.usable], page[self.usable : -CODE], page[-CODE:]
        said = hmac.digest(self._mac_key, sealed + vector + struct.pack("<I", number), "sha512")
        if not hmac.compare_digest(said, code):
            return None
        decryptor = Cipher(algorithms.AES256(self._key), modes.CBC(vector)).decryptor()
        return bytes(start) + decryptor.update(sealed) + decryptor.finalize()

    def _rows_of(self, page: bytes, at: int) -> Iterator[tuple[int, Row]]:
        if page[at] != TABLE_LEAF:
            return
        (cells,) = struct.unpack_from(">H", page, at + 3)
        for place in range(cells):
            try:
                (start,) = struct.unpack_from(">H", page, at + 8 + 2 * place)
                size, start = _varint(page, start)
                rowid, start = _varint(page, start)
                yield rowid, _record(self._payload(page, start, size))
            except (struct.error, IndexError, ValueError):
                self.damaged += 1

    def _payload(self, page: bytes, start: int, size: int) -> bytes:
        usable = self.usable
        if size <= usable - 35:
            return page[start : start + size]
        least = (usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (usable - 4)
        if local > usable - 35:
            local = least
        parts = [page[start : start + local]]
        left = size - local
        (following,) = struct.unpack_from(">I", page, start + local)
        for _ in range(MOST_OVERFLOW):
            if left <= 0:
                break
            held = self.versions.get(following)
            if not held:
                raise ValueError("the rest of a value is lost")
            (following,) = struct.unpack_from(">I", held[-1], 0)
            parts.append(held[-1][4 : min(usable, 4 + left)])
            left -= usable - 4
        return b"".join(parts)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(9):
        byte = content[at + place]
        if place == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError


_WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _record(payload: bytes) -> Row:
    """Return the values of a record.

    Raises:
        ValueError, IndexError, struct.error: it is none.
    """
    size, at = _varint(payload, 0)
    kinds = []
    while at < size:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Any] = []
    for kind in kinds:
        if kind == 0:
            values.append(None)
        elif kind in _WIDTHS:
            values.append(int.from_bytes(payload[at : at + _WIDTHS[kind]], "big", signed=True))
            at += _WIDTHS[kind]
        elif kind == 7:
            values.append(struct.unpack_from(">d", payload, at)[0])
            at += 8
        elif kind in (8, 9):
            values.append(kind - 8)
        elif kind >= 12:
            length = (kind - 12) // 2
            content = payload[at : at + length]
            if len(content) != length:
                raise ValueError("cut")
            values.append(content if kind % 2 == 0 else content.decode())
            at += length
        else:
            raise ValueError("no such kind")
    return tuple(values)
