"""What this installation is told by its environment, read once."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from schemas.record import Struct

MINUTE_S = 60
DAY_S = 86_400


# An administrator is made here alone; so is whoever works in a store.
GIVEN_BY_GROUP = frozenset({"call_centre", "head_office_crm", "loyalty_manager", "privacy_officer"})


class SettingsError(Exception):
    """The environment says something we cannot work with."""


class Oidc(Struct):
    """The identity provider of head office."""

    issuer: str  # exactly as the provider writes it
    client_id: str
    redirect_uri: str  # the page of ours that the browser comes back to
    client_secret: str | None = None
    groups_claim: str = "groups"
    roles: dict[str, str] = {}  # group -> role, the first that fits; empty: roles are set here alone


class Smtp(Struct):
    """The mail server that takes our mail."""

    host: str
    port: int
    security: str = "starttls"  # starttls (refused without), tls (from the first byte) or none
    username: str | None = None
    password: str | None = None
    timeout_s: float = 30.0  # for each of its answers


class SmsProvider(Struct):
    """Who takes our text messages: one address that is posted JSON to."""

    url: str  # https; its host is the only one ever asked
    token: str = ""
    sender: str = ""
    timeout_s: float = 15.0


class Outgoing(Struct):
    """How what is written to customers leaves the house."""

    public_url: str = "http://localhost:8000"  # where customers reach this API: links begin so
    sender: str = "Comptoir <no-reply@comptoir.invalid>"
    smtp: Smtp | None = None
    sms: SmsProvider | None = None
    folder: Path | None = None  # where what nobody takes is laid down instead of being sent


class Settings(Struct):
    """Everything an operator may choose. Built by ``from_environment``; tests build their own."""

    database_url: str
    secret: bytes  # at least 32 bytes; every key of this installation is derived from it
    issuer: str = "comptoir"
    audience: str = "comptoir-api"
    access_token_s: int = 10 * MINUTE_S
    refresh_token_s: int = 30 * DAY_S
    refresh_grace_s: int = MINUTE_S  # how long the previous refresh token answers its successor
    enrolment_code_s: int = 10 * MINUTE_S
    lease_s: int = 14 * DAY_S
    sealed_people: int = 200  # whose masked values one person may take along sealed, in a day; 0: none
    body_limit: int = 2 * 1024 * 1024  # bytes
    depth_limit: int = 32
    open_docs: bool = False  # the API document without a sign-in: demo only
    pool_size: int = 10
    sync_places: int = 0  # requests of tablets at work at once in a process, at most; 0 = most of the pool
    password_memory_kib: int = 19 * 1024  # Argon2id, OWASP's second profile
    password_rounds: int = 2
    build_snapshots_s: float = 2.0  # how often somebody looks which first downloads were asked for; 0 = never
    policy_cut_s: float = 1.0  # how often a policy on its way is looked for; 0 = never
    oidc: Oidc | None = None
    extraction_caps: bool = True  # off for measuring and proofs only
    seal_audit_s: float = 2.0  # how often new audit events are linked to the chain; 0 = never
    audit_heads: Path | None = None  # the file outside the database where the chain's heads are kept
    take_in_s: float = 1.0  # how often somebody looks whether sources delivered something; 0 = never
    follow_identity_s: float = 2.0  # how often customers that changed are compared with others; 0 = never
    wall: str = "auto"  # the database's own refusals: auto, required (refuse to start without) or off
    ready_within_s: float = 2.0  # the database answers, or this process is not ready
    sweep_s: float = 3600.0  # how often the feed is swept; 0 = never
    watch_s: float = 0  # how often the meters are read off; 0 = never, where nobody scrapes them
    outgoing: Outgoing = Outgoing()
    reading_url: str | None = None  # of a hot standby that head office's lists are read on
    send_s: float = 2.0  # how often somebody looks what is to be sent; 0 = never
    imports_s: float = 1.0  # how often somebody looks which files are to be imported; 0 = never
    webhooks_s: float = 2.0  # how often somebody looks what services are to be told of; 0 = never
    webhooks_inside: bool = False  # services in our own network are told too, by plain http if need be


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of this process.

    ``COMPTOIR_SECRET`` (hex or text, 32 bytes or more) is for a real installation; without it one is
    made and kept, readable by its owner only, in ``COMPTOIR_HOME`` (default ``~/.local/state/comptoir``).

    Raises:
        SettingsError: there is no ``DATABASE_URL``, or the secret is too short.
    """
    database_url = environment.get("DATABASE_URL") or environment.get("COMPTOIR_DATABASE_URL")
    if not database_url:
        raise SettingsError("DATABASE_URL is not set")
    return Settings(
        database_url=database_url,
        reading_url=environment.get("COMPTOIR_READING_URL") or None,
        secret=_secret(environment),
        issuer=environment.get("COMPTOIR_ISSUER", "comptoir"),
        open_docs=environment.get("COMPTOIR_OPEN_DOCS", "") in {"1", "true", "yes"},
        oidc=_oidc(environment),
        extraction_caps=environment.get("COMPTOIR_EXTRACTION_CAPS", "on") != "off",
        audit_heads=audit_heads(environment),
        pool_size=_whole_number(environment, "COMPTOIR_POOL_SIZE", 10),
        sealed_people=_whole_number(environment, "COMPTOIR_SEALED_PEOPLE", 200, least=0),
        sync_places=_whole_number(environment, "COMPTOIR_SYNC_PLACES", 0, least=0),
        wall=_one_of(environment, "COMPTOIR_WALL", ("auto", "required", "off")),
        watch_s=float(_whole_number(environment, "COMPTOIR_WATCH_S", 0, least=0)),
        follow_identity_s=float(_whole_number(environment, "COMPTOIR_FOLLOW_IDENTITY_S", 2, least=0)),
        outgoing=_outgoing(environment),
        send_s=float(_whole_number(environment, "COMPTOIR_SEND_S", 2, least=0)),
        imports_s=float(_whole_number(environment, "COMPTOIR_IMPORTS_S", 1, least=0)),
        webhooks_s=float(_whole_number(environment, "COMPTOIR_WEBHOOKS_S", 2, least=0)),
        webhooks_inside=environment.get("COMPTOIR_WEBHOOKS_INSIDE", "") in {"1", "true", "yes"},
    )


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder where this installation keeps what it makes for itself."""
    if chosen := environment.get("COMPTOIR_HOME"):
        return Path(chosen)
    state = environment.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "comptoir"


def audit_heads(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file where heads of the audit chain are kept: best on another machine's disk."""
    chosen = environment.get("COMPTOIR_AUDIT_HEADS")
    return Path(chosen) if chosen else home(environment) / "audit-heads.jsonl"


def _outgoing(environment: Mapping[str, str]) -> Outgoing:
    """Return how mail and text messages leave, from ``COMPTOIR_SMTP_…``, ``COMPTOIR_SMS_…`` and the like.

    What nobody takes is laid down in the folder ``COMPTOIR_OUTBOX``; without one it waits.
    """
    smtp, sms = None, None
    if host := environment.get("COMPTOIR_SMTP_HOST"):
        security = _one_of(environment, "COMPTOIR_SMTP_SECURITY", ("starttls", "tls", "none"))
        usual = {"starttls": 587, "tls": 465, "none": 25}[security]
        smtp = Smtp(
            host=host,
            port=_whole_number(environment, "COMPTOIR_SMTP_PORT", usual),
            security=security,
            username=environment.get("COMPTOIR_SMTP_USER") or None,
            password=environment.get("COMPTOIR_SMTP_PASSWORD") or None,
            timeout_s=float(_whole_number(environment, "COMPTOIR_SMTP_TIMEOUT_S", 30)),
        )
        if smtp.username and security == "none":
            raise SettingsError("COMPTOIR_SMTP_SECURITY=none would send the password in clear")
    if url := environment.get("COMPTOIR_SMS_URL"):
        if not _is_safe(url):
            raise SettingsError("COMPTOIR_SMS_URL must be an https address")
        sms = SmsProvider(
            url=url,
            token=environment.get("COMPTOIR_SMS_TOKEN", ""),
            sender=environment.get("COMPTOIR_SMS_SENDER", ""),
        )
    plain = Outgoing()
    public_url = environment.get("COMPTOIR_PUBLIC_URL", plain.public_url).rstrip("/")
    if smtp is not None and not _is_safe(public_url):
        raise SettingsError("COMPTOIR_PUBLIC_URL must be the https address where customers reach the links")
    sender = environment.get("COMPTOIR_MAIL_FROM", plain.sender)
    if smtp is not None and "@" not in environment.get("COMPTOIR_MAIL_FROM", ""):
        raise SettingsError("COMPTOIR_MAIL_FROM must be the address that mail comes from")
    chosen = environment.get("COMPTOIR_OUTBOX")
    folder = Path(chosen) if chosen else None
    return Outgoing(public_url=public_url, sender=sender, smtp=smtp, sms=sms, folder=folder)


def _oidc(environment: Mapping[str, str]) -> Oidc | None:
    """Return the identity provider named by ``COMPTOIR_OIDC_…``; None without an issuer."""
    issuer = environment.get("COMPTOIR_OIDC_ISSUER")
    if not issuer:
        return None
    needed = {
        name: environment.get(f"COMPTOIR_OIDC_{name.upper()}") for name in ("client_id", "redirect_uri")
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise SettingsError(f"COMPTOIR_OIDC_{missing[0].upper()} is not set")
    if not _is_safe(issuer):
        raise SettingsError("COMPTOIR_OIDC_ISSUER must be an https address")
    try:
        roles = msgspec.json.decode(environment.get("COMPTOIR_OIDC_ROLES", "{}"), type=dict[str, str])
    except msgspec.MsgspecError as error:
        raise SettingsError('COMPTOIR_OIDC_ROLES must be JSON: {"group": "role"}') from error
    if unknown := sorted(set(roles.values()) - GIVEN_BY_GROUP):
        raise SettingsError(f"COMPTOIR_OIDC_ROLES: no group gives the role {unknown[0]}")
    return Oidc(
        issuer=issuer,
        client_id=needed["client_id"] or "",
        redirect_uri=needed["redirect_uri"] or "",
        client_secret=environment.get("COMPTOIR_OIDC_CLIENT_SECRET") or None,
        groups_claim=environment.get("COMPTOIR_OIDC_GROUPS_CLAIM", "groups"),
        roles=roles,
    )


def _is_safe(issuer: str) -> bool:
    parts = urlsplit(issuer)
    return parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1", "::1"}


def _secret(environment: Mapping[str, str]) -> bytes:
    if said := environment.get("COMPTOIR_SECRET"):
        try:
            secret = bytes.fromhex(said)
        except ValueError:
            secret = said.encode()
        if len(secret) < 32:
            raise SettingsError("COMPTOIR_SECRET must hold at least 32 bytes")
        return secret
    path = home(environment) / "secret"
    try:
        kept = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = secrets.token_bytes(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(kept.hex())
    if len(kept) < 32:
        raise SettingsError(f"{path} does not hold a secret")
    return kept


def _one_of(environment: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    said = environment.get(name) or words[0]
    if said not in words:
        raise SettingsError(f"{name} must be one of {', '.join(words)}")
    return said


def _whole_number(environment: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    said = environment.get(name)
    if said is None:
        return default
    if not said.isdigit() or int(said) < least:
        raise SettingsError(f"{name} must be a whole number from {least} on")
    return int(said)
