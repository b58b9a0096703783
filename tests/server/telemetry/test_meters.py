"""What a request leaves on the meters and in a trace: its route, never what was asked."""

from typing import Any

import httpx
from litestar import Litestar
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from server.telemetry.metered import Metered
from server.telemetry.meters import count_edits
from server.telemetry.tracing import Traced

SECRET = "Lefèvre"


async def ask(app: Any, method: str, path: str, **asked: Any) -> int:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://counter") as client:
        return (await client.request(method, path, **asked)).status_code


def counted(method: str, route: str, status: str) -> float:
    labels = {"method": method, "route": route, "status": status}
    return REGISTRY.get_sample_value("comptoir_request_seconds_count", labels) or 0.0


class TestARequest:
    async def test_is_counted_by_the_template_of_its_route(self, app: Litestar) -> None:
        metered = Metered(app)
        route = ("GET", "/v1/customers/{customer_id}", "401")
        before = counted(*route)
        assert await ask(metered, "GET", "/v1/customers/01890000-0000-7000-8000-000000000001") == 401
        assert counted(*route) == before + 1

    async def test_makes_no_label_of_what_a_stranger_asks(self, app: Litestar) -> None:
        metered = Metered(app)
        before = counted("OTHER", "elsewhere", "404")
        assert await ask(metered, "BREW", f"/{SECRET}", params={"q": SECRET}) == 404
        assert counted("OTHER", "elsewhere", "404") == before + 1
        labels = [
            value
            for each in REGISTRY.collect()
            for sample in each.samples
            for value in sample.labels.values()
        ]
        assert not [value for value in labels if SECRET in value]


class TestAnEdit:
    def test_is_counted_by_its_verdict(self) -> None:
        def applied() -> float:
            return REGISTRY.get_sample_value("comptoir_edits_total", {"verdict": "applied"}) or 0.0

        before = applied()
        count_edits(["applied", "refused", "applied"])
        assert applied() == before + 2


class TestASpan:
    async def test_tells_the_route_and_continues_the_callers_trace(self, app: Litestar) -> None:
        spans = InMemorySpanExporter()
        traced = Traced(app, spans)
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        status = await ask(
            traced,
            "GET",
            "/v1/customers",
            params={"q": SECRET},
            headers={"traceparent": parent, "x-note": SECRET.encode()},
        )
        traced._provider.force_flush()
        [span] = spans.get_finished_spans()
        assert status == 401
        assert span.name == "GET /v1/customers"
        assert dict(span.attributes or {}) == {
            "http.request.method": "GET",
            "http.route": "/v1/customers",
            "http.response.status_code": 401,
        }
        assert span.context is not None and f"{span.context.trace_id:032x}" == parent.split("-")[1]
        traced._provider.shutdown()
