"""Structured logs: one line an event, UTC, on standard error, no secrets."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_HIDDEN = frozenset(["authorization", "cookie", "key", "password", "secret", "token", "url"])


def configure_logs(*, to_terminal: bool) -> None:
    """Log as JSON; for people at a terminal in colour. Libraries log through the same door."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _hide,
    ]
    last: list[structlog.typing.Processor] = (
        # Plain tracebacks: pretty ones print local variables, passwords among them.
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if to_terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in event:
        if name.lower() in _HIDDEN:
            event[name] = "hidden"
    return event
