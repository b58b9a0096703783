"""The promise of the note detector: what may not be written is noticed, and ordinary notes pass."""

import argparse
import time
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

from schemas.note_guard import NoteVerdict, judge_note
from server.proofs.proof import Proof

SUMMARY = "labelled notes, good and bad, before the note detector"
CORPUS = Path(__file__).parents[2] / "tests" / "schemas" / "corpus"
LEAST_RECALL = 0.95
MOST_FALSE = 0.01  # share of ordinary notes that are refused or warned of
MOST_MS = 5.0  # of a note, at the 99th percentile


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        type=Path,
        default=CORPUS,
        metavar="FOLDER",
        help="bad.tsv (kind, tab, note) and ordinary.txt (a note a line) (default: %(default)s)",
    )


def prove_alone(options: argparse.Namespace) -> Proof:
    """Judge every labelled note."""
    bad, ordinary = read_corpus(options.corpus)
    spent: list[float] = []
    missed: Counter[str] = Counter()
    false: Counter[NoteVerdict] = Counter()
    shown: list[str] = []
    for kind, text in [*bad, *(("", text) for text in ordinary)]:
        begun = time.process_time()
        verdict = judge_note(text).verdict
        spent.append(1000 * (time.process_time() - begun))
        if kind and verdict is NoteVerdict.ALLOW:
            missed[kind] += 1
            shown.append(f"missed {kind}: {text}")
        elif not kind and verdict is not NoteVerdict.ALLOW:
            false[verdict] += 1
            shown.append(f"{verdict.value} of an ordinary note: {text}")
    recall = 1 - missed.total() / len(bad)
    p99 = quantiles(spent, n=100)[98]
    return Proof(
        promise="what may not be written of a person is noticed, and ordinary notes pass",
        figure=f"recall {recall:.1%} of {len(bad)} bad notes; of {len(ordinary)} ordinary ones "
        f"{false[NoteVerdict.REFUSE]} refused, {false[NoteVerdict.WARN]} warned of; "
        f"{median(spent):.2f} ms a note (p99 {p99:.2f})",
        holds=recall >= LEAST_RECALL and false.total() <= MOST_FALSE * len(ordinary) and p99 <= MOST_MS,
        broken_by=tuple(shown[:20]),
    )


def read_corpus(folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the bad notes, each with its kind, and the ordinary ones."""
    bad: list[tuple[str, str]] = []
    for line in (folder / "bad.tsv").read_text(encoding="utf-8").splitlines():
        kind, _, text = line.partition("\t")
        bad.append((kind, text))
    return bad, (folder / "ordinary.txt").read_text(encoding="utf-8").splitlines()
