"""How long what is kept: the rules, what the law lets head office change of them, and what stands now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from schemas.problem import ErrorCode
from schemas.record import Struct
from server.audit import chain
from server.auth.principal import Principal
from server.database.pool import Connection
from server.problems import Refusal


class Rule(Struct):
    """What is let go after so many months, counted from when; within what bounds that may be changed."""

    name: str
    what: str
    counted_from: str
    months: int  # unless changed
    least: int
    most: int
    basis: str


Supposed = tuple[str, int] | None  # a rule, and its months if they were others

PROSPECT: Final = "prospect"
CUSTOMER: Final = "customer"
FORMER_VALUES: Final = "former_values"

RULES: Final[Mapping[str, Rule]] = {
    rule.name: rule
    for rule in (
        Rule(
            name=PROSPECT,
            what="everything of a person who never bought",
            counted_from="her last own act, or since when she is known; opening a message is none",
            months=36,
            least=1,
            most=36,
            basis="legitimate interest; CNIL: three years from her last contact",
        ),
        Rule(
            name=CUSTOMER,
            what="everything of a person who bought; her sales stay for the books and lead to nobody",
            counted_from="her last own act, or since when she is known",
            months=36,
            least=12,
            most=60,
            basis="contract; claims from a sale are over after five years",
        ),
        Rule(
            name=FORMER_VALUES,
            what="what a field held before",
            counted_from="when it gave way",
            months=12,
            least=1,
            most=36,
            basis="legitimate interest: a mistake can be found and undone",
        ),
        Rule(
            name="reveal_reasons",
            what="why a masked value was shown, in own words; the audit trail goes on",
            counted_from="when it was shown",
            months=12,
            least=6,
            most=36,
            basis="legal obligation: security of processing",
        ),
        Rule(
            name="refused_lines",
            what="lines of imported files that were refused",
            counted_from="the import",
            months=3,
            least=1,
            most=12,
            basis="legitimate interest: the line can be put right",
        ),
        Rule(
            name="decided_edits",
            what="edits that did not pass, once decided",
            counted_from="the decision",
            months=12,
            least=1,
            most=36,
            basis="legitimate interest: the decision can be explained",
        ),
        Rule(
            name="web_behaviour",
            what="her views, searches and carts on the web; of the last the date stays",
            counted_from="when she did",
            months=25,
            least=1,
            most=25,
            basis="consent; CNIL: what trackers gathered, for twenty-five months",
        ),
        Rule(
            name="messages",
            what="what was written to her, and what became of it",
            counted_from="when it left, or did not",
            months=36,
            least=12,
            most=36,
            basis="legitimate interest: what was said to her can be explained, and is not said too often",
        ),
        Rule(
            name="appointments",
            what="times at which she came or was to come",
            counted_from="the end of the appointment",
            months=24,
            least=1,
            most=36,
            basis="legitimate interest: she is served with what came before in mind",
        ),
        Rule(
            name="tasks",
            what="what was to be done for her, once done or called off; what is open stays",
            counted_from="when it was done or called off",
            months=24,
            least=1,
            most=36,
            basis="legitimate interest: she is served with what came before in mind",
        ),
        Rule(
            name="cases",
            what="complaints, repairs and questions, once solved or called off; what is open stays",
            counted_from="when it was solved or called off",
            months=60,
            least=24,
            most=60,
            basis="contract; claims from a sale are over after five years",
        ),
    )
}
# What goes with the person and has no rule of its own, and what stays.
WITH_THE_PERSON: Final = "consent proofs, notes, contacts, tastes, what is open: with the person"
STAYS: Final = "the audit trail, the ledger of erasures and sales without a person: kept by law"


class Standing(Struct):
    """A rule as it stands in a brand."""

    rule: Rule
    months: int
    version: int  # how often it was changed
    since: datetime | None
    changed_by: UUID | None


async def in_force(connection: Connection, brand: str) -> list[Standing]:
    """Return every rule as it stands in a brand, in their order."""
    rows = await connection.fetch(
        """
        select distinct on (rule) rule, months, version, changed_by, created_at
        from retention_rule where brand = $1 order by rule, version desc
        """,
        brand,
    )
    changed = {row["rule"]: row for row in rows}
    standing: list[Standing] = []
    for rule in RULES.values():
        row = changed.get(rule.name)
        standing.append(
            Standing(
                rule=rule,
                months=row["months"] if row else rule.months,
                version=row["version"] if row else 0,
                since=row["created_at"] if row else None,
                changed_by=row["changed_by"] if row else None,
            )
        )
    return standing


async def months_of(connection: Connection, brand: str, name: str) -> int:
    """Return how long one rule keeps things in a brand."""
    standing = await in_force(connection, brand)
    return next(each.months for each in standing if each.rule.name == name)


def require_lawful(name: str, months: int) -> None:
    """Refuse what a rule may not be changed to.

    Raises:
        Refusal: NOT_FOUND for no such rule; INVALID outside what the law allows.
    """
    rule = RULES.get(name)
    if rule is None:
        raise Refusal(ErrorCode.NOT_FOUND, f"rules: {', '.join(RULES)}")
    if not rule.least <= months <= rule.most:
        raise Refusal(ErrorCode.INVALID, f"months: from {rule.least} to {rule.most}")


def supposed(name: str, months: int) -> Supposed:
    """Return a rule as it could be made to say, for a look at whom that would touch.

    Raises:
        Refusal: INVALID for no such rule, and outside what the law allows.
    """
    if name not in RULES:
        raise Refusal(ErrorCode.INVALID, f"rules: {', '.join(RULES)}")
    require_lawful(name, months)
    return name, months


async def change(connection: Connection, principal: Principal, name: str, *, months: int) -> None:
    """Let a rule of the principal's brand stand otherwise from now on. The former word is kept.

    Raises:
        Refusal: NOT_FOUND for no such rule; INVALID outside what the law allows.
    """
    require_lawful(name, months)
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"retention {name}")
    await connection.execute(
        """
        insert into retention_rule (brand, rule, version, months, changed_by)
        select $1, $2, coalesce(max(version), 0) + 1, $3, $4
        from retention_rule where brand = $1 and rule = $2
        """,
        principal.brand,
        name,
        months,
        principal.associate_id,
    )
    await chain.append(
        connection, principal, "retention.rule_changed", facts={"rule": name, "months": months}
    )
