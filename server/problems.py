"""Every error as problem+json (RFC 9457). The only file that knows which HTTP status a code has."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from schemas.problem import ErrorCode, FieldError, Problem
from server.rule_words import allowed_at, rule_of

log = structlog.get_logger()

LONGEST_RULE = 600  # characters of what a value has to be; our own words, as an area's whole list
TYPE_BASE = "https://comptoir.invalid/problems/"
MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.NOT_SIGNED_IN: 401,
    ErrorCode.WRONG_CREDENTIALS: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.DEVICE_REVOKED: 403,
    ErrorCode.ENROLMENT_CODE_INVALID: 403,
    ErrorCode.TOO_MANY_ATTEMPTS: 429,
    ErrorCode.IDENTITY_REFUSED: 403,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.MALFORMED: 400,
    ErrorCode.INVALID: 422,
    ErrorCode.UNKNOWN_PARAMETER: 400,
    ErrorCode.INVALID_CURSOR: 400,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.PRECONDITION_FAILED: 412,
    ErrorCode.IDEMPOTENCY_CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.EXTRACTION_CAPPED: 429,
    ErrorCode.EXPORT_TOO_LARGE: 403,
    ErrorCode.FIELD_NOT_ALLOWED: 403,
    ErrorCode.FIELD_READ_ONLY: 403,
    ErrorCode.FIELD_INVALID: 422,
    ErrorCode.CUSTOMER_OUT_OF_SCOPE: 404,
    ErrorCode.ROLE_CHANGED: 403,
    ErrorCode.ALREADY_EXISTS: 409,
    ErrorCode.PRECONDITION: 409,
    ErrorCode.UNKNOWN_OP: 422,
    ErrorCode.SCHEMA_TOO_NEW: 422,
    ErrorCode.APP_TOO_OLD: 422,
    ErrorCode.STALE: 409,
    ErrorCode.NOT_THE_AUTHOR: 403,
    ErrorCode.DISMISSED: 409,
    ErrorCode.TOO_LATE: 409,
    ErrorCode.ALREADY_MERGED: 409,
    ErrorCode.NOT_MERGED: 409,
    ErrorCode.PERSON_ERASED: 409,
    ErrorCode.NOTE_REFUSED: 422,
    ErrorCode.RESTRICTED: 409,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}

TITLES: Mapping[ErrorCode, str] = {
    ErrorCode.NOT_SIGNED_IN: "Sign in first.",
    ErrorCode.WRONG_CREDENTIALS: "The code or the password is wrong.",
    ErrorCode.TOKEN_EXPIRED: "The sign-in has expired.",
    ErrorCode.DEVICE_REVOKED: "This device is no longer trusted.",
    ErrorCode.ENROLMENT_CODE_INVALID: "The enrolment code is wrong, used or expired.",
    ErrorCode.TOO_MANY_ATTEMPTS: "Too many attempts. Try again later.",
    ErrorCode.IDENTITY_REFUSED: "The identity provider's answer opens nothing here.",
    ErrorCode.NOT_ALLOWED: "Your role does not allow this.",
    ErrorCode.NOT_FOUND: "There is nothing here for you.",
    ErrorCode.METHOD_NOT_ALLOWED: "This method is not allowed here.",
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: "This content type or encoding is not accepted here.",
    ErrorCode.MALFORMED: "The request cannot be read.",
    ErrorCode.INVALID: "The request breaks a rule.",
    ErrorCode.UNKNOWN_PARAMETER: "A parameter is unknown.",
    ErrorCode.INVALID_CURSOR: "The cursor is not one of ours.",
    ErrorCode.TOO_LARGE: "The request is too large.",
    ErrorCode.PRECONDITION_FAILED: "The record has changed since you read it.",
    ErrorCode.IDEMPOTENCY_CONFLICT: "This idempotency key was used for another request.",
    ErrorCode.RATE_LIMITED: "Too many requests. Try again later.",
    ErrorCode.EXTRACTION_CAPPED: "You have read as much about customers as your role may for now.",
    ErrorCode.EXPORT_TOO_LARGE: "Your role may not take away so much at once.",
    ErrorCode.FIELD_NOT_ALLOWED: "Your role may not change this field.",
    ErrorCode.FIELD_READ_ONLY: "This field is computed; nobody sets it.",
    ErrorCode.FIELD_INVALID: "The value does not fit the field.",
    ErrorCode.CUSTOMER_OUT_OF_SCOPE: "There is nothing here for you.",
    ErrorCode.ROLE_CHANGED: "Your role no longer allows this.",
    ErrorCode.ALREADY_EXISTS: "This exists already.",
    ErrorCode.PRECONDITION: "The state of the record does not allow this.",
    ErrorCode.UNKNOWN_OP: "This kind of edit is unknown here.",
    ErrorCode.SCHEMA_TOO_NEW: "This comes from an application newer than the server.",
    ErrorCode.APP_TOO_OLD: "This application is too old to receive; what it has waiting is still taken.",
    ErrorCode.STALE: "This edit is too old to be applied blindly.",
    ErrorCode.NOT_THE_AUTHOR: "Only its author may do this.",
    ErrorCode.DISMISSED: "A manager has let this edit go.",
    ErrorCode.TOO_LATE: "The time in which this could be taken back is over.",
    ErrorCode.ALREADY_MERGED: "One of them is merged already: speak of the one she was merged into.",
    ErrorCode.NOT_MERGED: "She is not merged into anybody.",
    ErrorCode.PERSON_ERASED: "This person asked to be forgotten.",
    ErrorCode.NOTE_REFUSED: "A note may not say this of a person.",
    ErrorCode.RESTRICTED: "The customer asked that her data be kept and not used.",
    ErrorCode.UNAVAILABLE: "The service is not available for the moment.",
    ErrorCode.INTERNAL: "Something went wrong on our side.",
}

_CODE_OF_STATUS: Mapping[int, ErrorCode] = {
    400: ErrorCode.MALFORMED,
    401: ErrorCode.NOT_SIGNED_IN,
    403: ErrorCode.NOT_ALLOWED,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.TOO_LARGE,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    422: ErrorCode.INVALID,
    429: ErrorCode.RATE_LIMITED,
    503: ErrorCode.UNAVAILABLE,
}

_OF_FORM = re.compile(
    r"(?:JSON is malformed: [a-z -]+ \(byte \d+\)|Input data was truncated)", re.ASCII | re.IGNORECASE
)
NOT_AMONG = "Invalid enum value"  # how msgspec begins to say so
_MATCHING = re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL)
_MISSING = re.compile(r"Missing required (?:query parameter|header|cookie) '([\w-]+)'", re.ASCII)
_QUOTED = re.compile(r"[`'\"][^`'\"]*[`'\"]")
_PATH_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]")


class Refusal(Exception):
    """An answer the trade expects. Raised anywhere below the framework's edge, where it becomes a problem.

    ``detail`` is for people and never repeats a value from the request.
    """

    def __init__(
        self,
        code: ErrorCode,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s


def problem_response(
    code: ErrorCode,
    detail: str = "",
    *,
    errors: tuple[FieldError, ...] = (),
    retry_after_s: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[Problem]:
    """Return the response a code makes."""
    status = STATUS.get(code, 500)
    sent = {"cache-control": "no-store", **(headers or {})}
    if status in (429, 503):
        sent["retry-after"] = str(retry_after_s if retry_after_s is not None else 5)
    if status == 401:
        sent["www-authenticate"] = "Bearer"
    return Response(
        Problem(
            type=TYPE_BASE + code.value,
            title=TITLES.get(code, ""),
            status=status,
            code=code,
            detail=detail,
            errors=errors,
        ),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=sent,
    )


def _refused(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    assert isinstance(error, Refusal)
    return problem_response(error.code, error.detail, errors=error.errors, retry_after_s=error.retry_after_s)


def _unreadable(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    return problem_response(ErrorCode.MALFORMED, _where_malformed(str(error)))


def _where_malformed(message: str) -> str:
    """Return what a decoder says of the form of a text, which quotes nothing of it; empty for other words."""
    return message if _OF_FORM.fullmatch(message) else ""


def _out_of_range(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A value that a column cannot hold and no type caught: NUL in text, an integer beyond 64 bits."""
    return problem_response(ErrorCode.INVALID)


def _interface(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The driver's own word: a value it cannot encode is the sender's fault, anything else is ours."""
    if isinstance(error, ValueError):
        return _out_of_range(request, error)
    # The driver has no kind of its own for a connection that went away between two statements.
    return _unavailable(request, error) if "closed" in str(error) else _bug(request, error)


def _unavailable(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    log.warning("database.unavailable", kind=type(error).__name__)
    return problem_response(ErrorCode.UNAVAILABLE)


def _several(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """What failed while a request's transaction was ended because something had failed: mostly one cause."""
    assert isinstance(error, ExceptionGroup)
    answers = [_handler_of(each)(request, each) for each in error.exceptions]
    return next((each for each in answers if each.status_code == STATUS[ErrorCode.UNAVAILABLE]), answers[0])


def _handler_of(error: Exception) -> Callable[[Request[Any, Any, Any], Exception], Response[Problem]]:
    return next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)


def _http(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    assert isinstance(error, HTTPException)
    if isinstance(error, ValidationException):
        return problem_response(
            ErrorCode.INVALID,
            errors=_field_errors(error.extra, request.scope.get("route_handler")) or _missing(error.detail),
        )
    code = _CODE_OF_STATUS.get(error.status_code)
    if code is None:
        code = ErrorCode.MALFORMED if error.status_code < 500 else ErrorCode.INTERNAL
    detail = _where_malformed(error.detail) if code is ErrorCode.MALFORMED else ""
    allowed = {
        name: ", ".join(sorted(text.split(", ")))
        for name, text in (error.headers or {}).items()
        if name.lower() == "allow"
    }
    return problem_response(code, detail, headers=allowed)


def _invalid(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    text = str(error)
    pointer = pointer_of(text)
    handler, steps = request.scope.get("route_handler"), pointer.split("/")[1:]
    detail = (_allowed(handler, steps) if text.startswith(NOT_AMONG) else "") or neutral(text)
    return problem_response(ErrorCode.INVALID, errors=(FieldError(pointer=pointer, detail=detail),))


def _bug(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    # The message may quote a value (constraint violations do): only its kind and where it arose are logged.
    log.error(
        "request.failed",
        route=request.scope.get("path_template", ""),
        kind=type(error).__name__,
        at=_origin_of(error),
    )
    return problem_response(ErrorCode.INTERNAL)


def _origin_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"


def neutral(message: str) -> str:
    """Return a validation message without anything the sender wrote."""
    text = message.split(" - at ")[0]
    if text.startswith(NOT_AMONG):
        return "not one of the allowed values"
    if (matching := _MATCHING.fullmatch(text)) and (rule := rule_of(matching[1])):
        return rule
    if "unknown field" in text:
        return "unknown field"
    if text.startswith(("Expected", "Object missing required field")):
        return text[:LONGEST_RULE]
    return _QUOTED.sub("the value", text)[:160]


def pointer_of(message: str) -> str:
    """Return the JSON Pointer of the path a msgspec message ends with; empty for the whole."""
    parts = message.split(" - at `$")
    if len(parts) < 2:
        return ""
    steps = _PATH_STEP.findall(parts[-1])
    return "".join("/" + (name or ("*" if index == "..." else index)) for name, index in steps)


def _field_errors(extra: Any, handler: Any) -> tuple[FieldError, ...]:
    found: list[FieldError] = []
    for entry in extra if isinstance(extra, list) else ():
        key = str(entry.get("key", ""))
        if entry.get("source") == "body" and entry.get("message") == f"'{key}'":
            found.append(FieldError(pointer="", detail="a JSON body is needed"))
            continue
        steps = [step for step in key.split(".") if step.isidentifier() or step.isdigit()]
        message = str(entry.get("message", ""))
        allowed = _allowed(handler, steps) if message.startswith(NOT_AMONG) else ""
        pointer = "".join(f"/{step}" for step in steps)
        found.append(FieldError(pointer=pointer, detail=allowed or neutral(message)))
    return tuple(found)


def _allowed(handler: Any, steps: list[str]) -> str:
    """Return which words a door's type allows there; empty where it says none."""
    parameters: Mapping[str, Any] = getattr(getattr(handler, "parsed_fn_signature", None), "parameters", {})
    if steps and steps[0] in parameters:
        return allowed_at(parameters[steps[0]].annotation, steps[1:])
    return allowed_at(parameters["data"].annotation, steps) if "data" in parameters else ""


def _missing(message: str) -> tuple[FieldError, ...]:
    """Return the parameter of ours that a request does not name."""
    found = _MISSING.match(message)
    return (FieldError(pointer=f"/{found[1]}", detail="required"),) if found else ()


HANDLERS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Exception], Response[Problem]]] = {
    Refusal: _refused,
    HTTPException: _http,
    SerializationException: _unreadable,
    msgspec.ValidationError: _invalid,
    msgspec.DecodeError: _unreadable,
    UnicodeDecodeError: _unreadable,
    RecursionError: _unreadable,
    asyncpg.DataError: _out_of_range,
    asyncpg.InterfaceError: _interface,
    asyncpg.InternalClientError: _unavailable,  # the driver lost its place when a connection went away
    asyncpg.OperatorInterventionError: _unavailable,  # shut down, crashed, starting
    asyncpg.ReadOnlySQLTransactionError: _unavailable,  # a standby that is not promoted yet
    asyncpg.TargetServerAttributeNotMatched: _unavailable,  # no host that takes writes
    asyncpg.TooManyConnectionsError: _unavailable,
    asyncpg.PostgresConnectionError: _unavailable,
    asyncpg.DeadlockDetectedError: _unavailable,
    TimeoutError: _unavailable,
    ConnectionError: _unavailable,
    ExceptionGroup: _several,
    Exception: _bug,
}
