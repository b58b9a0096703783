"""A disk in memory under the real SQLite: it notes what is written and what is brought to the platter.

It is a SQLite VFS made with ctypes, registered in the very library that Python's driver uses. From its log
can be worked out what a power cut leaves at any moment: everything before the last sync of a file, and of
what came after it any part, in any order, torn at sectors.
"""

import ctypes as c
import os
import random
import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

OK, PERM, READ_ONLY, FULL, NOT_FOUND, CANNOT_OPEN = 0, 3, 8, 13, 12, 14
SHORT_READ = 10 | (2 << 8)
NO_SUCH_FILE = 10 | (23 << 8)
READ_WRITE = 0x2
DELETE_ON_CLOSE = 0x8
SAFE_OVERWRITE = 0x1000  # what SQLite's own VFS promises: bytes beside a write are not harmed
SECTOR = 512

_names = count(1)


class NoSuchLibrary(Exception):
    """The library of a driver does not show its functions here."""


class Write(NamedTuple):
    file: int
    offset: int
    content: bytes


class Truncate(NamedTuple):
    file: int
    size: int


class Sync(NamedTuple):
    file: int


class Create(NamedTuple):
    name: str
    file: int


class Delete(NamedTuple):
    name: str
    synced: bool


class Mark(NamedTuple):
    """What the program on this disk had reached."""

    place: int


Op = Write | Truncate | Sync | Create | Delete | Mark


class _File(c.Structure):
    _fields_ = [("methods", c.c_void_p), ("number", c.c_longlong)]


_P = c.c_void_p
_I = c.c_int
_L = c.c_longlong
_IO = {
    "xClose": (_P,),
    "xRead": (_P, _P, _I, _L),
    "xWrite": (_P, _P, _I, _L),
    "xTruncate": (_P, _L),
    "xSync": (_P, _I),
    "xFileSize": (_P, c.POINTER(_L)),
    "xLock": (_P, _I),
    "xUnlock": (_P, _I),
    "xCheckReservedLock": (_P, c.POINTER(_I)),
    "xFileControl": (_P, _I, _P),
    "xSectorSize": (_P,),
    "xDeviceCharacteristics": (_P,),
    "xShmMap": (_P, _I, _I, _I, c.POINTER(_P)),
    "xShmLock": (_P, _I, _I, _I),
    "xShmBarrier": (_P,),
    "xShmUnmap": (_P, _I),
}
_VFS = {
    "xOpen": (_P, c.c_char_p, c.POINTER(_File), _I, c.POINTER(_I)),
    "xDelete": (_P, c.c_char_p, _I),
    "xAccess": (_P, c.c_char_p, _I, c.POINTER(_I)),
    "xFullPathname": (_P, c.c_char_p, _I, _P),
    "xDlOpen": (_P, c.c_char_p),
    "xDlError": (_P, _I, _P),
    "xDlSym": (_P, _P, c.c_char_p),
    "xDlClose": (_P, _P),
    "xRandomness": (_P, _I, _P),
    "xSleep": (_P, _I),
    "xCurrentTime": (_P, c.POINTER(c.c_double)),
    "xGetLastError": (_P, _I, _P),
}
_IO_TYPES = {name: c.CFUNCTYPE(_I, *kinds) for name, kinds in _IO.items()}
_VFS_TYPES = {name: c.CFUNCTYPE(_I, *kinds) for name, kinds in _VFS.items()}


class _Methods(c.Structure):
    _fields_ = [("version", _I), *_IO_TYPES.items()]


class _Vfs(c.Structure):
    _fields_ = [
        ("version", _I),
        ("file_size", _I),
        ("longest_name", _I),
        ("next", _P),
        ("name", c.c_char_p),
        ("data", _P),
        *_VFS_TYPES.items(),
    ]


def library_of(key: bytes | None) -> Any:
    """Return the SQLite that a plain or an encrypted store is opened with.

    Raises:
        NoSuchLibrary: it is built in such a way that nobody else can call it.
    """
    if key is not None:
        import sqlcipher3._sqlite3 as module

        candidates = [module.__file__]
    else:
        import _sqlite3

        sqlite3.connect(":memory:").close()
        maps = Path("/proc/self/maps")
        loaded = maps.read_text().split() if maps.exists() else []
        candidates = [word for word in dict.fromkeys(loaded) if "libsqlite3" in word]
        candidates.append(getattr(_sqlite3, "__file__", None))
    for path in candidates:
        library = c.CDLL(path)
        if hasattr(library, "sqlite3_vfs_register"):
            return library
    raise NoSuchLibrary


class Disk:
    """Files in memory, and the log of what was done to them.

    ``room`` is how many bytes the files may have together; ``read_only`` refuses writes.
    """

    def __init__(self, key: bytes | None) -> None:
        self.vfs = f"disk{next(_names)}"
        self.log: list[Op] = []
        self.files: dict[int, bytearray] = {}
        self.names: dict[str, int] = {}
        self.room: int | None = None
        self.read_only = False
        self._numbers = count(1)
        self._doomed: dict[int, str] = {}
        self._shared: dict[int, Any] = {}
        self._library = library_of(key)
        self._kept: list[Any] = []
        self._methods = _Methods(version=2, **self._bound(_IO_TYPES, "_io_"))
        self._structure = _Vfs(
            version=1,
            file_size=c.sizeof(_File),
            longest_name=512,
            name=self.vfs.encode(),
            **self._bound(_VFS_TYPES, "_vfs_"),
        )
        self._library.sqlite3_vfs_register.argtypes = [_P, _I]
        self._library.sqlite3_vfs_unregister.argtypes = [_P]
        self._library.sqlite3_vfs_register(c.addressof(self._structure), 0)

    def close(self) -> None:
        """Take the disk out; no connection may be on it."""
        self._library.sqlite3_vfs_unregister(c.addressof(self._structure))

    def mark(self, place: int) -> None:
        """Note in the log how far the program is."""
        self.log.append(Mark(place))

    def read(self, name: str) -> bytes:
        """Return a file as the program sees it."""
        return bytes(self.files[self.names[name]])

    def put(self, name: str, content: bytes) -> None:
        """Have a file here that has long been on the platter."""
        number = next(self._numbers)
        self.files[number], self.names[name] = bytearray(content), number
        self.log += [Create(name, number), Write(number, 0, content), Sync(number)]

    def _bound(self, kinds: dict[str, Any], prefix: str) -> dict[str, Any]:
        made = {}
        for name, kind in kinds.items():
            method: Callable[..., int] | None = getattr(self, prefix + name[1:].lower(), None)
            made[name] = kind(method or (lambda *_: OK))
        self._kept.append(made)
        return made

    # What SQLite asks of a disk

    def _vfs_open(self, _: int, name: bytes | None, file: Any, flags: int, out: Any) -> int:
        text = name.decode() if name else f"temporary{next(_names)}"
        number = self.names.get(text)
        if number is None:
            if self.read_only:
                return CANNOT_OPEN
            number = next(self._numbers)
            self.files[number], self.names[text] = bytearray(), number
            self.log.append(Create(text, number))
        if flags & DELETE_ON_CLOSE:
            self._doomed[number] = text
        file.contents.methods = c.addressof(self._methods)
        file.contents.number = number
        if out:
            out[0] = flags
        return OK

    def _vfs_delete(self, _: int, name: bytes, synced: int) -> int:
        if self.names.pop(name.decode(), None) is None:
            return NO_SUCH_FILE
        self.log.append(Delete(name.decode(), bool(synced)))
        return OK

    def _vfs_access(self, _: int, name: bytes, __: int, out: Any) -> int:
        out[0] = int(name.decode() in self.names)
        return OK

    def _vfs_fullpathname(self, _: int, name: bytes, size: int, out: int) -> int:
        if len(name) >= size:
            return CANNOT_OPEN
        c.memmove(out, name + b"\0", len(name) + 1)
        return OK

    def _vfs_randomness(self, _: int, size: int, out: int) -> int:
        c.memmove(out, os.urandom(size), size)
        return size

    def _vfs_currenttime(self, _: int, out: Any) -> int:
        out[0] = 2461000.5
        return OK

    def _io_close(self, file: int) -> int:
        number = _File.from_address(file).number
        if number in self._doomed:
            self.names.pop(self._doomed.pop(number), None)
        return OK

    def _io_read(self, file: int, out: int, size: int, offset: int) -> int:
        content = bytes(self.files[_File.from_address(file).number][offset : offset + size])
        c.memmove(out, content.ljust(size, b"\0"), size)
        return OK if len(content) == size else SHORT_READ

    def _io_write(self, file: int, data: int, size: int, offset: int) -> int:
        number = _File.from_address(file).number
        if self.read_only:
            return READ_ONLY
        held = self.files[number]
        grown = max(0, offset + size - len(held))
        if self.room is not None and grown and sum(map(len, self.files.values())) + grown > self.room:
            return FULL
        content = c.string_at(data, size)
        _put(held, offset, content)
        self.log.append(Write(number, offset, content))
        return OK

    def _io_truncate(self, file: int, size: int) -> int:
        number = _File.from_address(file).number
        del self.files[number][size:]
        self.log.append(Truncate(number, size))
        return OK

    def _io_sync(self, file: int, _: int) -> int:
        self.log.append(Sync(_File.from_address(file).number))
        return OK

    def _io_filesize(self, file: int, out: Any) -> int:
        out[0] = len(self.files[_File.from_address(file).number])
        return OK

    def _io_checkreservedlock(self, _: int, out: Any) -> int:
        out[0] = 0
        return OK

    def _io_filecontrol(self, *_: int) -> int:
        return NOT_FOUND

    def _io_sectorsize(self, _: int) -> int:
        return SECTOR

    def _io_devicecharacteristics(self, _: int) -> int:
        return SAFE_OVERWRITE

    def _io_shmmap(self, file: int, page: int, size: int, extend: int, out: Any) -> int:
        number = _File.from_address(file).number
        pages = self._shared.setdefault(number, {})
        if page not in pages and extend:
            pages[page] = c.create_string_buffer(size)
        out[0] = c.addressof(pages[page]) if page in pages else None
        return OK

    def _io_shmunmap(self, file: int, _: int) -> int:
        self._shared.pop(_File.from_address(file).number, None)
        return OK


class _Lying:
    """One file on the platter: what is there for sure, and what may be."""

    def __init__(self) -> None:
        self.sure = bytearray()
        self.perhaps: list[Write | Truncate] = []

    def sync(self) -> None:
        for op in self.perhaps:
            _do(self.sure, op)
        self.perhaps = []


class Platter:
    """What the disk holds for sure after each operation, and what a power cut may make of the rest."""

    def __init__(self) -> None:
        self._files: dict[int, _Lying] = {}
        self._entries: dict[str, list[int | None]] = {}  # the first is sure, the others perhaps
        self.place = -1  # of the last mark

    def follow(self, op: Op) -> None:
        """Take the next operation of a log."""
        match op:
            case Write() | Truncate():
                self._files[op.file].perhaps.append(op)
            case Sync(file=file):
                self._files[file].sync()
                for name, entries in self._entries.items():
                    if file in entries:  # SQLite syncs the folder with the first sync of a file it made
                        self._entries[name] = entries[entries.index(file) :]
            case Create(name=name, file=file):
                self._files[file] = _Lying()
                self._entries.setdefault(name, [None]).append(file)
            case Delete(name=name, synced=synced):
                entries = self._entries[name]
                self._entries[name] = [None] if synced else [*entries, None]
            case Mark(place=place):
                self.place = place

    def after_a_cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return the files that one power cut now may leave."""
        left = {}
        for name, entries in self._entries.items():
            number = chance.choice(entries)
            if number is not None:
                left[name] = bytes(self._torn(self._files[number], chance))
        return left

    @staticmethod
    def _torn(file: _Lying, chance: random.Random) -> bytearray:
        content = bytearray(file.sure)
        kept = chance.choice((0.0, 0.5, 0.9, 1.0))  # how much of what was not synced arrived
        for op in file.perhaps:
            if chance.random() >= kept:
                if isinstance(op, Write) and chance.random() < 0.3:
                    for start in range(0, len(op.content), SECTOR):
                        if chance.random() < 0.5:
                            _put(content, op.offset + start, op.content[start : start + SECTOR])
                continue
            _do(content, op)
        return content


def _do(content: bytearray, op: Write | Truncate) -> None:
    if isinstance(op, Truncate):
        del content[op.size :]
    else:
        _put(content, op.offset, op.content)


def _put(held: bytearray, offset: int, content: bytes) -> None:
    if len(held) < offset:
        held.extend(bytes(offset - len(held)))
    held[offset : offset + len(content)] = content
