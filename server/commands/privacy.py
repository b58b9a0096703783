"""`comptoir privacy`: access files, erasures, limits, lost tablets, the register, retention."""

import argparse
import asyncio
import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

import server.registry  # noqa: F401 (what the capabilities lend)
from schemas.consent import Limit
from schemas.visibility import field_groups
from server.commands import privacy_cases
from server.commands.answer import CommandFailed, answer, progress
from server.commands.database import add_database_options, connected, database, settings_for
from server.commands.secret import require_servers_secret
from server.database.pool import Connection
from server.policy.in_force import Policies
from server.privacy import cases, erasure_ledger, limits, retention, retention_rules, stolen
from server.privacy.access import access_file
from server.privacy.access_page import page_of
from server.privacy.erasing import erase
from server.privacy.fingerprints import use_secret
from server.privacy.reasons import require_reason
from server.privacy.receipts import receipt_of
from server.privacy.rectifying import rectify
from server.privacy.register import register_of
from server.privacy.scrubbing import ScrubHeld, scrub
from server.problems import TITLES, Refusal

MOST_PERSONS = 1_000_000
NOT_IN_ONE_TRANSACTION = ("retention", "scrub")
FORGETTING = ("erase", "replay", "retention")
NOT_KEPT_OUT = "her fingerprints would keep her out of no import"
REASON = "a case number or a word, small letters; nothing about the person: it stays when she is forgotten"
CUSTOMER = "id of the person; one she was merged from does too"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    file = actions.add_parser("access", help="write everything kept about a person, as JSON and as a page")
    file.add_argument("customer", type=UUID, help=CUSTOMER)
    file.add_argument(
        "--to", type=Path, default=Path("."), metavar="FOLDER", help="where to write it (default: here)"
    )
    right = actions.add_parser("rectify", help="put values right at a person's request")
    right.add_argument("customer", type=UUID, help=CUSTOMER)
    right.add_argument(
        "--set",
        nargs=2,
        action="append",
        required=True,
        metavar=("FIELD", "VALUE"),
        help="text, or JSON; null clears the field; may be given again",
    )
    right.add_argument("--reason", type=_reason, required=True, help=REASON)
    gone = actions.add_parser("erase", help="forget a person for good, under every id she had")
    gone.add_argument("customer", type=UUID, help=CUSTOMER)
    gone.add_argument("--reason", type=_reason, required=True, help=REASON)
    receipt = actions.add_parser("receipt", help="which tablets have forgotten an erased person")
    receipt.add_argument("case", type=UUID, metavar="RECEIPT", help="the id that erase prints")
    for name, words in (
        ("restrict", "use what is known of a person for nothing, until it is lifted"),
        ("object", "note that a person does not want to be profiled"),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("customer", type=UUID, help=CUSTOMER)
        action.add_argument("--reason", type=_reason, required=True, help=REASON)
    for name in ("access", "rectify", "erase", "restrict", "object"):
        actions.choices[name].add_argument(
            "--case", dest="for_case", type=UUID, metavar="CASE", help="the request by right it is done for"
        )
    standing = actions.add_parser("limits", help="list restrictions and objections of a person")
    standing.add_argument("customer", type=UUID, help=CUSTOMER)
    lift = actions.add_parser("lift", help="lift a restriction or an objection")
    lift.add_argument("limit", type=UUID, help="the id that restrict, object and limits print")
    stolen_tablet = actions.add_parser("tablet", help="list whose data a lost tablet may hold")
    stolen_tablet.add_argument("device", type=UUID, help="id of the tablet: comptoir device list")
    actions.add_parser("register", help="print the register of processing")
    over = actions.add_parser("retention", help="list whose time is over; erase them with --apply")
    over.add_argument("--apply", action="store_true", help="let them go, and what ends sooner")
    over.add_argument("--ahead", type=int, default=0, metavar="DAYS", help="warn of whose time will be over")
    over.add_argument("--export", type=Path, metavar="FILE", help="write who, by which rule and when, as CSV")
    over.add_argument(
        "--suppose",
        nargs=2,
        metavar=("RULE", "MONTHS"),
        help="simulate that a rule said so many: whom a change would touch",
    )
    rules = actions.add_parser("rules", help="show how long what is kept; change it with --set")
    rules.add_argument("--brand", required=True, help="whose rules")
    rules.add_argument("--set", nargs=2, metavar=("RULE", "MONTHS"), help="within what the law allows")
    ledger = actions.add_parser("ledger", help="write the ledger of erasures, to be kept apart from backups")
    ledger.add_argument("--to", type=Path, required=True, metavar="FILE", help="the file to write")
    replay = actions.add_parser("replay", help="erase again in a restored backup whom the ledger names")
    replay.add_argument("ledger", type=Path, metavar="FILE", help="what comptoir privacy ledger wrote")
    actions.add_parser("scrub", help="take the bytes of deleted rows out of the database's files; at night")
    case = actions.add_parser("case", help="requests by right: deadlines, answers, letters")
    for act in privacy_cases.configure(case):
        add_database_options(act)
    for name, action in actions.choices.items():
        if name != "case":
            add_database_options(action)


def run(arguments: argparse.Namespace) -> int:
    actions = {
        "access": _access,
        "rectify": _rectify,
        "limits": _limits,
        "erase": _erase,
        "receipt": _receipt,
        "restrict": _limit,
        "object": _limit,
        "lift": _lift,
        "tablet": _tablet,
        "register": _register,
        "retention": _retention,
        "rules": _rules,
        "ledger": _ledger,
        "replay": _replay,
        "scrub": _scrub,
        "case": privacy_cases.run,
    }
    with database(arguments) as url:
        use_secret(settings_for(arguments, url).secret)
        try:
            asyncio.run(_in_transaction(actions[arguments.action], arguments, url))
        except Refusal as refusal:
            raise CommandFailed(_told(refusal)) from refusal
        except OSError as error:
            if error.filename is None:  # of the database, and said elsewhere
                raise
            raise CommandFailed(f"{error.filename}: {error.strerror}") from error
    return 0


def _reason(said: str) -> str:
    try:
        return require_reason(said)
    except Refusal as refusal:
        raise argparse.ArgumentTypeError(refusal.errors[0].detail) from refusal


def _told(refusal: Refusal) -> str:
    """Return a refusal in a line: what it is, why, and of which values."""
    of = [f"{each.pointer.removeprefix('/')} {each.detail}".strip() for each in refusal.errors]
    why = "; ".join(filter(None, (refusal.detail, *of))) or TITLES.get(refusal.code, "refused")
    return f"{refusal.code.value}: {why}"


async def _in_transaction(action: Any, arguments: argparse.Namespace, url: str) -> None:
    async with connected(url) as connection:
        if arguments.action in FORGETTING:
            secret = settings_for(arguments, url).secret
            await require_servers_secret(connection, secret, otherwise=NOT_KEPT_OUT)
        if getattr(arguments, "brand", None) is not None:
            await _require_brand(connection, arguments.brand)
        if arguments.action in NOT_IN_ONE_TRANSACTION:
            await action(arguments, connection)
            return
        async with connection.transaction():
            await action(arguments, connection)


async def _require_brand(connection: Connection, brand: str) -> None:
    rows = await connection.fetch("select brand from store union select brand from associate order by 1")
    brands = [row["brand"] for row in rows]
    if brand not in brands:
        raise CommandFailed(f"no such brand; brands: {', '.join(brands) or 'none yet'}")


async def _access(arguments: argparse.Namespace, connection: Connection) -> None:
    file = await access_file(
        connection, await _officer_for(connection, arguments.customer), arguments.customer
    )
    arguments.to.mkdir(parents=True, exist_ok=True)
    contents = {
        "json": msgspec.json.format(msgspec.json.encode(file)),
        "en.html": page_of(file, "en"),
        "fr.html": page_of(file, "fr"),
    }
    paths = [arguments.to / f"{arguments.customer}.{ending}" for ending in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        path.write_bytes(content)
    for form in ("json", "page"):
        await _done_for(arguments, connection, "file", form)
    answer(arguments, {"files": [str(path) for path in paths]}, "\n".join(str(path) for path in paths))


async def _rectify(arguments: argparse.Namespace, connection: Connection) -> None:
    version = await connection.fetchval("select max(version) from policy where ready_at is not null")
    fields = await rectify(
        connection,
        msgspec.structs.replace(
            await _officer_for(connection, arguments.customer), policy_version=version or 1
        ),
        arguments.customer,
        values={field: _value(said) for field, said in arguments.set},
        reason=arguments.reason,
        case_id=arguments.for_case,
        policies=Policies(),
        now=datetime.now(UTC),
    )
    answer(arguments, {"rectified": fields}, f"put right: {', '.join(fields)}")


def _value(said: str) -> Any:
    """Return what stands for a value on the command line: JSON where it is some, else the text itself.

    A number is a text too: a postcode keeps its first nought.
    """
    if said[:1] not in ("{", "[", '"') and said not in ("null", "true", "false"):
        return said
    try:
        return msgspec.json.decode(said)
    except msgspec.DecodeError as error:
        raise CommandFailed(f"--set: {said[:20]}… is no JSON") from error


async def _limits(arguments: argparse.Namespace, connection: Connection) -> None:
    await _officer_for(connection, arguments.customer)
    found = await limits.limits_of(connection, arguments.customer)
    lines = [
        f"{each.id} {each.kind} since {each.at:%Y-%m-%d} ({each.reason})"
        + (f", lifted {each.lifted_at:%Y-%m-%d}" if each.lifted_at else "")
        for each in found
    ]
    answer(arguments, {"limits": [msgspec.to_builtins(each) for each in found]}, "\n".join(lines) or "none")


async def _done_for(arguments: argparse.Namespace, connection: Connection, what: str, about: str) -> None:
    """Keep with the request by right, if one was named, what was done for it."""
    if arguments.for_case is not None:
        officer = retention.at_the_console(
            await connection.fetchval("select brand from privacy_case where id = $1", arguments.for_case)
            or ""
        )
        await cases.note_done(connection, officer, arguments.for_case, what, about)


async def _erase(arguments: argparse.Namespace, connection: Connection) -> None:
    officer = await _officer_for(connection, arguments.customer)
    done = await erase(connection, officer, arguments.customer, reason=arguments.reason)
    await _done_for(arguments, connection, "erased", str(done.case_id))
    words = f"erased under {len(done.ids)} ids, {done.sales_kept} sales kept; receipt: {done.case_id}"
    answer(arguments, msgspec.to_builtins(done), words)


async def _receipt(arguments: argparse.Namespace, connection: Connection) -> None:
    found = await receipt_of(connection, arguments.case, now=datetime.now(UTC))
    lines = [
        f"{copy.standing:<13} {copy.store:<14} {copy.device:<20} {copy.associate_id} {copy.since or ''}"
        for copy in found.copies
    ]
    answer(arguments, msgspec.to_builtins(found), "\n".join(lines) or "no tablet could have held her")


async def _limit(arguments: argparse.Namespace, connection: Connection) -> None:
    officer = await _officer_for(connection, arguments.customer)
    kind = Limit.RESTRICTION if arguments.action == "restrict" else Limit.PROFILING
    made = await limits.limit(
        connection,
        officer,
        arguments.customer,
        kind=kind,
        reason=arguments.reason,
        now=datetime.now(UTC),
        groups=field_groups(await _policy(connection)),
    )
    await _done_for(arguments, connection, "limited", kind.value)
    answer(arguments, {"limit": made}, f"{kind.value}: lift it with `comptoir privacy lift {made}`")


async def _lift(arguments: argparse.Namespace, connection: Connection) -> None:
    owner = await connection.fetchval(
        "select customer_id from processing_limit where id = $1", arguments.limit
    )
    officer = await _officer_for(connection, owner or UUID(int=0))
    await limits.lift(
        connection,
        officer,
        arguments.limit,
        now=datetime.now(UTC),
        groups=field_groups(await _policy(connection)),
    )
    answer(arguments, {"lifted": arguments.limit}, "lifted")


async def _tablet(arguments: argparse.Namespace, connection: Connection) -> None:
    lost = await stolen.tablet(connection, arguments.device)
    people = await stolen.held_on(connection, lost, after=None, limit=MOST_PERSONS)
    lines = [
        f"{each.id} {each.given_name or ''} {each.family_name or ''} {each.email or each.phone or ''}"
        for each in people
    ]
    facts = {"tablet": msgspec.to_builtins(lost), "persons": [msgspec.to_builtins(each) for each in people]}
    answer(arguments, facts, "\n".join(lines) or "nobody")


async def _register(arguments: argparse.Namespace, connection: Connection) -> None:
    found = register_of(await _policy(connection))
    lines = [
        f"{each.kind}: {each.purpose} ({each.basis})\n  fields: {', '.join(each.fields)}\n"
        f"  read by: {', '.join(each.read_by)}\n  kept: {each.kept}"
        for each in found
    ]
    answer(arguments, {"register": [msgspec.to_builtins(each) for each in found]}, "\n".join(lines))


async def _retention(arguments: argparse.Namespace, connection: Connection) -> None:
    now = datetime.now(UTC)
    suppose = _supposed(arguments)
    found: list[retention.Due] = []
    place = None
    while page := await retention.due(
        connection, now=now, ahead=timedelta(days=arguments.ahead), after=place, suppose=suppose
    ):
        found += page
        place = page[-1].due_at, page[-1].customer_id
    if arguments.export is not None:
        with arguments.export.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(("customer_id", "brand", "rule", "last_act", "due_at"))
            lines.writerows(msgspec.structs.astuple(each) for each in found)
    facts: dict[str, Any] = {"due": [msgspec.to_builtins(each) for each in found], "erased": 0}
    if not arguments.apply:
        facts["traces"] = await retention.traces_due(
            connection, now=now + timedelta(days=arguments.ahead), suppose=suppose
        )
        told = [f"{len(found)} people are due; --apply erases them"]
        if suppose:
            told = [f"if {suppose[0]} said {suppose[1]} months: {len(found)} people would be due"]
        told += [f"{count} of {name} are due" for name, count in facts["traces"].items()]
        answer(arguments, facts, "\n".join(told))
        return
    async with connection.transaction():
        run = await retention.begin(connection, now=now)
    while run.finished_at is None:
        async with connection.transaction():
            run = await retention.slice_of(connection, run)
        progress(f"retention  {run.erased} of {len(found)} erased")
    facts |= {"erased": run.erased, "traces": run.traces}
    answer(arguments, facts, f"{run.erased} erased; {sum(run.traces.values())} other rows let go")


def _supposed(arguments: argparse.Namespace) -> retention_rules.Supposed:
    if arguments.suppose is None:
        return None
    name, months = arguments.suppose
    if arguments.apply:
        raise CommandFailed("--suppose only looks: change the rule first, then --apply")
    if not months.isdecimal():
        raise CommandFailed("--suppose RULE MONTHS: months is a number")
    return retention_rules.supposed(name, int(months))


async def _rules(arguments: argparse.Namespace, connection: Connection) -> None:
    if arguments.set:
        name, months = arguments.set
        if not months.isdecimal():
            raise CommandFailed("--set RULE MONTHS: months is a number")
        officer = retention.at_the_console(arguments.brand)
        await retention_rules.change(connection, officer, name, months=int(months))
    standing = await retention_rules.in_force(connection, arguments.brand)
    lines = [
        f"{each.rule.name:<15} {each.months:>3} months ({each.rule.least} to {each.rule.most}) from "
        f"{each.rule.counted_from}: {each.rule.what} [{each.rule.basis}]"
        for each in standing
    ]
    lines += [retention_rules.WITH_THE_PERSON, retention_rules.STAYS]
    answer(arguments, {"rules": [msgspec.to_builtins(each) for each in standing]}, "\n".join(lines))


async def _ledger(arguments: argparse.Namespace, connection: Connection) -> None:
    arguments.to.write_bytes(await erasure_ledger.written(connection))
    answer(arguments, {"file": str(arguments.to)}, str(arguments.to))


async def _replay(arguments: argparse.Namespace, connection: Connection) -> None:
    try:
        found = await erasure_ledger.replay(connection, arguments.ledger.read_bytes())
    except msgspec.MsgspecError as error:
        raise CommandFailed(f"{arguments.ledger} is no ledger of erasures") from error
    answer(arguments, {"erased_again": found}, f"{found} erased again")


async def _scrub(arguments: argparse.Namespace, connection: Connection) -> None:
    try:
        tables = await scrub(connection)
    except ScrubHeld as error:
        raise CommandFailed(str(error)) from error
    answer(arguments, {"tables": tables}, f"{tables} tables rewritten")


async def _policy(connection: Connection) -> Any:
    version = await connection.fetchval("select max(version) from policy")
    return await Policies().version(connection, version or 1)


async def _officer_for(connection: Connection, customer_id: UUID) -> Any:
    brand = await connection.fetchval("select brand from customer where id = $1", customer_id)
    return retention.at_the_console(brand or "")
