"""Problems and their stable codes, for programs and for the tablet's words. A code never changes meaning.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from schemas.record import OpenEnum, Struct


class ErrorCode(OpenEnum):
    """Why something was refused."""

    # who is asking
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_CREDENTIALS = "wrong_credentials"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 (a code, not a secret)
    DEVICE_REVOKED = "device_revoked"
    ENROLMENT_CODE_INVALID = "enrolment_code_invalid"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    IDENTITY_REFUSED = "identity_refused"  # what came from the identity provider opens nothing here
    NOT_ALLOWED = "not_allowed"  # the role may not do this at all
    # what is asked
    NOT_FOUND = "not_found"  # unknown, or not yours: the answer is the same
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    MALFORMED = "malformed"  # cannot be read at all
    INVALID = "invalid"  # can be read, breaks a rule
    UNKNOWN_PARAMETER = "unknown_parameter"
    INVALID_CURSOR = "invalid_cursor"
    TOO_LARGE = "too_large"
    PRECONDITION_FAILED = "precondition_failed"  # If-Match
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"  # the same key with another body
    RATE_LIMITED = "rate_limited"
    EXTRACTION_CAPPED = "extraction_capped"  # has read as many people as the role may for now
    EXPORT_TOO_LARGE = "export_too_large"  # more rows than the role may take away at once
    # verdicts on edits
    FIELD_NOT_ALLOWED = "field_not_allowed"
    FIELD_READ_ONLY = "field_read_only"  # computed by the server
    FIELD_INVALID = "field_invalid"
    CUSTOMER_OUT_OF_SCOPE = "customer_out_of_scope"
    ROLE_CHANGED = "role_changed"
    ALREADY_EXISTS = "already_exists"
    PRECONDITION = "precondition"  # the state of the thing does not allow it
    UNKNOWN_OP = "unknown_op"
    SCHEMA_TOO_NEW = "schema_too_new"
    APP_TOO_OLD = "app_too_old"
    STALE = "stale"
    NOT_THE_AUTHOR = "not_the_author"
    DISMISSED = "dismissed"  # a manager looked at it and let it go
    TOO_LATE = "too_late"  # the time in which it could be taken back is over
    # merging and forgetting
    ALREADY_MERGED = "already_merged"
    NOT_MERGED = "not_merged"
    NOTE_REFUSED = "note_refused"  # it says of a person what no note may say; its text is kept nowhere
    RESTRICTED = "restricted"  # she asked that her data be kept and nothing be done with it
    PERSON_ERASED = "person_erased"  # she asked to be forgotten
    # the world
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


PROTOCOL_POINTER = "/caller/protocol"  # the part of a sync request whose error tells the protocols spoken


class FieldError(Struct):
    """One part of the input that breaks a rule. ``pointer`` is a JSON Pointer; no value is repeated."""

    pointer: str
    detail: str


class Problem(Struct, omit_defaults=True):
    """The body of every error, as ``application/problem+json``."""

    type: str  # "https://comptoir.invalid/problems/<code>"
    title: str
    status: int
    code: ErrorCode
    detail: str = ""
    instance: str | None = None
    errors: tuple[FieldError, ...] = ()
