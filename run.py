"""The way in: makes the environment, then runs the demo, the tests or any other command of the project.

Standard library only, so that it runs before anything is installed:

    python3 run.py demo
    python3 run.py test
    python3 run.py COMMAND ...      any command of `comptoir`; see `python3 run.py --help`
"""

import sys

if sys.version_info < (3, 11):  # before any import or syntax that an older Python does not know
    sys.exit("Comptoir needs Python 3.11 or newer, and {} is {}.{}".format(sys.executable, *sys.version_info))

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "ready"
INSTALL_LOG = VENV / "install.log"
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
EXTRAS = "tablet,load,traces,dev"
SPACE_NEEDED = 1_500_000_000  # bytes: the environment, the demo's database and room to breathe

USAGE = """usage: python3 run.py demo | test [PYTEST ARGUMENT ...] | COMMAND ...

  demo      start everything with a made-up brand and open the tablet
  test      lint, types, layers and tests; with arguments, pytest alone with these
  COMMAND   any command of the project, for instance: serve, doctor, import, bench

The first run makes .venv beside this file and installs what constraints.txt names.
"""

# What pip says when it fails, and what that means to a person.
CAUSES = (
    (r"No space left on device", "the disk is full"),
    (
        r"name resolution|Name or service not known|nodename nor servname|getaddrinfo failed|ProxyError"
        r"|Network is unreachable|NewConnectionError|Failed to establish a new connection|ConnectTimeout",
        "no network: the package index cannot be reached",
    ),
    (r"SSLError|CERTIFICATE_VERIFY_FAILED", "the package index cannot be trusted: check the certificates"),
    (r"No matching distribution found for (\S+)", "there is no package {0} for this Python"),
    (r"Permission denied: '([^']+)'", "may not write {0}"),
)


def main(arguments: list[str]) -> int:
    if not arguments or arguments == ["--help"] or arguments == ["-h"]:
        print(USAGE, end="")
        if not arguments or not is_ready():
            return 0 if arguments else 2
        print()
    if not os.environ.get("HOME") and not WINDOWS:
        home = ROOT / ".comptoir" / "home"
        home.mkdir(parents=True, exist_ok=True)
        os.environ["HOME"] = str(home)
    # Each process would compile some thousand modules anew. What is written stays in .venv and __pycache__.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    prepare()
    if arguments[0] == "test":
        return run_tests(arguments[1:])
    return hand_over([str(PYTHON), "-P", "-m", "server.cli", *arguments])


def prepare() -> None:
    """Make the environment what pyproject.toml and constraints.txt ask for; instant when it is."""
    if is_ready():
        return
    started = time.monotonic()
    try:
        if shutil.disk_usage(ROOT).free < SPACE_NEEDED:
            stop(f"the disk is full: {SPACE_NEEDED / 1e9:.1f} GB are needed in {ROOT}")
        if not works(PYTHON):
            make_environment()
        install()
        STAMP.write_text(fingerprint(), encoding="ascii")
    except OSError as error:
        stop(f"cannot make {VENV}: {error}")
    tell(f"environment ready in {time.monotonic() - started:.0f} s", last=True)


def is_ready() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="ascii") == fingerprint()


def fingerprint() -> str:
    """Return what the environment depends on: the pins, the Python and the place of the checkout."""
    parts = [sys.version, str(ROOT)]
    parts += [(ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def works(python: Path) -> bool:
    """Return whether the environment runs, here, on the same Python as this file."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]} {VENV}"
    ask = "import sys; print(f'{sys.version_info[0]}.{sys.version_info[1]} {sys.prefix}')"
    return python.exists() and last_line(quiet([str(python), "-c", ask]).stdout) == wanted


def make_environment() -> None:
    tell("making .venv")
    if importlib.util.find_spec("venv") is None:
        stop("the module venv is missing: install python3-venv")
    shutil.rmtree(VENV, ignore_errors=True)
    # Debian without python3-venv has no ensurepip; then the environment borrows the pip outside.
    if quiet([sys.executable, "-m", "venv", str(VENV)]).returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        done = quiet([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
        if done.returncode != 0:
            stop(f"cannot make {VENV}: {last_line(done.stdout)}")


def install() -> None:
    command = [*find_pip(), "install", "--no-input", "--no-compile", "--progress-bar=off"]
    command += ["-c", str(ROOT / "constraints.txt"), "-e", f"{ROOT}[{EXTRAS}]"]
    environment = dict(os.environ)
    for elsewhere in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        environment.pop(elsewhere, None)
    environment.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_REQUIRE_VIRTUALENV="0")
    started = time.monotonic()
    progress = "installing (a minute or two, once)"
    with open(INSTALL_LOG, "wb") as log:
        pip = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=ROOT
        )
        try:
            tell(progress)
            while pip.poll() is None:
                time.sleep(0.5)
                if sys.stderr.isatty():
                    tell(f"{progress}: {time.monotonic() - started:.0f} s")
        finally:
            if pip.poll() is None:
                pip.terminate()
    if pip.returncode != 0:
        said = INSTALL_LOG.read_text(encoding="utf-8", errors="replace")
        stop(f"{cause_of(said)} (all of it: {INSTALL_LOG})")


def find_pip() -> list[str]:
    """Return the environment's pip, or one outside that can install into it."""
    if quiet([str(PYTHON), "-m", "pip", "--version"]).returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    others = [[path] for path in map(shutil.which, ("pip3", "pip")) if path]
    for pip in ([sys.executable, "-m", "pip"], *others):
        if quiet([*pip, "--python", str(PYTHON), "--version"]).returncode == 0:
            return [*pip, "--python", str(PYTHON)]
    stop("pip is missing: install python3-venv or python3-pip (pip 22.3 or newer)")


def cause_of(log: str) -> str:
    for pattern, meaning in CAUSES:
        found = re.search(pattern, log)
        if found:
            return meaning.format(*found.groups())
    errors = [line for line in log.splitlines() if line.startswith("ERROR")]
    return errors[-1] if errors else f"pip failed: {last_line(log)}"


def run_tests(arguments: list[str]) -> int:
    """Run every check; pytest comes last, and any failure makes the exit code 1."""
    if arguments:
        return subprocess.run([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    workers = str(
        min(8, 2 * (os.cpu_count() or 1))
    )  # half of the time a test waits, for a database or a screen
    steps = {
        "ruff check": [str(PYTHON), "-m", "ruff", "check", "."],
        "ruff format": [str(PYTHON), "-m", "ruff", "format", "--check", "."],
        "mypy": [str(PYTHON), "-m", "mypy"],
        "import-linter": [str(PYTHON.with_name("lint-imports"))],
        "pytest": [
            str(PYTHON),
            "-m",
            "pytest",
            "-n",
            workers,
            "--dist",
            "loadfile",
            "--no-loadscope-reorder",
        ],
    }
    failed: list[str] = []
    for name, step in steps.items():
        print(f"-- {name}", flush=True)
        if name == "pytest" and failed:
            print(f"   failed before the tests: {', '.join(failed)}", flush=True)
        if subprocess.run(step, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    return 1 if failed else 0


def hand_over(command: list[str]) -> int:
    """Become the command, so that signals and the exit code are its own."""
    if WINDOWS:
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    os.execv(command[0], command)


def quiet(command: list[str]) -> subprocess.CompletedProcess[str]:
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.run(
        command, stdin=nothing, stdout=pipe, stderr=subprocess.STDOUT, text=True, check=False
    )


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def tell(words: str, *, last: bool = False) -> None:
    """Show progress: one line that is rewritten on a terminal, a line each elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[Kcomptoir: {words}", end="\n" if last else "", file=sys.stderr, flush=True)
    else:
        print(f"comptoir: {words}", file=sys.stderr, flush=True)


def stop(words: str) -> NoReturn:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    sys.exit(f"comptoir: {words}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
