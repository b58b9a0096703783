"""How people sign in and tablets are enrolled during a load test."""

import threading
import time
from typing import Any
from uuid import UUID

from locust.contrib.fasthttp import FastHttpSession

from loadtests.staff import ADMINISTRATOR
from schemas.record import Struct

RENEW_AHEAD_S = 60.0


class Device(Struct):
    """What enrolment gives."""

    device_id: UUID
    device_secret: str


class SignedIn:
    """A person's sign-in, renewed before it ends."""

    def __init__(self, client: FastHttpSession, code: str, password: str, device: Device | None) -> None:
        self._client = client
        self._body: dict[str, str] = {"code": code, "password": password}
        if device is not None:
            self._body |= {"device_id": str(device.device_id), "device_secret": device.device_secret}
        self._token = ""
        self._good_until = 0.0

    def headers(self) -> dict[str, str]:
        """Return the header that presents the access token."""
        if time.monotonic() > self._good_until:
            self.renew()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Sign in again."""
        tokens = post_json(self._client, "/v1/auth/sign-in", self._body, name="sign in")
        self._token = tokens["access_token"]
        self._good_until = time.monotonic() + tokens["expires_in"] - RENEW_AHEAD_S


class Enroller:
    """Enrols tablets with an administrator's codes; one sign-in serves all of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._administrator: SignedIn | None = None

    def enrol(self, client: FastHttpSession, *, store: str, password: str) -> Device:
        """Return a new tablet of a store."""
        with self._lock:
            if self._administrator is None:
                self._administrator = SignedIn(client, ADMINISTRATOR, password, None)
            headers = self._administrator.headers()
        asked = {"store": store}
        code = post_json(client, "/v1/devices/enrolment-codes", asked, name="make a code", headers=headers)
        enrolled = post_json(
            client, "/v1/devices/enrol", {"code": code["code"], "name": "load test"}, name="enrol"
        )
        return Device(device_id=UUID(enrolled["device_id"]), device_secret=enrolled["device_secret"])


class NotServed(Exception):
    """The server did not do what it was asked; Locust has counted the failure."""


def post_json(
    client: FastHttpSession,
    path: str,
    body: dict[str, str],
    *,
    name: str,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the JSON that a request gives.

    Raises:
        NotServed: the status says no.
    """
    response = client.post(path, json=body, headers=headers or {}, name=name)
    if not response.ok:
        raise NotServed(f"{name}: {response.status_code}")
    answer: dict[str, Any] = response.json()
    return answer
