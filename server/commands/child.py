"""A process that a command starts and never leaves behind."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

__all__ = ["Child"]

GRACE_S = 10


class Child:
    """One process with its own group and log; stopped, with all it started, on the way out.

    Its own group, because Ctrl-C in a terminal reaches every process of ours at once: the parent alone shall
    hear it and stop the children in order.
    """

    def __init__(self, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path | None) -> None:
        """Start it. Without a log it speaks where we speak."""
        self.log = log
        with contextlib.ExitStack() as stack:
            output = None
            if log is not None:
                log.parent.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context(open(log, "ab"))
            self._process = subprocess.Popen(
                [sys.executable, "-P", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """The code it ended with; None while it runs."""
        return self._process.poll()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Return its exit code, or None when it still runs after the time given."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def last_words(self) -> str:
        """Return the last line of its log."""
        if self.log is None:
            return "see above"
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def stop(self) -> None:
        """Ask it and its descendants to end, and insist after a while. Safe to call twice."""
        if self.exit_code is None:
            self._signal(signal.SIGTERM)
            self.wait(GRACE_S)
        # What it started may have outlived it.
        if sys.platform != "win32":
            self._signal(signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        if sys.platform == "win32":
            self._process.terminate()
            return
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
