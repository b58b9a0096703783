"""The examples of docs/connectors.md are read by the code they describe."""

import re
from pathlib import Path

import msgspec
import pytest

from server.connectors import contract, segment
from server.connectors.kinds import KINDS
from server.connectors.routes import NewConnector
from server.connectors.settings import ConnectorSettings, Context

TEXT = (Path(__file__).parents[3] / "docs" / "connectors.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
CALLS = re.findall(r"```sh\n.*?-d '(.*?)'\n```", TEXT, re.DOTALL)
CONTEXT = Context(
    source="till", brand="maison", settings=ConnectorSettings(), topic="track", received_at=1_772_000_000_000
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_document_of_the_contract_is_understood(example: str) -> None:
    assert list(contract.read(msgspec.json.decode(example), CONTEXT))


def test_every_kind_of_document_has_an_example() -> None:
    shown = {msgspec.json.decode(example)["type"] for example in EXAMPLES}
    assert shown == {"ticket", "touchpoint", "person", "consent", "sign_in"}


def test_every_kind_of_connector_is_in_the_table() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == set(KINDS)


def test_the_calls_are_ones_that_are_taken() -> None:
    made, tracked = CALLS
    assert msgspec.json.decode(made, type=NewConnector).kind == "shopify"
    assert list(segment.read(msgspec.json.decode(tracked), CONTEXT))
