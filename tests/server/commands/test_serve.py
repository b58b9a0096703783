"""`comptoir serve` with several processes: one address, one shutdown."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil

from server.database.embedded import free_port

START_S = 90


ASKED = 40  # requests, so that both processes answer some


def answered(metrics: str, route: str) -> float:
    """Return how many requests to a route all processes together answered with 200."""
    start = f'comptoir_request_seconds_count{{method="GET",route="{route}",status="200"}} '
    return sum(float(line.removeprefix(start)) for line in metrics.splitlines() if line.startswith(start))


class TestServe:
    def test_serves_with_several_processes_and_ends_them_all(self, database: str, tmp_path: Path) -> None:
        port, metrics_port = free_port(), free_port()
        command = [sys.executable, "-P", "-m", "server.cli", "serve", "--port", str(port), "--workers", "2"]
        command += ["--metrics", str(metrics_port)]
        environment = {**os.environ, "DATABASE_URL": database, "COMPTOIR_HOME": str(tmp_path)}
        environment["COMPTOIR_WATCH_S"] = "1"
        with subprocess.Popen(command, env=environment, start_new_session=True) as parent:
            try:
                deadline = time.monotonic() + START_S
                while True:
                    try:
                        if httpx.get(f"http://127.0.0.1:{port}/ready", timeout=START_S).status_code == 200:
                            break
                    except httpx.HTTPError:
                        assert parent.poll() is None and time.monotonic() < deadline
                        time.sleep(0.1)
                children = psutil.Process(parent.pid).children(recursive=True)
                workers = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
                assert len(workers) == 2
                assert all(each.memory_info().rss < 200 << 20 for each in workers)
                for _ in range(ASKED):  # each by a connection of its own
                    httpx.get(f"http://127.0.0.1:{port}/health", timeout=START_S)
                metrics = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=START_S).text
                assert answered(metrics, "/health") == ASKED
                while 'comptoir_backlog{kind="alarms_open"} 0.0' not in metrics:
                    assert time.monotonic() < deadline
                    time.sleep(0.2)
                    metrics = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", timeout=START_S).text
                assert metrics.count("comptoir_resident_bytes{") == len(workers)
            finally:
                parent.send_signal(signal.SIGTERM)
                parent.wait(60)
        assert parent.returncode == 0
        assert psutil.wait_procs(children, timeout=START_S)[1] == []

    def test_says_what_an_empty_database_lacks(self, cluster: object, tmp_path: Path) -> None:
        url = cluster.ensure_database("never_migrated")  # type: ignore[attr-defined]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "server.cli", "serve", "--workers", "2"],
            env={**os.environ, "DATABASE_URL": url, "COMPTOIR_HOME": str(tmp_path)},
            capture_output=True,
            encoding="utf-8",
            timeout=START_S,
            check=False,
        )
        assert done.returncode == 1 and "comptoir migrate" in done.stderr
