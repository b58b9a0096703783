"""`bench identity`: people told apart and found again on labelled data, by one setting for all of it.

Rows come in by the reader of the product's own import; the labels are used only to score. Pairwise figures
count pairs of records; B-cubed is the mean over records (Bagga and Baldwin, 1998).
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

from schemas.record import Struct
from server.bench.measure import Report, command_text, figure, machine, now_text
from server.commands.answer import CommandFailed
from server.commands.database import CHECKOUT
from server.identity.clusters import MERGE, REVIEW, Resolution, resolve
from server.identity.person import Person
from server.imports import customer_mapping
from server.imports.csv_source import detect, read_lines
from server.imports.customer_job import dated
from server.imports.customer_rows import RowReader

Pairs = set[tuple[int, int]]


class Labelled(Struct):
    """A data set whose people are known."""

    name: str
    files: tuple[str, ...]
    mapping: str  # as a mapping file says it
    truth: Callable[[dict[str, str]], str]  # row -> the person it is, or the key by which ``key`` says it
    key: str | None = None  # a file of its own that says who is who


SETS = (
    Labelled(
        name="FEBRL 2",
        files=("id-febrl/dataset2.csv",),
        mapping="""
            source = "febrl"
            kind = "customers"
            [columns]
            id = "rec_id"
            given_name = ["given_name"]
            family_name = ["surname"]
            house = "street_number"
            street = ["address_1", "address_2"]
            city = "suburb"
            postal_code = "postcode"
            region = "state"
            birth_date = "date_of_birth"
            [formats]
            country = "AU"
            """,
        truth=lambda row: row["rec_id"].split("-")[1],
    ),
    Labelled(
        name="RLdata500",
        files=("id-rldata-german/RLdata500.csv",),
        mapping="""
            source = "rldata"
            kind = "customers"
            [columns]
            id = "rec_id"
            given_name = ["fname_c1", "fname_c2"]
            family_name = ["lname_c1", "lname_c2"]
            birth_year = "by"
            birth_month = "bm"
            birth_day = "bd"
            [formats]
            country = "DE"
            nothing = ["", "NA"]
            """,
        truth=lambda row: row["ent_id"],
    ),
    Labelled(
        name="fake_1000",
        files=("id-splink-fake1000/fake_1000.csv",),
        mapping="""
            source = "fake"
            kind = "customers"
            [columns]
            id = "unique_id"
            given_name = ["first_name"]
            family_name = ["surname"]
            birth_date = "dob"
            city = "city"
            email = "email"
            [formats]
            country = "GB"
            """,
        truth=lambda row: row["cluster"],
    ),
    Labelled(
        name="Senzing truth set",
        files=tuple(f"id-senzing-truthset/{name}.csv" for name in ("customers", "reference", "watchlist")),
        mapping="""
            source = "senzing"
            kind = "customers"
            optional = [
              "PRIMARY_NAME_MIDDLE", "GENDER", "PASSPORT_NUMBER", "DRIVERS_LICENSE_NUMBER", "SSN_NUMBER",
              "NATIONAL_ID_NUMBER", "PRIMARY_NAME_ORG", "ADDR_FULL",
            ]
            [columns]
            id = "RECORD_ID"
            full_name = ["PRIMARY_NAME_FULL", "NATIVE_NAME_FULL"]
            organization = "PRIMARY_NAME_ORG"
            given_name = ["PRIMARY_NAME_FIRST", "PRIMARY_NAME_MIDDLE"]
            family_name = ["PRIMARY_NAME_LAST"]
            title = "GENDER"
            birth_date = "DATE_OF_BIRTH"
            email = "EMAIL_ADDRESS"
            phone = "PHONE_NUMBER"
            street = ["ADDR_LINE1", "ADDR_FULL"]
            city = "ADDR_CITY"
            postal_code = "ADDR_POSTAL_CODE"
            region = "ADDR_STATE"
            identifiers = [
              "PASSPORT_NUMBER", "DRIVERS_LICENSE_NUMBER", "SSN_NUMBER", "NATIONAL_ID_NUMBER",
            ]
            [formats]
            country = "US"
            """,
        truth=lambda row: f"{row['DATA_SOURCE']} {row['RECORD_ID']}",
        key="id-senzing-truthset/actual_truthset_key.csv",
    ),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--labelled",
        type=Path,
        metavar="FOLDER",
        default=Path(os.environ.get("COMPTOIR_DATA") or CHECKOUT.parent / "shared" / "data"),
        help="where the labelled data lie, a folder a set (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> Report:
    found = [each for each in SETS if (arguments.labelled / each.files[0]).exists()]
    if not found:
        raise CommandFailed(f"no labelled data in {arguments.labelled}: say --labelled FOLDER")
    figures, checks = [], {}
    for each in found:
        people, truth = read(each, arguments.labelled)
        started = time.perf_counter()
        resolution = resolve(people)
        seconds = time.perf_counter() - started
        said = score(resolution, truth)
        figures += [figure(f"{each.name}: {name}", "share", [value]) for name, value in said.items()]
        figures.append(figure(f"{each.name}: for a person to judge", "pairs", [len(resolution.review)]))
        figures.append(figure(f"{each.name}: records resolved", "records/s", [len(people) / seconds]))
        checks[f"{each.name}: every record has a place"] = len(resolution.cluster) == len(people)
        checks[f"{each.name}: automatic merges right in 995 of 1000"] = said["precision, automatic"] >= 0.995
        figures.append(
            figure(f"{each.name}: pairs merged wrongly", "pairs", [wrong_pairs(resolution, truth)])
        )
    return Report(
        bench="identity",
        at=now_text(),
        command=command_text(),
        machine=machine(),
        parameters={"sets": len(found), "merge from bits": str(MERGE), "review from bits": str(REVIEW)},
        figures=tuple(figures),
        ratios=(),
        checks=checks,
    )


def read(labelled: Labelled, folder: Path) -> tuple[list[Person], list[str]]:
    """Return the records of a set as the import reads them, and who each is."""
    people, truth = [], []
    mapping = customer_mapping.parse(labelled.mapping.encode())
    for name in labelled.files:
        path = folder / name
        _, dialect = dated(path, mapping, detect(path))
        reader = RowReader(mapping, dialect)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, skipinitialspace=True)
            for line, row in zip(read_lines(path, dialect), rows, strict=True):
                people.append(reader.person(line))
                truth.append(labelled.truth(row))
    if labelled.key is not None:
        with (folder / labelled.key).open(encoding="utf-8-sig", newline="") as stream:
            who = {labelled.truth(row): row["CLUSTER_ID"] for row in csv.DictReader(stream)}
        truth = [who[each] for each in truth]
    return people, truth


def score(resolution: Resolution, truth: Sequence[str]) -> dict[str, float]:
    """Return precision, recall and the like of the automatic merges, and with the queue's pairs taken too."""
    true = _pairs(truth)
    automatic = resolution.cluster
    joined = _with_review(resolution)
    said: dict[str, float] = {}
    for word, clusters in (("automatic", automatic), ("with the review queue", joined)):
        got = _pairs(clusters)
        hits = len(got & true)
        precision, recall = hits / max(1, len(got)), hits / max(1, len(true))
        said[f"precision, {word}"] = precision
        said[f"recall, {word}"] = recall
        said[f"F1, {word}"] = 2 * precision * recall / max(1e-9, precision + recall)
        said[f"B-cubed F1, {word}"] = _b_cubed(clusters, truth)
        said[f"people exactly right, {word}"] = _exact(clusters, truth)
    return said


def wrong_pairs(resolution: Resolution, truth: Sequence[str]) -> int:
    """Return how many pairs of records were joined that are two people."""
    return len(_pairs(resolution.cluster) - _pairs(truth))


def _groups(labels: Sequence[object]) -> list[list[int]]:
    groups: dict[object, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        groups[label].append(number)
    return list(groups.values())


def _pairs(labels: Sequence[object]) -> Pairs:
    return {pair for group in _groups(labels) for pair in combinations(group, 2)}


def _with_review(resolution: Resolution) -> list[int]:
    above = {number: number for number in resolution.cluster}

    def top(number: int) -> int:
        while above[number] != number:
            number = above[number]
        return number

    for one, other in resolution.review:
        above[top(resolution.cluster[one])] = top(resolution.cluster[other])
    return [top(number) for number in resolution.cluster]


def _b_cubed(clusters: Sequence[object], truth: Sequence[object]) -> float:
    ours = {number: set(group) for group in _groups(clusters) for number in group}
    theirs = {number: set(group) for group in _groups(truth) for number in group}
    both = [len(ours[number] & theirs[number]) for number in range(len(truth))]
    precision = sum(n / len(ours[i]) for i, n in enumerate(both)) / len(both)
    recall = sum(n / len(theirs[i]) for i, n in enumerate(both)) / len(both)
    return 2 * precision * recall / (precision + recall)


def _exact(clusters: Sequence[object], truth: Sequence[object]) -> float:
    ours = {frozenset(group) for group in _groups(clusters)}
    theirs = [frozenset(group) for group in _groups(truth)]
    return sum(group in ours for group in theirs) / len(theirs)
