"""What is looked at in a body before the framework reads it."""

import contextlib
import time

import pytest

from server.gate import inspect_json
from server.problems import Refusal


class TestInspectJson:
    @pytest.mark.parametrize("piece", (b'\\"', b'"', b"\\", b'"a', b'\\\\"'))
    def test_reads_what_never_closes_in_a_time_that_grows_with_its_length(self, piece: bytes) -> None:
        began = time.process_time()
        for before in (b'"', b'{"'):  # on the way of the one that was quadratic this took minutes
            with contextlib.suppress(Refusal):
                inspect_json(before + piece * 60_000)
        assert time.process_time() - began < 30

    @pytest.mark.parametrize(
        "body", (b'{"a":"[[[["}', b'{"a":"\\"[[[["}', b'["\\\\",[1]]', b'{"a":"' + b"[" * 99)
    )
    def test_counts_no_bracket_within_a_string(self, body: bytes) -> None:
        inspect_json(body, depth_limit=2)

    @pytest.mark.parametrize("body", (b'["",[[1]]]', b'["\\\\",[[1]]]', b'["a\\"",[[1]]]'))
    def test_counts_those_that_come_after_one(self, body: bytes) -> None:
        with pytest.raises(Refusal):
            inspect_json(body, depth_limit=2)
