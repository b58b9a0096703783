"""`comptoir import FILE` without a mapping: says how the file might be read, for a person to change."""

import argparse
from typing import Any

import msgspec

from server.commands.answer import CommandFailed, answer
from server.imports import left_out, report
from server.imports.csv_source import FileUnreadable
from server.imports.proposing import propose

HOW = {"name": "by its name", "alike": "by a name like it", "content": "by what it holds"}


def run(arguments: argparse.Namespace) -> int:
    """Propose a mapping for the file that the arguments name."""
    try:
        proposal = propose(arguments.file)
        if arguments.keep_mapping is not None:
            text = msgspec.json.format(msgspec.json.encode(proposal.mapping), indent=2)
            with arguments.keep_mapping.open("xb") as kept:
                kept.write(text + b"\n")
    except FileExistsError as error:
        raise CommandFailed(f"{arguments.keep_mapping} is there already: it stays as it is") from error
    except (FileUnreadable, OSError) as error:
        raise CommandFailed(str(error)) from error
    facts = {"file": arguments.file.name, **msgspec.to_builtins(proposal)}
    answer(arguments, facts, _words(arguments, facts))
    return 0


def _words(arguments: argparse.Namespace, told: dict[str, Any]) -> str:
    written = report.written(told["encoding"], told["delimiter"], told["decimal"])
    lines = [f"{told['file']}: no mapping was named, so here is a proposal; nothing was written ({written})"]
    if told["shipped"]:
        lines.append(f"  its columns are known: say --mapping {told['shipped']}")
    lines += [
        f"  {each['column']:<28} {each['field']:<14} {HOW.get(each.get('how', ''), '')}".rstrip()
        for each in told["columns"]
        if "field" in each
    ]
    silent = {each["column"]: each["left_out"] for each in told["columns"] if "left_out" in each}
    lines += left_out.words(silent)
    lines += [f"  {each['column']}: {each['doubt']}" for each in told["columns"] if "doubt" in each]
    lines += [f"  ? {question}" for question in told["questions"]]
    lines += [f"  ! {remark}" for remark in told["remarks"]]
    if arguments.keep_mapping is not None:
        lines.append(f"  kept as {arguments.keep_mapping}: read it, then name it with --mapping")
    elif not told["shipped"]:
        lines.append("  --keep-mapping FILE.json keeps it for you to read and change")
    return "\n".join(lines)
