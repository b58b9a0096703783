"""Planting defects: each in a process of its own that imports the changed text."""

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from time import monotonic
from types import FunctionType, ModuleType
from typing import Any

from tests.simulation.catches import CATCHES
from tests.simulation.mutants.every import MUTANTS
from tests.simulation.mutants.mutant import Change, Mutant

ROOT = Path(__file__).parents[2]
THIRD_PARTY = (
    "asyncpg", "cryptography.hazmat.primitives.ciphers.aead", "email_validator", "httpx", "litestar",
    "msgspec", "phonenumbers", "rapidfuzz.process", "sqlalchemy.dialects.postgresql", "structlog",
)  # fmt: skip


ENOUGH = 60  # seeds at which these faults have certainly been met
ALWAYS_MET = {"resend_fork", "edit_met_merge", "edit_met_erasure", "edit_met_conflict", "edit_met_lost_right"}


class Stale(Exception):
    """The text that a mutant replaces is no longer in the product."""


def source_of(module: str) -> str:
    """Return the text of one of our modules."""
    return (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")


def changed(text: str, changes: Sequence[Change]) -> str:
    """Return a module's text with the defect in it.

    Raises:
        Stale: a text to replace is not there as often as it was.
    """
    for change in changes:
        if text.count(change.old) != change.times:
            raise Stale(f"{change.module}: {change.old[:80]!r} is there {text.count(change.old)} times")
        text = text.replace(change.old, change.new)
    return text


class _Planter(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Gives the changed text for the modules of a mutant."""

    def __init__(self, mutant: Mutant) -> None:
        self._texts: dict[str, str] = {}
        for change in mutant.changes:
            text = self._texts.get(change.module) or source_of(change.module)
            self._texts[change.module] = changed(text, [change])

    def find_spec(
        self, name: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._texts:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self.get_filename(name))

    def get_filename(self, fullname: str) -> str:
        return str(ROOT / (fullname.replace(".", "/") + ".py"))

    def get_data(self, path: str | bytes) -> bytes:
        raise OSError(path)  # no bytecode is kept of a mutant

    def get_source(self, fullname: str) -> str:
        return self._texts[fullname]

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        return compile(self._texts[fullname], self.get_filename(fullname), "exec")


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Let the modules that are imported already have the defect inside the block.

    Functions take the changed code where they stand, so that whoever imported them runs it too. Plain values
    of a module are replaced in the module alone.
    """
    from tests.simulation.world import forget_opening  # forks must not find the product imported

    undo: list[Callable[[], None]] = []
    try:
        for name, changes in groupby(mutant.changes, key=lambda change: change.module):
            module = importlib.import_module(name)
            code = compile(changed(source_of(name), list(changes)), str(module.__file__), "exec")
            made = dict(vars(module))
            exec(code, made)
            undo += _put(vars(module), made, name)
        forget_opening()
        yield
    finally:
        forget_opening()
        for put_back in reversed(undo):
            put_back()


def _put(held: dict[str, Any], made: Mapping[str, Any], module: str) -> list[Callable[[], None]]:
    undo: list[Callable[[], None]] = []
    for name, new in made.items():
        old = held.get(name)
        if old is new or name.startswith("__"):
            continue
        if isinstance(old, type) and isinstance(new, type) and old.__module__ == module:
            undo += _put(dict(vars(old)), vars(new), module)
        elif (function := _function(old)) is not None and (other := _function(new)) is not None:
            if function.__code__ != other.__code__:
                undo.append(partial(setattr, function, "__code__", function.__code__))
                function.__code__ = other.__code__
        elif isinstance(old, str | int | tuple | frozenset) and old != new:
            undo.append(partial(held.__setitem__, name, old))
            held[name] = new
    return undo


def _function(thing: Any) -> FunctionType | None:
    """Return the function behind a method, a property or a decorated function."""
    if isinstance(thing, property):
        thing = thing.fget
    if isinstance(thing, staticmethod | classmethod):
        thing = thing.__func__
    while hasattr(thing, "__wrapped__"):
        thing = thing.__wrapped__
    return thing if isinstance(thing, FunctionType) else None


def caught_by(mutant: Mutant, seeds: Sequence[int], steps: int) -> dict[str, object]:
    """Return the first seed that meets a mutant and what it says; ``seed`` is None when none does.

    Runs in a fork, which must not have imported the modules that change.
    """
    loaded = [change.module for change in mutant.changes if change.module in sys.modules]
    assert not loaded, f"{loaded} are imported already"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 0
        try:
            with os.fdopen(writing, "w", encoding="utf-8") as out:
                json.dump(_meet(mutant, seeds, steps), out)
        except BaseException:
            traceback.print_exc()
            code = 1
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as said:
        text = said.read()
    os.waitpid(child, 0)
    return dict(json.loads(text)) if text else {"seed": None, "by": "the run itself broke"}


def _meet(mutant: Mutant, seeds: Sequence[int], steps: int) -> dict[str, object]:
    sys.meta_path.insert(0, _Planter(mutant))
    from tests.simulation.simulation import play
    from tests.simulation.test_stories import STORIES, told

    own = {"its own": CATCHES[mutant.name]} if mutant.name in CATCHES else {}
    for name, story in {**own, **STORIES}.items():
        if broken := play(0, 0, story=told(story)).broken:
            return {"seed": -1, "by": _short(broken[0]), "story": name}
    met: set[str] = set()
    for seed in seeds:
        result = play(seed, steps)
        if result.broken:
            return {"seed": seed, "by": _short(result.broken[0])}
        met |= set(result.faults)
    if len(seeds) >= ENOUGH and (never := sorted(ALWAYS_MET - met)):
        return {"seed": len(seeds), "by": f"never met: {', '.join(never)}"}
    return {"seed": None, "by": ""}


def _short(broken: str) -> str:
    """Return which check it was that spoke."""
    head, _, rest = broken.partition(": ")
    return f"{head}: {rest[:90]}" if head in ("oracle",) else broken[:100]


def preload() -> None:
    """Import what others wrote, so that each fork begins quickly."""
    for name in THIRD_PARTY:
        importlib.import_module(name)


def meet_all(
    mutants: Sequence[Mutant], seeds: Sequence[int], steps: int, jobs: int
) -> Iterator[tuple[Mutant, Mapping[str, object]]]:
    """Yield each mutant with what caught it, several at a time."""
    from concurrent.futures import ThreadPoolExecutor

    preload()
    with ThreadPoolExecutor(max(1, jobs)) as pool:
        yield from zip(mutants, pool.map(lambda each: caught_by(each, seeds, steps), mutants), strict=True)


def plant_all(arguments: argparse.Namespace) -> int:
    """Plant each defect, print the proof."""
    started = monotonic()
    wanted = [each for each in MUTANTS if any(word in each.name for word in arguments.only.split("|"))]
    caught: dict[str, dict[str, object]] = {}
    missed: list[str] = []
    for mutant, found in meet_all(wanted, range(arguments.seeds), arguments.steps, arguments.jobs):
        if found["seed"] is None:
            missed.append(mutant.name)
        else:
            caught[mutant.name] = dict(found)
        words = f"seed {found['seed']}: {found['by']}" if found["seed"] is not None else "NOT CAUGHT"
        print(f"{mutant.name}: {words}", file=sys.stderr, flush=True)
    took = monotonic() - started
    facts = {
        "promise": "every planted defect is caught",
        "figure": f"{len(caught)} caught of {len(wanted)} made in {took:.0f} s",
        "holds": not missed,
        "broken_by": [f"not caught: {name}" for name in missed],
        "figures": {"made": len(wanted), "caught": len(caught), "by_mutant": caught, "missed": missed},
    }
    print(json.dumps(facts))
    return 0 if not missed else 1
