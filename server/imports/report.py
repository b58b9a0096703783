"""The closing report of an import, in words and as facts, to be held against the file."""

from decimal import Decimal
from typing import Any

from server.imports.csv_source import Dialect
from server.imports.job import Prepared, Result
from server.imports.money import PLACES

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def facts(prepared: Prepared, result: Result, *, seconds: float) -> dict[str, Any]:
    """Return the report for a program. Amounts are decimal texts; ``stored`` is what the rounding left."""
    totals = result.totals
    dealt_with = totals.lines - result.resumed_at
    return {
        "file": prepared.path.name,
        "source": prepared.mapping.source,
        "batch": str(result.batch_id),
        "encoding": prepared.dialect.encoding,
        "delimiter": prepared.dialect.delimiter,
        "decimal": prepared.dialect.decimal,
        "lines": totals.lines,
        "lines_in_file": prepared.ends.lines,
        "imported": totals.imported,
        "known": totals.known,
        "refused": totals.refused,
        "anonymous": totals.anonymous,
        "cancelled": totals.cancelled,
        "duplicates": totals.duplicates,
        "orders": totals.orders,
        "orders_imported": totals.orders_imported,
        "orders_known": totals.orders_known,
        "orders_cancelled": totals.orders_cancelled,
        "orders_anonymous": totals.orders_anonymous,
        "customers": totals.customers,
        "customers_new": totals.customers_new,
        "quantity": totals.quantity,
        "amount": {currency: str(amount) for currency, amount in totals.amount.items()},
        "stored": {currency: str(_major(amount, currency)) for currency, amount in totals.stored.items()},
        "resumed_at": result.resumed_at,
        "seconds": round(seconds, 2),
        "lines_per_second": round(dealt_with / seconds) if seconds else 0,
    }


def words(report: dict[str, Any]) -> str:
    """Return the report for a person."""

    def row(name: str, count: int, more: str = "") -> str:
        return f"  {name:<22}{count:>14,}{'  ' + more if more else ''}".rstrip()

    amounts = [
        f"  {'amount ' + currency:<22}{Decimal(amount):>14,}"
        + _rounding(Decimal(amount), Decimal(report["stored"][currency]))
        for currency, amount in report["amount"].items()
    ]
    going_on = (
        [f"  went on after line {report['resumed_at']:,} of an earlier run"] if report["resumed_at"] else []
    )
    return "\n".join(
        [
            f"{report['file']} ({written(report['encoding'], report['delimiter'], report['decimal'])})",
            *going_on,
            row("lines", report["lines"], f"of {report['lines_in_file']:,} in the file"),
            row("  imported", report["imported"]),
            row("  known before", report["known"]),
            row("  refused", report["refused"]),
            row("without a customer", report["anonymous"], f"{report['orders_anonymous']:,} orders"),
            row("of cancelled orders", report["cancelled"], f"{report['orders_cancelled']:,} orders"),
            row("repeated in an order", report["duplicates"], "kept: they are sales"),
            row("orders", report["orders"], f"{report['orders_imported']:,} new"),
            row("customers", report["customers"], f"{report['customers_new']:,} new"),
            row("pieces", report["quantity"]),
            *amounts,
            f"  {report['seconds']} s, {report['lines_per_second']:,} lines a second",
        ]
    )


def written(encoding: str, delimiter: str, decimal: str) -> str:
    """Return in words how a file is written."""
    name = {"utf-8-sig": "UTF-8 with a mark", "utf-8": "UTF-8", "cp1252": "CP-1252"}.get(encoding, encoding)
    point = "decimal comma" if decimal == "," else "decimal point"
    return f"{name}, {_DELIMITERS.get(delimiter, delimiter)}, {point}"


def described(dialect: Dialect) -> str:
    """Return in words how a file was found to be written."""
    return written(dialect.encoding, dialect.delimiter, dialect.decimal)


def _major(amount: int, currency: str) -> Decimal:
    return Decimal(amount).scaleb(-PLACES.get(currency, 2))


def _rounding(exact: Decimal, stored: Decimal) -> str:
    return "" if exact == stored else f"  kept as {stored:,}: prices below the smallest coin are rounded"
