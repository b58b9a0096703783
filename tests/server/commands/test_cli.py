"""The command line: explains itself, answers with useful exit codes, speaks JSON when asked."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli import COMMANDS, main, parser


def _unexplained(made: argparse.ArgumentParser) -> Iterator[str]:
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _unexplained(inner)
        elif not action.help:
            yield f"{made.prog} {action.dest}"


class TestMain:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_explains_every_command(self, command: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0
        assert "--json" in capsys.readouterr().out

    @pytest.mark.parametrize("command", COMMANDS)
    def test_leaves_no_word_of_a_command_unexplained(self, command: str) -> None:
        assert list(_unexplained(parser(command))) == []

    def test_explains_itself_when_nothing_is_asked(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([]) == 2
        printed = capsys.readouterr().out
        assert all(command in printed for command in COMMANDS)

    def test_answers_2_to_a_command_it_does_not_know(self) -> None:
        with pytest.raises(SystemExit) as left:
            main(["dance"])
        assert left.value.code == 2

    def test_says_in_one_line_that_the_database_does_not_answer(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["migrate", "--database-url", "postgresql://nobody@127.0.0.1:1/none", "--json"]) == 1
        printed = capsys.readouterr()
        assert "does not answer" in json.loads(printed.out)["error"]
        assert len(printed.err.splitlines()) == 1

    def test_imports_no_command_before_it_is_asked_for(self) -> None:
        code = "import server.cli, sys; sys.exit('asyncpg' in sys.modules or 'litestar' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestMigrate:
    def test_makes_an_embedded_database_and_repeats_harmlessly(
        self, open_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        for _ in range(2):
            assert main(["migrate", "--data", str(open_path), "--json"]) == 0
            assert json.loads(capsys.readouterr().out) == {"migrated": True}
