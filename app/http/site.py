"""What explains the service to people: the start page, the old routes' docs, and a page for each saved operation."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import orjson
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from graphql import print_ast
from graphql.utilities import separate_operations
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.http.pages import Served
from app.wiring import Service
from rest_compat.dialects import Dialect
from rest_compat.messages import Rejected
from rest_compat.openapi import openapi
from rest_compat.successors import Succeeded, example, mapping, routes_of, succeeded
from rest_compat.translate import Route
from web.pages import PAGE_POLICY, bundle_folder, graph_picture, page

PAGE_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}
# The names of the bundle's files hold a digest of their content.
ASSET_HEADERS = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
# Whatever page of whatever site may read the document: it is as public as the routes' documentation ever was.
DOCUMENT_HEADERS = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
JSON = "application/json"


class Assets(StaticFiles):
    """The bundle's files, to be kept by browsers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(ASSET_HEADERS)
        return response


class Site:
    """The pages of one service, filled in. What is always the same is made when it is first asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service
        settings = service.settings
        self.version = version("examgraph")
        self._facts = {
            "version": self.version,
            "is_sandbox": settings.is_sandbox,
            "has_playground": settings.has_playground,
        }

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document."""
        return orjson.dumps(openapi(self.version, self._service.routes.routes))

    def shown(self, name: str, status: int = 200, **facts: object) -> Response:
        return Response(page(name, site=self._facts, **facts), status, PAGE_HEADERS, "text/html")

    @cached_property
    def docs(self) -> Response:
        return self.shown("docs")

    @cached_property
    def start(self) -> Response:
        settings = self._service.settings
        # The picture says as much as introspection would, and leads to the playground.
        graph = graph_picture() if settings.has_introspection and settings.has_playground else None
        routes = self._service.routes.routes
        dialects = {route.dialect.name: route.dialect for route in routes}
        families = [_family(dialect, routes) for dialect in dialects.values()]
        return self.shown("start", graph=graph, families=families)

    def operation(self, name: str, request: str) -> Response:
        """The page of one saved operation, filled in for a request line, or else for the route's example."""
        table = self._service.routes
        routes = routes_of(table, name)
        if not routes:
            return self.shown("missing", 404)
        problem = ""
        asked = example(routes[0])
        if request:
            try:
                asked = succeeded(table, name, request)
            except Rejected as refusal:
                problem, asked = refusal.message, Succeeded(request, {})
        text = self._text(name)
        variables = json.dumps(asked.variables, indent=2, ensure_ascii=False)
        told = {
            "name": name,
            "about": routes[0].about,
            "family": routes[0].dialect.name,
            "routes": [{"method": each.method, "path": f"{each.dialect.prefixes[0]}{each.path}"} for each in routes],
            "text": text,
            "follows": bool(routes[0].follows),
            "backends": routes[0].backends,
            "mapping": mapping(routes[0]),
        }
        return self.shown(
            "operation",
            400 if problem else 200,
            operation=told,
            request=asked.request,
            problem=problem,
            variables=variables,
            playground_link=playground_link(text, asked.variables),
        )

    def _text(self, name: str) -> str:
        """The operation with the fragments that it uses, and nothing else of its file."""
        tree = self._service.operations[name].tree
        assert tree is not None
        return print_ast(separate_operations(tree)[name])


def shown(request: Request) -> Site:
    """The pages of the service whose application is asked."""
    site: Site = request.app.state.site
    return site


Shown = Annotated[Site, Depends(shown)]
everybodys = APIRouter(include_in_schema=False)


def add_site(pages: FastAPI, service: Service) -> None:
    """Add the pages that are for everybody. They name no host, and no type of a graph that is not to be looked into."""
    pages.state.site = Site(service)
    pages.include_router(everybodys)
    pages.mount("/assets", Assets(directory=bundle_folder() / "assets"), name="assets")


@everybodys.get("/")
async def start_page(site: Shown) -> Response:
    return site.start


@everybodys.get("/backends.json")
async def backends(service: Served) -> Response:
    """Each backend, probed just now: what the start page shows, and what anybody may know."""
    found = await service.sources.probe()
    told = [
        {
            "name": health.name,
            "status": health.status.value,
            "latencyMs": health.latency_ms,
            "breaker": health.breaker.value,
        }
        for health in found
    ]
    return Response(orjson.dumps({"backends": told}), headers={"cache-control": "no-store"}, media_type=JSON)


@everybodys.get("/openapi.json")
async def openapi_document(site: Shown) -> Response:
    return Response(site.document, media_type=JSON, headers=DOCUMENT_HEADERS)


@everybodys.get("/docs")
@everybodys.get("/docs/")
async def docs_page(site: Shown) -> Response:
    return site.docs


@everybodys.get("/swagger")
@everybodys.get("/swagger/")
async def swagger() -> Response:
    return RedirectResponse("/docs")


@everybodys.get("/compat/{operation}")
@everybodys.get("/compat/{operation}/")
async def operation_page(site: Shown, operation: str, request: str = "") -> Response:
    return site.operation(operation, request)


def playground_link(text: str, variables: Mapping[str, Any]) -> str:
    """Where the playground opens with an operation and its variables; after the #, which no server is ever told."""
    told = urlencode({"query": text, "variables": json.dumps(variables, indent=2)}, quote_via=quote)
    return f"/graphql#{told}"


def _family(dialect: Dialect, routes: Sequence[Route]) -> dict[str, Any]:
    """A family of routes as the start page lists it."""
    bare, *prefixes = (*dialect.prefixes, *dialect.aliases)
    listed = [route for route in routes if route.dialect is dialect]
    return {"title": dialect.title, "bare": bare, "prefixes": prefixes, "routes": listed}
