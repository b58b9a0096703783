"""What the wall's functions are given to, as the database itself has it."""

from server.database.pool import Connection


async def who_may_call(connection: Connection, function: str) -> list[str]:
    """Return the roles that may call a function, besides its owner."""
    holders: list[str] = await connection.fetchval(
        """
        select array_agg(a.grantee::regrole::text) from pg_proc p
        cross join lateral aclexplode(p.proacl) a where p.proname = $1 and a.grantee <> p.proowner
        """,
        function,
    )
    return holders
