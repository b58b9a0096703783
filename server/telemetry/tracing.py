"""Traces in OpenTelemetry's model, sent by OTLP to where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says.

A span holds a method, a route's template and a status. The instrumentation at hand would add the query and
the client's address, and a name that is searched for stands in a query.
"""

from typing import TYPE_CHECKING, Any

from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from server.telemetry.metered import FAILED, name_of

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Send

CARRIED = ("traceparent", "tracestate")  # of a caller who traces too


class Traced:
    """An application whose requests are spans."""

    def __init__(self, app: "ASGIApp", exporter: SpanExporter | None = None) -> None:
        """Prepare; spans go to OTLP unless an exporter is given."""
        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
        self._app = app
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "comptoir"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("comptoir")

    async def __call__(self, scope: Any, receive: "Receive", send: "Send") -> None:
        """Answer within a span; send what is left when the application ends."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self._provider.shutdown()
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        carrier = {
            name: value.decode("latin-1")
            for key, value in scope["headers"]
            if (name := key.decode("latin-1").lower()) in CARRIED
        }
        with self._tracer.start_as_current_span(
            "request", extract(carrier), SpanKind.SERVER, record_exception=False
        ) as span:

            async def noting(message: Any) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= FAILED:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, noting)
            finally:
                method, route = name_of(scope)
                span.update_name(f"{method} {route}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route)
