"""Whether the console was told the secret that the server uses: another keys nothing that holds."""

from server.audit.head import genuine, signing_key
from server.audit.sealing import head_of
from server.commands.answer import CommandFailed
from server.database.pool import Connection


async def require_servers_secret(connection: Connection, secret: bytes, *, otherwise: str) -> None:
    """Refuse to go on under another secret than the one the standing head of the audit trail is signed with.

    Args:
        otherwise: what would come of it.
    """
    head = await head_of(connection)
    if head is not None and not genuine(signing_key(secret).public_key(), head):
        raise CommandFailed(
            "this is not the secret that the server uses: say its COMPTOIR_SECRET or COMPTOIR_HOME, "
            f"or {otherwise}"
        )
