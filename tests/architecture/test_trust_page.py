"""The page that says which test keeps which promise names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)*)`", (ROOT / "docs/trust.md").read_text())))


@pytest.mark.parametrize("name", NAMED)
def test_exists(name: str) -> None:
    path, *wanted = name.split("::")
    scope: list[ast.stmt] = ast.parse((ROOT / path).read_text()).body
    for word in wanted:
        found = [
            each
            for each in scope
            if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and each.name == word
        ]
        assert found, f"{path} has no {word}"
        scope = found[0].body


def test_names_enough_to_be_a_page() -> None:
    assert len(NAMED) > 20
