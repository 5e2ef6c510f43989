"""`/metrics` for Prometheus: requests, latencies, stages of a search, freshness of the index.

Labels are route templates and status codes; no path, id or query is ever in them.
"""

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from searchapp.results import SearchResult

PREFIX = "/api/v1"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The numbers of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "searchapp_requests_total",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.latency = Histogram(
            "searchapp_request_seconds",
            "Time until an answer was sent.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.stages = Histogram(
            "searchapp_search_seconds",
            "Stages of a search.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.under_way = Gauge(
            "searchapp_requests_under_way", "Requests not answered yet.", registry=self.registry
        )
        self.pictures = Gauge(
            "searchapp_index_pictures", "Pictures in the vector index.", registry=self.registry
        )
        self.lag = Gauge(
            "searchapp_index_generations_behind",
            "Changes of the catalogue that the vector index has not taken over.",
            registry=self.registry,
        )

        self.waiting = Gauge(
            "searchapp_queue_texts",
            "Searches whose text waits for the model.",
            registry=self.registry,
        )
        self.indexing = Gauge(
            "searchapp_indexing", "1 while the indexer runs, else 0.", registry=self.registry
        )

    def searched(self, result: "SearchResult") -> None:
        """Note where the time of a search went."""
        self.stages.labels("encode").observe(result.seconds.encode)
        self.stages.labels("search").observe(result.seconds.search)
        self.stages.labels("total").observe(result.seconds.total)

    def document(self) -> bytes:
        """What Prometheus reads."""
        return generate_latest(self.registry)


class Measured:
    """ASGI middleware that counts requests into `metrics`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def noting_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.metrics.under_way.inc()
        try:
            await self.app(scope, receive, noting_send)
        finally:
            self.metrics.under_way.dec()
            route = _route(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.metrics.requests.labels(route, method, status).inc()
            self.metrics.latency.labels(route).observe(time.perf_counter() - began)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def _route(scope: Scope) -> str:
    template = getattr(scope.get("route"), "path", None)
    if not isinstance(template, str):
        return "other"
    # A route knows its path within its router only.
    inside = scope["path"].startswith(PREFIX) and not template.startswith(PREFIX)
    return PREFIX + template if inside else template
