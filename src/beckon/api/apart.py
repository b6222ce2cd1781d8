"""Answers requests that no route is for: those to the addresses that hand reports and mail in."""

from collections.abc import Awaitable
from http import HTTPStatus

import structlog

from beckon.api import answers
from beckon.api.answers import Answer, Fault
from beckon.api.serve import Scope, Send, respond
from beckon.kit.refusals import Refusal

log = structlog.get_logger()


async def answer_apart(
    scope: Scope, send: Send, answering: Awaitable[Answer], event: str, **named: str
) -> None:
    """Send an answer once it is there; whatever happens, in the one error form.

    What nobody foresaw is logged as `event`, with what is `named`, and told as 500.
    """
    try:
        answer = await answering
    except Fault as fault:
        answer = answers.error(fault.status, fault.message, fault.headers)
    except Refusal as refused:
        answer = answers.refusal(refused)
    except Exception:
        log.exception(event, **named)
        answer = answers.error(
            HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke here; it was logged."
        )
    await respond(send, answer, with_body=scope["method"] != "HEAD")
