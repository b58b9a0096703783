"""`comptoir privacy case`: requests by right, noted, extended, answered, and the letter about each."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from server.auth.principal import Principal
from server.commands.answer import CommandFailed, answer
from server.database.pool import Connection
from server.privacy import cases, retention, retention_rules
from server.privacy.letters import letter

MOST_LISTED = 10_000


def configure(case: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Add what can be done with cases; return the parsers, to which the caller adds the database."""
    acts = case.add_subparsers(dest="act", metavar="ACT", required=True)
    listed = acts.add_parser("list", help="list open, overdue or answered requests of a brand")
    listed.add_argument("--brand", required=True, help="whose requests")
    listed.add_argument(
        "--which", choices=("open", "overdue", "answered"), default="open", help="default: open"
    )
    opened = acts.add_parser("open", help="note a request; she is owed an answer within a month")
    opened.add_argument("customer", type=UUID, help="id of the person who asks")
    opened.add_argument("kind", choices=[each.value for each in cases.CaseKind], help="what she asks for")
    opened.add_argument("--received", type=date.fromisoformat, metavar="DAY", help="default: today")
    extended = acts.add_parser("extend", help="take one or two months longer; she has to be told why")
    extended.add_argument("case", type=UUID, help="id of the request")
    extended.add_argument(
        "--months",
        type=int,
        choices=range(1, cases.MOST_MONTHS_MORE + 1),
        required=True,
        help="how much longer",
    )
    extended.add_argument(
        "--reason",
        choices=[each.value for each in cases.WhyLonger],
        required=True,
        help="why it takes longer",
    )
    answered = acts.add_parser("answer", help="close a request with its answer")
    answered.add_argument("case", type=UUID, help="id of the request")
    answered.add_argument("outcome", choices=[each.value for each in cases.Outcome], help="how it ended")
    answered.add_argument("--reason", choices=[each.value for each in cases.WhyNot], help="why not all of it")
    written = acts.add_parser("letter", help="write the letter she gets, as a page to print")
    written.add_argument("case", type=UUID, help="id of the request")
    written.add_argument("--language", choices=("fr", "en"), default="fr", help="of the letter (default: fr)")
    written.add_argument("--to", type=Path, required=True, metavar="FILE", help="the page to write")
    return [listed, opened, extended, answered, written]


async def run(arguments: argparse.Namespace, connection: Connection) -> None:
    """Do what was asked, in the caller's transaction."""
    now = datetime.now(UTC)
    officer = retention.at_the_console(await _brand(arguments, connection))
    if arguments.act == "list":
        found = await cases.list_cases(
            connection, officer, arguments.which, today=now.date(), limit=MOST_LISTED
        )
        answer(
            arguments,
            {"cases": [msgspec.to_builtins(each) for each in found]},
            "\n".join(_line(each) for each in found) or "none",
        )
        return
    if arguments.act == "letter":
        await _write_letter(arguments, connection, officer, now.date())
        return
    case = await _changed(arguments, connection, officer, now)
    answer(arguments, {"case": msgspec.to_builtins(case)}, _line(case))


async def _changed(
    arguments: argparse.Namespace, connection: Connection, officer: Principal, now: datetime
) -> cases.Case:
    if arguments.act == "open":
        return await cases.open_case(
            connection,
            officer,
            arguments.customer,
            kind=cases.CaseKind(arguments.kind),
            received_on=arguments.received or now.date(),
            today=now.date(),
        )
    if arguments.act == "extend":
        return await cases.extend(
            connection,
            officer,
            arguments.case,
            months=arguments.months,
            reason=cases.WhyLonger(arguments.reason),
            today=now.date(),
        )
    return await cases.answer(
        connection,
        officer,
        arguments.case,
        outcome=cases.Outcome(arguments.outcome),
        reason=cases.WhyNot(arguments.reason) if arguments.reason else None,
        now=now,
    )


async def _write_letter(
    arguments: argparse.Namespace, connection: Connection, officer: Principal, today: date
) -> None:
    case = await cases.read_case(connection, officer, arguments.case, today=today)
    months = await retention_rules.months_of(connection, officer.brand, retention_rules.FORMER_VALUES)
    arguments.to.write_bytes(letter(case, arguments.language, kept_months=months))
    answer(arguments, {"file": str(arguments.to)}, str(arguments.to))


async def _brand(arguments: argparse.Namespace, connection: Connection) -> str:
    if arguments.act == "list":
        return str(arguments.brand)
    if arguments.act == "open":
        found = await connection.fetchval("select brand from customer where id = $1", arguments.customer)
    else:
        found = await connection.fetchval("select brand from privacy_case where id = $1", arguments.case)
    if found is None:
        raise CommandFailed("not found")
    return str(found)


def _line(case: cases.Case) -> str:
    state = case.outcome or (f"overdue by {-case.days_left} days" if case.days_left < 0 else "open")
    return f"{case.id} {case.kind:<13} received {case.received_on} due {case.due_on} {state}"
