"""Killing the tablet at every point of what it does: each SQL statement, each line that touches its files.

``python -m tests.crash.kill_points [--flow NAME]`` prints one JSON object. Each flow is done on copies of one
prepared folder, killed with SIGKILL at its first, second, ... point; what is left is opened as a start would,
and must be whole: as before, as after, or as the flow's own rule says. Points are counted, not sampled.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from sync.replica import database
from tests.crash.flow import Flow
from tests.crash.flows import FLOWS

FAR = sys.maxsize
FILES = (
    "sync/replica/conversion.py", "sync/replica/salvage.py", "sync/replica/database.py",
    "mobile_app/vault.py", "mobile_app/sealed_files.py", "mobile_app/session.py", "mobile_app/lease.py",
    "mobile_app/unsent.py", "mobile_app/keystore.py",
)  # fmt: skip


class Counter:
    """Counts points, and kills this process at the one it is told."""

    def __init__(self, kill_at: int) -> None:
        self._left = kill_at

    def point(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_statements(self) -> None:
        """Count each statement of connections opened from now on."""
        connect = database.connect

        def counted(*arguments: Any, **named: Any) -> Any:
            connection = connect(*arguments, **named)
            connection.set_trace_callback(self.point)
            return connection

        database.connect = counted  # type: ignore[assignment]

    def watch_lines(self) -> None:
        """Count each line of the modules that touch files."""

        def in_function(frame: Any, event: str, _: Any) -> Any:
            if not frame.f_code.co_filename.endswith(FILES):
                return None
            if event == "line":
                self.point()
            return in_function

        sys.settrace(in_function)


def enumerate_kills(flow: Flow, folder: Path, *, stop_when_broken: bool = False) -> tuple[int, list[str]]:
    """Do a flow killed at each of its points; return how many there were and what was found broken."""
    prepared = folder / "prepared"
    prepared.mkdir()
    flow.prepare(prepared)
    before = flow.state(_copy(prepared, folder / "before"))
    finished = _copy(prepared, folder / "finished")
    if not _survives(flow, finished, FAR):
        return 0, [f"{flow.name}: does not come to its end"]
    after = flow.state(finished)
    broken = []
    kills = 0
    while True:
        left = _copy(prepared, folder / "left")
        done = _survives(flow, left, kills + 1)
        try:
            flow.judge(left, before, after)
        except Exception as error:
            broken.append(f"{flow.name}: killed at {kills + 1}: {type(error).__name__}: {str(error)[:120]}")
        shutil.rmtree(left)
        if done or (broken and stop_when_broken):
            return kills, broken
        kills += 1


def _survives(flow: Flow, folder: Path, kill_at: int) -> bool:
    """Do the flow in a process of its own; return whether it came to its end."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            counter = Counter(kill_at)
            if flow.statements:
                counter.watch_statements()
            if flow.lines:
                counter.watch_lines()
            flow.act(folder)
            sys.settrace(None)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"{flow.name} failed before its end")
    return True


def _copy(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


def attack(names: list[str], *, folder: Path | None = None) -> dict[str, Any]:
    """Enumerate the kills of these flows."""
    points: dict[str, int] = {}
    broken: list[str] = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="comptoir-kills-", dir=folder) as scratch:
            points[name], found = enumerate_kills(FLOWS[name], Path(scratch))
            broken += found
    return {"points": points, "kills": sum(points.values()), "broken": broken}


def main(words: list[str] | None = None) -> int:
    """Attack and print the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flow", action="append", choices=list(FLOWS), help="only this; repeatable")
    arguments = parser.parse_args(words)
    memory = Path("/dev/shm")
    chosen = arguments.flow or list(FLOWS)
    found = attack(chosen, folder=memory if memory.is_dir() else None)
    print(json.dumps(found))
    return int(bool(found["broken"]))


if __name__ == "__main__":
    sys.exit(main())
