"""What is packed for a device: all that the tablet needs, nothing else, and complete requirements."""

import ast
import configparser
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mobile_app.staging import ROOT, files, stage

NAMES = {"PIL": "pillow"}  # imported by another name than it is installed by
OF_ANDROID = {"python3", "cffi", "pycparser"}  # what recipes are built on


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "tablet"
    stage(folder)
    return folder


def spec() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "buildozer.spec", encoding="utf-8")
    return parser


def required() -> set[str]:
    line = spec()["app"]["requirements"]
    return {re.split("[=<>]", each.strip())[0].lower() for each in line.split(",")}


def imported(folder: Path) -> set[str]:
    """Return the first names of all modules that the staged code imports."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found


class TestStaging:
    def test_takes_the_app_its_words_and_its_fonts_and_nothing_of_the_tools(self, staged: Path) -> None:
        inside = {path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()}
        assert {
            "main.py",
            "mobile_app/app.py",
            "mobile_app/screens/desk.kv",
            "sync/replica/schema.sql",
        } <= inside
        assert {
            "mobile_app/locale/fr/LC_MESSAGES/comptoir.mo",
            "mobile_app/theme/fonts/Inter-OFL.txt",
        } <= inside
        assert not [each for each in inside if re.search(r"gallery|shift|hands|server/|tests/|\.po$", each)]

    def test_takes_only_what_the_spec_lets_in(self, staged: Path) -> None:
        let_in = set(spec()["app"]["source.include_exts"].split(","))
        assert {path.suffix[1:] for path in staged.rglob("*") if path.is_file()} <= let_in
        assert spec()["app"]["source.dir"] == "build/tablet"

    def test_needs_no_file_that_stays_behind(self, staged: Path) -> None:
        """The tablet's half is imported from the package alone, optimised as on a device."""
        code = (
            "import sys; sys.path = [p for p in sys.path if 'site-packages' in p or 'lib/python' in p]\n"
            f"sys.path.insert(0, {str(staged)!r})\n"
            "import mobile_app.conductor, mobile_app.scan_listener, mobile_app.main\n"
            "assert mobile_app.__file__.startswith(sys.path[0])\n"
            "print(len([m for m in sys.modules if m.split('.')[0] in ('server', 'litestar', 'tests')]))\n"
        )
        told = subprocess.run(
            [sys.executable, "-OO", "-c", code], cwd=staged, capture_output=True, text=True, timeout=120
        )
        assert told.stdout.strip() == "0", told.stderr

    def test_names_each_file_once(self) -> None:
        named = list(files())
        assert len(named) == len(set(named))


class TestTheSpec:
    def test_requires_what_the_code_imports(self, staged: Path) -> None:
        own = {"mobile_app", "schemas", "sync"}
        foreign = {NAMES.get(each, each) for each in imported(staged) - own - set(sys.stdlib_module_names)}
        assert {each.lower() for each in foreign} <= required()

    def test_requires_what_those_require(self) -> None:
        missing, here = set(), {each.replace("-", "_") for each in required()}
        for name in required() - OF_ANDROID:
            try:
                lines = requires(name) or []
            except PackageNotFoundError:
                continue
            for line in lines:
                needed = Requirement(line)
                on = {"sys_platform": "android", "extra": ""}
                if needed.marker is None or needed.marker.evaluate(on):
                    missing |= {needed.name.lower().replace("-", "_")} - here
        # What Kivy lists for desks is in its recipe.
        assert missing <= {"kivy_garden", "docutils", "pygments", "requests", "filetype"}

    def test_keeps_customers_out_of_backups_and_asks_for_the_line_alone(self) -> None:
        app = spec()["app"]
        assert app["android.allow_backup"] == "False"
        assert {each.rsplit(".", 1)[1] for each in app["android.permissions"].split(",")} == {
            "INTERNET",
            "ACCESS_NETWORK_STATE",
        }
        assert (app["android.api"], app["android.ndk"], app["android.archs"]) == ("35", "28c", "arm64-v8a")

    def test_finds_the_version_where_the_app_says_it(self) -> None:
        app = spec()["app"]
        said = (ROOT / "mobile_app" / "version.py").read_text(encoding="utf-8")
        assert app["version.filename"].endswith("mobile_app/version.py")
        assert re.search(app["version.regex"], said)

    def test_says_in_the_docs_which_recipes_are_lacking(self) -> None:
        told = (ROOT / "docs" / "packaging.md").read_text(encoding="utf-8")
        for name in required() - {"python3"}:
            assert name in told, name
