"""Who of the staff is who at the identity provider: linked by an administrator, never by the provider."""

from uuid import UUID

from schemas.staff import Role
from server.audit import chain
from server.audit.alarms import raise_alarm
from server.auth.id_token import Identity
from server.auth.principal import Principal
from server.database.pool import Connection
from server.settings import Oidc
from server.staff.accounts import AccountRefused, Moved, move


async def link(
    connection: Connection, associate_id: UUID, *, issuer: str, subject: str, by: Principal | None
) -> None:
    """Let somebody sign in as this identity alone; whom he was before opens nothing any more.

    Raises:
        AccountRefused: nobody is there, it is a service, or the identity is somebody else's.
    """
    row = await connection.fetchrow(
        "select code, role, brand from associate where id = $1 and active for update", associate_id
    )
    if row is None:
        raise AccountRefused("nobody active has this account")
    if row["role"] == Role.INTEGRATION:
        raise AccountRefused("a service has keys and no identity")
    await connection.execute(
        "delete from staff_identity where associate_id = $1 and issuer = $2", associate_id, issuer
    )
    linked = await connection.fetchval(
        """
        insert into staff_identity (issuer, subject, associate_id) values ($1, $2, $3)
        on conflict do nothing returning true
        """,
        issuer,
        subject,
        associate_id,
    )
    if not linked:
        raise AccountRefused("this identity is somebody else's")
    await connection.execute(
        """
        update refresh_family set ended_at = now(), end_reason = 'identity_changed'
        where associate_id = $1 and provider_person is not null and ended_at is null
        """,
        associate_id,
    )
    await chain.append(
        connection, by, "staff.identity_linked", subject_kind="associate", subject_id=associate_id
    )
    await raise_alarm(
        connection,
        "identity_linked",
        once=f"{associate_id} {issuer} {subject}",
        brand=row["brand"],
        associate_id=by.associate_id if by else None,
        facts={"account": str(associate_id)},
    )


async def associate_of(connection: Connection, identity: Identity, oidc: Oidc) -> UUID | None:
    """Return who an identity is here, in the role that his groups give him; None: nobody who may sign in.

    Groups give a role only where the installation says so, never that of an administrator, and take it from
    none: he is made and unmade here.
    """
    row = await connection.fetchrow(
        """
        select a.id, a.code, a.role from staff_identity s join associate a on a.id = s.associate_id
        where s.issuer = $1 and s.subject = $2 and a.active
        """,
        identity.issuer,
        identity.subject,
    )
    if row is None or row["role"] == Role.INTEGRATION:
        return None
    if oidc.roles and row["role"] != Role.ADMINISTRATOR:
        role = next((role for group, role in oidc.roles.items() if group in identity.groups), None)
        if role is None:
            return None
        if role != row["role"]:
            await move(connection, row["code"], Moved(role=Role(role)))
    found: UUID = row["id"]
    return found
