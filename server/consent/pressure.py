"""How much may be written to a customer of a brand, whoever writes it."""

from schemas.messages import Pressure, PressureRules
from server.database.pool import Connection


async def pressure_rules(connection: Connection, brand: str) -> PressureRules:
    """Return how much may be written to a customer of a brand."""
    rows = await connection.fetch(
        "select purpose, most, days from contact_pressure where brand = $1 order by purpose", brand
    )
    rules = {row["purpose"]: Pressure(most=row["most"], days=row["days"]) for row in rows}
    return PressureRules(brand=brand, rules=rules)
