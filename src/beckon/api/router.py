"""Verb and path choose the operation; literal segments come before parameters, per verb."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote

from beckon.api.answers import Fault
from beckon.api.call import Route


@dataclass(slots=True)
class Branch:
    """One segment deeper: by its literal words, or by a parameter."""

    literal: dict[str, "Branch"] = field(default_factory=dict)
    parameter: "Branch | None" = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


class Router:
    """Finds the route of a request. A trailing slash counts for nothing."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root = Branch()
        self._fixed: dict[tuple[str, str], Route] = {}
        for route in routes:
            self._add(route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Find a route and its path parameters. `path` comes as sent, percent-encoded.

        Raises Fault 404 for an unknown path, 405 with Allow for a known path and another verb.
        """
        if fixed := self._fixed.get((method, path)):
            return fixed, {}
        segments = [segment for segment in path.split("/") if segment]
        wanted = "GET" if method == "HEAD" else method
        allowed: set[str] = set()
        for branch, values in _walk(self._root, segments, ()):
            if wanted in branch.routes:
                route, names = branch.routes[wanted]
                return route, dict(zip(names, map(_decoded, values), strict=True))
            allowed |= branch.routes.keys()
        if allowed:
            verbs = ", ".join(sorted(allowed | {"HEAD"} if "GET" in allowed else allowed))
            raise Fault(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"{method} is not possible here; use {verbs}.",
                (b"allow", verbs.encode()),
            )
        raise Fault(HTTPStatus.NOT_FOUND, f"There is nothing at {path}.")

    def routes_at(self, path: str) -> list[Route]:
        """List what can be done at a path, whatever the verb."""
        segments = [segment for segment in path.split("/") if segment]
        return [
            route
            for branch, _ in _walk(self._root, segments, ())
            for route, _ in branch.routes.values()
        ]

    def _add(self, route: Route) -> None:
        branch, names = self._root, []
        for segment in route.path.split("/"):
            if not segment:
                continue
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                branch.parameter = branch.parameter or Branch()
                branch = branch.parameter
            else:
                branch = branch.literal.setdefault(segment, Branch())
        assert route.method not in branch.routes, f"{route.method} {route.path} twice"
        branch.routes[route.method] = (route, tuple(names))
        if not names:
            self._fixed[route.method, route.path] = route


def _walk(
    branch: Branch, segments: Sequence[str], values: tuple[str, ...]
) -> "list[tuple[Branch, tuple[str, ...]]]":
    """List where a path may lead, the most literal reading first."""
    if not segments:
        return [(branch, values)] if branch.routes else []
    found = []
    if (literal := branch.literal.get(segments[0])) is not None:
        found += _walk(literal, segments[1:], values)
    if branch.parameter is not None:
        found += _walk(branch.parameter, segments[1:], (*values, segments[0]))
    return found


def _decoded(segment: str) -> str:
    """Decode a parameter; what no store can hold names nothing."""
    value = unquote(segment)
    if "\0" in value:
        raise Fault(HTTPStatus.NOT_FOUND, "There is nothing of that name.")
    return value
