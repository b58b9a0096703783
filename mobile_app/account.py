"""The server's doors for tablets and people: enrolment, sign-in, refresh, sign-out."""

from typing import TypeVar
from uuid import UUID

import httpx
import msgspec

from schemas.problem import ErrorCode
from schemas.record import Struct
from schemas.rescue import CONTENT_TYPE as RESCUE_TYPE
from sync.replica.transport import ServerUnreachable

TIMEOUT_S = 10.0
NO_TOKEN = "none"  # noqa: S105 (of nobody: what a tablet shows on which nobody is signed in)

Reply = TypeVar("Reply")


class AccountRefused(Exception):
    """The server answered no; ``code`` is the stable reason, never the words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Device(Struct, frozen=True):
    """What enrolment gives a tablet."""

    device_id: UUID
    device_secret: str
    store: str


class Tokens(Struct, frozen=True):
    """What a sign-in or a refresh gives."""

    access_token: str
    refresh_token: str
    expires_in: int  # seconds the access token lives
    now: int | None = None  # the server's wall milliseconds
    lease_until: int | None = None  # of the same clock
    rescue_key: str | None = None  # hex


class Me(Struct, frozen=True):
    """Who the server says is signed in."""

    associate_id: UUID
    display_name: str
    role: str
    stores: tuple[str, ...] = ()
    brand: str | None = None


class _Problem(Struct, frozen=True):
    code: str = "unknown"


class Account:
    """Asks the server; keeps nothing."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def enrol(self, code: str, name: str) -> Device:
        """Trade a manager's one-time code for this tablet's own identity.

        Raises:
            AccountRefused: the code is wrong, used or older than ten minutes.
            ServerUnreachable: try again; the code is not used up.
        """
        return await self._ask("/v1/devices/enrol", {"code": code, "name": name}, Device)

    async def sign_in(self, code: str, password: str, device: Device) -> Tokens:
        """Sign an associate in on this tablet.

        Raises:
            AccountRefused: wrong code or password, too many tries, or a revoked tablet.
            ServerUnreachable: a first sign-in needs the network.
        """
        asked = {"code": code, "password": password} | _device(device)
        return await self._ask("/v1/auth/sign-in", asked, Tokens)

    async def refresh(self, refresh_token: str, device: Device) -> Tokens:
        """Trade a refresh token for its successor.

        Raises:
            AccountRefused: the token is spent, or the person or the tablet was revoked.
            ServerUnreachable: the token is still good.
        """
        asked = {"refresh_token": refresh_token} | _device(device)
        return await self._ask("/v1/auth/refresh", asked, Tokens)

    async def ask_if_trusted(self, device: Device) -> None:
        """Return when the server still knows this tablet; nobody has to be signed in.

        Raises:
            AccountRefused: the tablet was taken out of service.
            ServerUnreachable: nothing is known.
        """
        try:
            await self.refresh(NO_TOKEN, device)  # the tablet is judged before the token
        except AccountRefused as refused:
            if refused.code == ErrorCode.DEVICE_REVOKED:
                raise

    async def sign_out(self, refresh_token: str, access_token: str) -> None:
        """End the family of this refresh token on the server."""
        await self._send("POST", "/v1/auth/sign-out", {"refresh_token": refresh_token}, access_token)

    async def deliver(self, rescue_file: bytes, access_token: str) -> None:
        """Hand in edits that were sealed because they could not be sent.

        Raises:
            AccountRefused: not by this person, or not such a file.
            ServerUnreachable: try again.
        """
        headers = {"Authorization": f"Bearer {access_token}", "Content-Type": RESCUE_TYPE}
        await self._request("POST", "/v1/rescue", headers, content=rescue_file)

    async def me(self, access_token: str) -> Me:
        """Return who this access token speaks for."""
        reply = await self._send("GET", "/v1/me", None, access_token)
        return _decoded(reply.content, Me)

    async def _ask(self, path: str, body: dict[str, str], kind: type[Reply]) -> Reply:
        return _decoded((await self._send("POST", path, body)).content, kind)

    async def _send(
        self, method: str, path: str, body: dict[str, str] | None, access_token: str | None = None
    ) -> httpx.Response:
        headers = {} if access_token is None else {"Authorization": f"Bearer {access_token}"}
        return await self._request(method, path, headers, json=body)

    async def _request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        *,
        json: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        try:
            reply = await self._client.request(
                method, path, json=json, content=content, headers=headers, timeout=TIMEOUT_S
            )
        except httpx.HTTPError as failure:
            raise ServerUnreachable(path) from failure
        if reply.status_code >= 500:
            raise ServerUnreachable(path)
        if reply.is_error:
            try:
                raise AccountRefused(msgspec.json.decode(reply.content, type=_Problem).code)
            except msgspec.MsgspecError as strange:
                raise ServerUnreachable(path) from strange
        return reply


def _device(device: Device) -> dict[str, str]:
    return {"device_id": str(device.device_id), "device_secret": device.device_secret}


def _decoded(content: bytes, kind: type[Reply]) -> Reply:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as strange:  # a hotel's sign-in page answers 200 too
        raise ServerUnreachable(kind.__name__) from strange
