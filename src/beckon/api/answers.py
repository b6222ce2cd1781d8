"""Answers: the one error form of all faces, and the bytes that leave."""

from collections.abc import Sequence
from http import HTTPStatus

from beckon.api.call import Listed, PlainText
from beckon.kit import json
from beckon.kit.refusals import Kind, Refusal
from beckon.kit.values import Value

Header = tuple[bytes, bytes]

JSON = (b"content-type", b"application/json; charset=utf-8")
TEXT = (b"content-type", b"text/plain; charset=utf-8")
NO_SNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")

STATUSES = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNKNOWN: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.UNPROVEN: HTTPStatus.UNAUTHORIZED,
    Kind.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.UPSTREAM: HTTPStatus.BAD_GATEWAY,
    Kind.UPSTREAM_LATE: HTTPStatus.GATEWAY_TIMEOUT,
}

REASONS: dict[int, str] = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Payload Too Large",
    419: "Period Too Long",  # no status of HTTP: what clients of one vocabulary expect
    HTTPStatus.REQUEST_URI_TOO_LONG: "URI Too Long",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Unprocessable Content",
}


class Answer(Value, frozen=True):
    """A whole answer, ready to leave."""

    status: int
    body: bytes
    headers: tuple[Header, ...]


class Fault(Exception):  # noqa: N818 - an answer on its way out, no error of ours
    """A request that HTTP itself refuses: path, verb, media type, credentials."""

    def __init__(self, status: int, message: str, *headers: Header) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def success(reply: object, headers: Sequence[Header] = ()) -> Answer:
    """Answer 200: a struct or Listed as JSON, PlainText as it is, None as an empty body."""
    if reply is None:
        return Answer(200, b"", (JSON, NO_SNIFF, *headers))
    if isinstance(reply, PlainText):
        return Answer(200, reply.text.encode(), (TEXT, NO_SNIFF, *headers))
    if isinstance(reply, Listed):
        headers = ((b"totalcount", b"%d" % reply.total), *headers)
        reply = reply.rows
    return Answer(200, json.write(reply), (JSON, NO_SNIFF, NO_STORE, *headers))


def error(status: int, message: str, headers: Sequence[Header] = ()) -> Answer:
    """Answer in the error form: `{"error": reason phrase, "message": …, "status": number}`."""
    reason = REASONS.get(status) or HTTPStatus(status).phrase
    body = json.write({"error": reason, "message": message, "status": int(status)})
    return Answer(int(status), body, (JSON, NO_SNIFF, NO_STORE, *headers))


def refusal(refused: Refusal, headers: Sequence[Header] = ()) -> Answer:
    """Answer a refusal of the domain."""
    status = STATUSES[refused.kind]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers = (*headers, (b"retry-after", b"1"))
    return error(status, refused.message, headers)
