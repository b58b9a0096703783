"""The recorded messages are what we write, and what we read says what they say."""

import msgspec
import pytest

from schemas import protocol
from tests.sync.recorded_messages import FOLDER, MESSAGES, Recorded, recorded, said_by


def kept(name: str) -> Recorded:
    return msgspec.json.decode((FOLDER / f"{name}.json").read_bytes(), type=Recorded)


class TestRecordedMessages:
    def test_are_all_there_and_no_others(self) -> None:
        assert {path.stem for path in FOLDER.glob("*.json")} == set(MESSAGES)

    @pytest.mark.parametrize("name", MESSAGES)
    def test_are_read_as_they_say(self, name: str) -> None:
        found = kept(name)
        message = msgspec.msgpack.decode(bytes.fromhex(found.hex), type=getattr(protocol, found.struct))
        assert said_by(message) == found.says
        assert message == MESSAGES[name][1]

    @pytest.mark.parametrize("name", MESSAGES)
    def test_are_what_is_written_today(self, name: str) -> None:
        assert kept(name) == recorded(name)

    @pytest.mark.parametrize("name", MESSAGES)
    def test_may_grow_at_their_ends(self, name: str) -> None:
        found = kept(name)
        grown = [*msgspec.msgpack.decode(bytes.fromhex(found.hex)), "of a later version", {"x": 1}]
        kind = getattr(protocol, found.struct)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(grown), type=kind) == MESSAGES[name][1]

    @pytest.mark.parametrize("name", MESSAGES)
    def test_are_named_in_the_document(self, name: str) -> None:
        document = (FOLDER.parent / "sync-protocol.md").read_text(encoding="utf-8")
        assert f"`{name}`" in document
