"""Answers scrapes for all processes of a node, at an address of its own: the API has no such door.

The numbers say how many customers are looked up and when: they are for the operator's network alone.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

_FILE = re.compile(r"gauge_live\w*_(\d+)\.db")


class OfAllProcesses(Collector):
    """Adds up what the processes of a node wrote into one folder; forgets the gauges of those that ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all = MultiProcessCollector(CollectorRegistry(), str(folder))  # type: ignore[no-untyped-call]

    def collect(self) -> Iterator[Any]:
        """Yield every metric."""
        for number in {int(found[1]) for each in self._folder.iterdir() if (found := _FILE.match(each.name))}:
            if not psutil.pid_exists(number):
                mark_process_dead(number, str(self._folder))  # type: ignore[no-untyped-call]
        yield from self._all.collect()  # type: ignore[no-untyped-call]


@contextmanager
def exposed(host: str, port: int, folder: Path) -> Iterator[int]:
    """Answer ``GET /metrics`` in a thread until the end; give the port, which is chosen for us when it is 0.

    Raises:
        OSError: the address is not free.
    """
    registry = CollectorRegistry()
    registry.register(OfAllProcesses(folder))
    server, thread = start_http_server(port, host, registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
