"""A process started by a command ends with it, and so does everything that process started."""

import os
import time
from pathlib import Path

import psutil

from server.commands.child import Child


def living(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class TestChild:
    def test_ends_with_its_descendants(self, tmp_path: Path) -> None:
        code = (
            "import subprocess, sys, time;"
            "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
            "print(p.pid, flush=True); time.sleep(60)"
        )
        log = tmp_path / "log"
        with Child(["-c", code], environment=os.environ, log=log) as child:
            while not log.read_text().strip():
                time.sleep(0.01)
            grandchild = int(child.last_words())
            assert living(grandchild)
        assert child.exit_code is not None
        deadline = time.monotonic() + 60
        while living(grandchild) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not living(grandchild)

    def test_that_does_not_listen_is_ended_all_the_same(self, tmp_path: Path) -> None:
        from server.commands import child as module

        code = (
            "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
            "print(1, flush=True); time.sleep(60)"
        )
        grace, module.GRACE_S = module.GRACE_S, 1
        try:
            with Child(["-c", code], environment=os.environ, log=tmp_path / "log") as child:
                while not (tmp_path / "log").read_text():
                    time.sleep(0.01)
        finally:
            module.GRACE_S = grace
        assert child.exit_code == -9

    def test_tells_its_code_and_its_last_words(self, tmp_path: Path) -> None:
        code = "import sys; print('why'); sys.exit(3)"
        with Child(["-c", code], environment=os.environ, log=tmp_path / "log") as child:
            assert child.wait(10) == 3
            assert child.last_words() == "why"
