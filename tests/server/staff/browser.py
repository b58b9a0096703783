"""What a browser of head office does to sign in at the identity provider, and an administrator before."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.server.people import associate_id, bearer, sign_in


async def link(client: httpx.AsyncClient, code: str = "henri", subject: str = "subject-1") -> httpx.Response:
    adam = bearer(await sign_in(client, "adam"))
    path = f"/v1/staff/{associate_id(code)}/identity"
    return await client.put(path, json={"subject": subject}, headers=adam)


async def begin(client: httpx.AsyncClient) -> dict[str, Any]:
    reply = await client.post("/v1/auth/oidc/begin")
    assert reply.status_code == 200, reply.text
    begun: dict[str, Any] = reply.json()
    return begun


async def come_back(begun: dict[str, Any]) -> dict[str, str]:
    """Let a browser go to the provider, and return what it brings back."""
    async with httpx.AsyncClient(verify=False, timeout=60) as browser:
        reply = await browser.get(begun["authorization_url"])
    assert reply.status_code == 302
    back = {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}
    return back | {"browser_secret": begun["browser_secret"]}


async def sign_in_there(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/v1/auth/oidc/finish", json=await come_back(await begin(client)))


async def answers(address: str) -> None:
    """Wait until something answers there."""
    async with httpx.AsyncClient(verify=False, timeout=60) as client:
        for _ in range(600):
            try:
                if (await client.get(address)).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError("the provider does not start")
