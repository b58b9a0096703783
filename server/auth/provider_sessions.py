"""Sessions that began at head office's identity provider, and their end when it says so.

Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 to 2.7.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from schemas.record import Struct
from server.auth.id_token import CLOCK_SLACK_S, Identity, NotBelieved, Reader, name_in
from server.auth.sealing import keyed_digest
from server.database.pool import Connection

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class EndedThere(Struct):
    """Who left, or which session of his, and when that was said."""

    issuer: str
    subject: str | None
    session: str | None
    said_at: datetime


def end_in(token: str, reader: Reader) -> EndedThere:
    """Return what a logout token ends.

    Raises:
        NotBelieved: anything that is not exactly the provider's word to us, now.
    """
    claims = reader.claims_of(token, kinds=("logout+jwt", "jwt"), required=("jti", "events"))
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise NotBelieved("no end of a session")
    if "nonce" in claims:
        raise NotBelieved("the answer to a sign-in")  # an ID token passed off as the end of one
    if claims["aud"] not in (reader.client_id, [reader.client_id]):
        raise NotBelieved("to others too")
    name_in(claims, "jti")
    told = EndedThere(
        issuer=reader.issuer,
        subject=name_in(claims, "sub") if "sub" in claims else None,
        session=name_in(claims, "sid") if "sid" in claims else None,
        said_at=datetime.fromtimestamp(claims["iat"], UTC),
    )
    if told.subject is None and told.session is None:
        raise NotBelieved("nobody's")
    return told


async def remember(connection: Connection, key: bytes, family_id: UUID, identity: Identity) -> None:
    """Remember where a session began. Kept are digests: they can be compared and not read."""
    await connection.execute(
        "update refresh_family set provider_person = $2, provider_session = $3 where id = $1",
        family_id,
        keyed_digest(key, "person", identity.issuer, identity.subject),
        keyed_digest(key, "session", identity.issuer, identity.session) if identity.session else None,
    )


async def end_sessions(
    connection: Connection, key: bytes, told: EndedThere, *, now: datetime
) -> dict[UUID, int]:
    """End the sessions here that ended there, and return how many of whom.

    One that began after the provider spoke goes on: a token that is sent again ends nothing new. Where the
    provider never named its session, the end of any of a person's ends his here.
    """
    rows = await connection.fetch(
        """
        with over as (
            update refresh_family set ended_at = $1, end_reason = 'ended_at_provider'
            where ended_at is null and provider_person is not null and created_at <= $2
              and ($3::bytea is null or provider_person = $3)
              and ($4::bytea is null or provider_session = $4
                   or (provider_session is null and $3::bytea is not null))
            returning associate_id)
        select associate_id, count(*) from over group by associate_id order by associate_id
        """,
        now,
        told.said_at + timedelta(seconds=CLOCK_SLACK_S),
        keyed_digest(key, "person", told.issuer, told.subject) if told.subject else None,
        keyed_digest(key, "session", told.issuer, told.session) if told.session else None,
    )
    return {row["associate_id"]: row["count"] for row in rows}
