"""Texts, values and headers that have broken servers: short lists, each line of which once did."""

from typing import Any, Final

TEXTS: Final = (
    *("", " ", "\x00", "a\x00b", "\ud7ff\ue000", "\u202e\u2066txt", "\ufeff", "\x7f", "\x1b[31m", "é" * 300),
    *("x" * 10_000, "../../etc/passwd", "%", "%00", "%s%n", "${jndi:ldap://x}", "' or 1=1 --", "{{7*7}}"),
    *("NaN", "Infinity", "-0", "1e999", "9" * 400, "true", "null", "[]", "\U0001f483", "ﬃ", "İ", "ß" * 200),
    *("1_0", "0x10", "١٢", "2026-13-45", "0000-00-00", "+33", "@", "a@b", "*", "\\", "\r\nX: y", "<script>"),
)
# Of a query or a path, already encoded: what no library would encode so.
ENCODED: Final = (
    *(
        "%",
        "%0",
        "%zz",
        "%00",
        "%ff",
        "%c0%80",
        "%ed%a0%80",
        "%f4%90%80%80",
        "%E2%80%AE",
        "%25%30%30",
        "+",
        "&&=&",
    ),
    *("a=1;b=2", "[]", "%5B%5D=1", "a" * 8000),
)
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**30, 1e308, ""),
    *([], {}, [[]], [None], {"": ""}, {"a": None}, ["x"] * 2000, {str(n): n for n in range(2000)}),
    *("x" * 70_000, "\x00", "\u0000\u202e", "é́" * 100),
)
HEADERS: Final[tuple[tuple[str, str], ...]] = (
    ("content-length", "-1"),
    ("content-length", "99999999999999999999"),
    ("content-type", ""),
    ("content-type", "application/json; charset=utf-16"),
    ("content-type", "application/json; charset=klingon"),
    ("content-type", "multipart/form-data"),
    ("content-type", "multipart/form-data; boundary=" + "x" * 5000),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-type", "text/plain; a=" + '"' * 500),
    ("content-type", "\x00"),
    ("content-encoding", "gzip, gzip"),
    ("content-encoding", "br"),
    ("accept", "*/*;q=nan"),
    ("accept", "application/" + "x" * 5000),
    ("accept", ",,,;;;==="),
    ("accept-encoding", "gzip;q=9999, *;q=-1"),
    ("if-none-match", "W/" * 3000),
    ("if-none-match", '"\xff\xfe"'),
    ("if-match", ","),
    ("idempotency-key", "\x00"),
    ("idempotency-key", "k" * 9000),
    ("idempotency-key", "é"),
    ("cookie", "=" * 4000),
    ("cookie", "a=\x00; b=" + "x" * 9000),
    ("x-forwarded-for", "999.999.999.999, ::::::"),
    ("host", ""),
    ("host", "\xff" * 100),
    ("range", "bytes=0-" + "9" * 400),
    ("expect", "100-continue"),
    ("transfer-encoding", "chunked, chunked"),
    ("authorization", "Bearer " + "." * 5000),
    ("authorization", "Basic \xff"),
    ("authorization", "bearer"),
    ("origin", "null"),
    ("x-http-method-override", "DELETE"),
    ("upgrade", "websocket"),
)
