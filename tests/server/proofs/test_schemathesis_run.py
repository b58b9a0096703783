"""Whether Schemathesis makes every check that we say it makes, and leaves out those alone that we name."""

from pathlib import Path
from typing import Any

import pytest

from server.proofs.schemathesis_run import RELAXED, _settings

schemathesis = pytest.importorskip("schemathesis")

ANSWER = {"responses": {"200": {"description": "Fine."}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "x", "version": "1"},
    "paths": {"/whole": {"get": ANSWER, "post": ANSWER}, "/partly/{id}": {"get": ANSWER}},
}
NO_LIMIT = "max_response_time"  # which says nothing without one


class TestSettings:
    def test_leave_out_what_is_relaxed_where_it_is_and_nothing_elsewhere(self, tmp_path: Path) -> None:
        file = tmp_path / "settings.toml"
        file.write_text("".join(_settings(DOCUMENT, {"/partly/{id}"})))
        config = schemathesis.Config.from_path(file)
        schema = schemathesis.openapi.from_dict(DOCUMENT, config=config)

        assert _left_out(schema, "/whole", "GET") == _left_out(schema, "/whole", "POST") == {NO_LIMIT}
        assert _left_out(schema, "/partly/{id}", "GET") == {
            NO_LIMIT,
            *(check for check in RELAXED if check != "positive_data_acceptance"),
        }


def _left_out(schema: Any, path: str, method: str) -> set[str]:
    made = schema.config.checks_config_for(operation=schema[path][method], phase="coverage")
    return {name for name in type(made).__slots__ if getattr(getattr(made, name), "enabled", True) is False}
