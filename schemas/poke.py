"""What passes over the socket of pokes: a word that something changed, never what.

The tablet says who it is (a header, or its first message), then only listens. Every message of the server is
a ``Poke``; a socket that ends says why by one of the codes below.
"""

from enum import IntEnum

from schemas.record import Struct

POKE = "/v1/sync/poke"
LONGEST_SPREAD_S = 60.0


class Poke(Struct):
    """Something that this tablet may hold has changed: pull, at a moment drawn evenly from this span.

    The span is short when few tablets are told at once, and longer the more there are: it is chosen for
    the server's sake and says nothing about the change.
    """

    within_s: float


class Farewell(IntEnum):
    """Why the server ended a socket. Source: RFC 6455, 7.4.2, private use."""

    NOT_SIGNED_IN = 4401
    REVOKED = 4403
    REPLACED = 4409  # the same tablet opened more sockets than it needs
    FULL = 4429  # this node holds as many sockets as it may: poll, and try again later
