"""Bounds the head of a request before anything else sees it, and refuses in the one error form.

uvicorn's own protocol takes heads of any size and answers bad HTTP in plain text. Source: RFC 9110
section 15.5.15 (414), RFC 6585 section 5 (431).
"""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from beckon.api import answers

URL_BYTES_MAX = 8 * 1024
HEADERS_BYTES_MAX = 32 * 1024
FIELDS_MAX = 100
LINGER_SECONDS = 1.0
"""So long what still comes is read and dropped, for a connection reset would eat the answer."""


class BoundedHttp(HttpToolsProtocol):
    """One connection. After a refusal it is of no more use."""

    _head_bytes = 0
    _is_in_head = True
    _is_refused = False

    def data_received(self, data: bytes) -> None:
        """Take bytes in; a head that does not end is refused while it comes."""
        if self._is_refused:
            return
        self._head_bytes += len(data) if self._is_in_head else 0
        super().data_received(data)
        if self._is_in_head and self._head_bytes > URL_BYTES_MAX + HEADERS_BYTES_MAX:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let a head within bounds pass."""
        self._is_in_head = False
        self._head_bytes = 0
        size = sum(len(name) + len(value) for name, value in self.headers)
        if (
            len(self.url) > URL_BYTES_MAX
            or size > HEADERS_BYTES_MAX
            or len(self.headers) > FIELDS_MAX
        ):
            self._refuse_head()
        elif not self._is_refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body whose head was let pass."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request whose head was let pass."""
        self._is_in_head = True
        if not self._is_refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, f"This is not HTTP: {msg}")

    def _refuse_head(self) -> None:
        if len(self.url) > URL_BYTES_MAX:
            self._refuse(
                HTTPStatus.REQUEST_URI_TOO_LONG, f"The address has more than {URL_BYTES_MAX} bytes."
            )
        else:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The headers have more than {HEADERS_BYTES_MAX} bytes or {FIELDS_MAX} fields.",
            )

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        answer = answers.error(status, message)
        lines = [
            b"HTTP/1.1 %d %s" % (status, status.phrase.encode()),
            *(b"%s: %s" % header for header in answer.headers),
            b"content-length: %d" % len(answer.body),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*lines, b"", answer.body]))
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
