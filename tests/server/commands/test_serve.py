"""`comptoir serve` with several processes: one address, one shutdown."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

START_S = 90


class TestServe:
    def test_serves_with_several_processes_and_ends_them_all(self, database: str, tmp_path: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-P", "-m", "server.cli", "serve", "--port", str(port), "--workers", "2"]
        environment = {**os.environ, "DATABASE_URL": database, "COMPTOIR_HOME": str(tmp_path)}
        with subprocess.Popen(command, env=environment, start_new_session=True) as parent:
            try:
                deadline = time.monotonic() + START_S
                while True:
                    try:
                        if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                            break
                    except httpx.HTTPError:
                        assert parent.poll() is None and time.monotonic() < deadline
                        time.sleep(0.1)
                children = psutil.Process(parent.pid).children(recursive=True)
                workers = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
                assert len(workers) == 2
                assert all(each.memory_info().rss < 200 << 20 for each in workers)
            finally:
                parent.send_signal(signal.SIGTERM)
                parent.wait(60)
        assert parent.returncode == 0
        assert psutil.wait_procs(children, timeout=20)[1] == []

    def test_says_what_an_empty_database_lacks(self, cluster: object, tmp_path: Path) -> None:
        url = cluster.ensure_database("never_migrated")  # type: ignore[attr-defined]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "server.cli", "serve", "--workers", "2"],
            env={**os.environ, "DATABASE_URL": url, "COMPTOIR_HOME": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 1 and "comptoir migrate" in done.stderr
