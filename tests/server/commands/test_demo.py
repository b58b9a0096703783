"""The demo starts everything, tells where it is, and leaves no process behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from server.commands.demo import free_port, has_display

ROOT = Path(__file__).parents[3]
WRITTEN = "http://127.0.0.1:8000/v1"  # the server of docs/head-office.md
PATIENCE_S = 60  # on a machine that does other things too


def listen_to_ctrl_c() -> None:
    """What runs in the background of a shell script is deaf to Ctrl-C, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class TestDemo:
    def start(self, data: Path) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        options = ["--no-tablet", "--json", "--customers", "30", "--port", "0", "--data", str(data)]
        return subprocess.Popen(
            [sys.executable, "-m", "server.cli", "demo", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            preexec_fn=listen_to_ctrl_c,
        )

    def test_answers_head_office_as_its_page_says(self, open_path: Path) -> None:
        page = (ROOT / "docs" / "head-office.md").read_text()
        script = "\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL))
        demo = self.start(open_path)
        try:
            assert demo.stdout is not None
            server = json.loads(demo.stdout.readline())["server"]
            assert script.count(WRITTEN) == 1
            run = [sys.executable, "-c", script.replace(WRITTEN, server)]
            done = subprocess.run(run, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
            assert done.returncode == 0, done.stderr[-2000:]
            assert "purchases" in done.stdout and "customers of Lyon" in done.stdout
        finally:
            demo.terminate()
            demo.wait(PATIENCE_S)

    def test_serves_a_made_brand_and_stops_what_it_started(self, open_path: Path) -> None:
        counts: list[object] = []
        for _ in range(2):
            demo = self.start(open_path)
            try:
                assert demo.stdout is not None
                facts = json.loads(demo.stdout.readline())
                ready = facts["server"].removesuffix("/v1") + "/ready"
                assert httpx.get(ready, timeout=PATIENCE_S).status_code == 200
                who = {"code": facts["staff"][0]["code"], "password": facts["password"]}
                door = f"{facts['server']}/auth/sign-in"
                assert httpx.post(door, json=who, timeout=PATIENCE_S).status_code == 200
                counts.append(facts["made"].get("customer"))
                children = psutil.Process(demo.pid).children(recursive=True)
                demo.send_signal(signal.SIGINT)
                assert demo.wait(PATIENCE_S) == 0
                assert not psutil.wait_procs(children, timeout=PATIENCE_S)[1]
                assert not (open_path / "postgres" / "data" / "postmaster.pid").exists()
            finally:
                demo.terminate()
                demo.wait(PATIENCE_S)
        assert counts == [30, None]


class TestFreePort:
    def test_is_the_wanted_one_unless_somebody_has_it(self) -> None:
        with socket.socket() as taken:
            wanted = free_port(0)
            taken.bind(("127.0.0.1", wanted))
            taken.listen()
            assert free_port(wanted) != wanted
        assert free_port(wanted) == wanted


class TestHasDisplay:
    @pytest.mark.skipif(sys.platform != "linux", reason="the desktop is always there")
    def test_asks_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(variable, raising=False)
        assert not has_display()
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        assert has_display()
