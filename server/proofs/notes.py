"""The promise of the note detector: the slips it was written against are noticed, and ordinary notes pass.

Nothing is promised of words it was not written against: notes made to get past it are judged beside, and
what it notices of these stands in the same line.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median, quantiles

from msgspec import to_builtins

from schemas.note_guard import NoteVerdict, judge_note
from schemas.record import Struct
from server.proofs.proof import Proof

SUMMARY = "labelled notes, good and bad, before the note detector"
CORPUS = Path(__file__).parents[2] / "tests" / "schemas" / "corpus"
LEAST_RECALL = 0.95
MOST_FALSE = 0.01  # share of ordinary notes that are refused or warned of
MOST_FALSE_NEAR = 0.05  # of those that were written to come close
MOST_MS = 5.0  # of a note, at the 99th percentile


# Folders of the corpus. Figures stand apart: a set that whoever wrote the words had in mind flatters them.
SETS = {
    "tuned": (".", "second"),
    "remembered": ("remembered",),
    "evading": ("evading", "fresh"),
    "allusive": ("allusive",),
    "held out": ("heldout",),
    "afresh": ("afresh",),
}
# What each set is worth as evidence. The last two tell most of notes nobody had in mind.
WORTH = {
    "tuned": "words were found by looking at these",
    "remembered": "kept apart, but the words were written by the hand that wrote these, remembering them",
    "evading": "written to get past the words; read by whoever then wrote more of them, by topic",
    "allusive": "written to get past the words by allusion; patterns were then made from these",
    "held out": "written before its means were last changed, as people write, slips and disguises too; what "
    "it missed was not looked at",
    "afresh": "written before patterns were made from the allusive notes, by the hand that then made them; "
    "what it missed was not looked at. 61.7% was noticed before",
}
NEAR = ("evading", "allusive", "held out")  # their ordinary notes were written to come close
PROMISED = (
    "tuned",
    "remembered",
    "evading",
    "allusive",
)  # the rest is measured, and nothing is promised of it


class Judged(Struct):
    """What judging one set came to."""

    bad: int
    noticed: int
    ordinary: int
    refused: int  # of the ordinary
    warned: int
    by_kind: dict[str, str]  # noticed of all

    @property
    def recall(self) -> float:
        """Share of the bad notes that were noticed."""
        return self.noticed / self.bad

    @property
    def false(self) -> float:
        """Share of the ordinary notes that were not let through."""
        return (self.refused + self.warned) / self.ordinary


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        type=Path,
        default=CORPUS,
        metavar="FOLDER",
        help="folders with bad.tsv (kind, tab, note) and ordinary.txt (a note a line) (default: %(default)s)",
    )


def prove_alone(options: argparse.Namespace) -> Proof:
    """Judge every labelled note of every set."""
    spent: list[float] = []
    shown: list[str] = []
    judged = {name: judge_set(options.corpus, folders, spent, shown) for name, folders in SETS.items()}
    promised = [judged[name] for name in PROMISED]
    p99 = quantiles(spent, n=100)[98]
    return Proof(
        promise="slips the words were written against are noticed in a note, and ordinary notes pass",
        figure="; ".join(
            f"{name} ({WORTH[name]}): recall {each.recall:.1%} of {each.bad} bad notes, "
            f"of {each.ordinary} ordinary ones {each.refused} refused, {each.warned} warned of"
            for name, each in judged.items()
        )
        + f"; {median(spent):.2f} ms a note (p99 {p99:.2f})",
        holds=min(each.recall for each in promised) >= LEAST_RECALL
        and all(each.false <= _most_false(name) for name, each in judged.items())
        and p99 <= MOST_MS,
        broken_by=tuple(shown[:20]),
        figures={
            "sets": {
                name: {
                    "what": WORTH[name],
                    **to_builtins(each),
                    "recall": round(each.recall, 4),
                    "false": round(each.false, 4),
                }
                for name, each in judged.items()
            },
            "ms_median": round(median(spent), 3),
            "ms_p99": round(p99, 3),
        },
    )


def _most_false(name: str) -> float:
    return MOST_FALSE_NEAR if name in NEAR else MOST_FALSE


def judge_set(corpus: Path, folders: Iterable[str], spent: list[float], shown: list[str]) -> Judged:
    """Judge the notes of some folders; append the processor milliseconds of each, and what was wrong."""
    all_of: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    false: Counter[NoteVerdict] = Counter()
    ordinary_notes = 0
    for folder in folders:
        bad, ordinary = read_corpus(corpus / folder)
        ordinary_notes += len(ordinary)
        for kind, text in [*bad, *(("", text) for text in ordinary)]:
            begun = time.process_time()
            verdict = judge_note(text).verdict
            spent.append(1000 * (time.process_time() - begun))
            if kind:
                all_of[kind] += 1
                noticed[kind] += verdict is not NoteVerdict.ALLOW
                if verdict is NoteVerdict.ALLOW:
                    shown.append(f"missed {kind}: {text}")
            elif verdict is not NoteVerdict.ALLOW:
                false[verdict] += 1
                shown.append(f"{verdict.value} of an ordinary note: {text}")
    return Judged(
        bad=all_of.total(),
        noticed=noticed.total(),
        ordinary=ordinary_notes,
        refused=false[NoteVerdict.REFUSE],
        warned=false[NoteVerdict.WARN],
        by_kind={kind: f"{noticed[kind]} of {count}" for kind, count in all_of.items()},
    )


def read_corpus(folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the bad notes, each with its kind, and the ordinary ones."""
    bad: list[tuple[str, str]] = []
    for line in (folder / "bad.tsv").read_text(encoding="utf-8").splitlines():
        kind, _, text = line.partition("\t")
        bad.append((kind, text))
    return bad, (folder / "ordinary.txt").read_text(encoding="utf-8").splitlines()
