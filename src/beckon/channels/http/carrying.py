"""What all providers that are asked over HTTP share: faults and statuses as outcomes.

Source of the classes: RFC 9110 section 15 and RFC 6585. A 503 says that the request was not
handled; any other 5xx may come after it was, so it is in doubt.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from beckon.channels.http.client import InDoubtError, NotSentError
from beckon.channels.http.connection import Answer
from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome, Rejected, Unknown

AT_ONCE = 16
RETRY_AFTER_MAX = timedelta(days=4)

Carry = Callable[[Letter], Awaitable[Outcome]]


async def carry_each(
    letters: Sequence[Letter], carry: Carry, *, at_once: int = AT_ONCE
) -> list[Outcome]:
    """Carry letters by a request each, so many at a time; one outcome each, in their order.

    Once the provider as a whole takes nothing, what has not begun is not begun: it waits as well.
    """
    gate = asyncio.Semaphore(at_once)
    ill: list[Deferred] = []

    async def carried(letter: Letter) -> Outcome:
        async with gate:
            if ill:
                return ill[0]
            try:
                outcome = await carry(letter)
            except (NotSentError, InDoubtError) as fault:
                outcome = outcome_of_fault(fault)
            if isinstance(outcome, Deferred) and outcome.fault is Fault.PROVIDER:
                ill.append(outcome)
            return outcome

    return list(await asyncio.gather(*(carried(letter) for letter in letters)))


def outcome_of_fault(fault: NotSentError | InDoubtError) -> Outcome:
    """Tell what it means that no answer came."""
    if isinstance(fault, InDoubtError):
        return Unknown(fault.reason)
    # An address that may not be reached is a setting to be corrected, not a server that is down.
    return Deferred(fault.reason, fault=Fault.CREDENTIALS if fault.is_refused else Fault.PROVIDER)


def outcome_of_status(answer: Answer, now: datetime) -> Outcome:
    """Tell what an answer other than 2xx means, where its provider says nothing more precise."""
    reason = f"{answer.status} {answer.text}".strip()
    match answer.status:
        case 401 | 403 | 407:
            return Deferred(reason, fault=Fault.CREDENTIALS)
        case 429 | 503:
            return Deferred(reason, retry_at(answer, now), Fault.PROVIDER)
        case 408 | 421 | 425:
            return Deferred(reason, fault=Fault.PROVIDER)
        case status if status >= 500:
            return Unknown(reason)
        case status if status < 400:  # a redirect is not followed: the address is to be corrected
            return Deferred(reason, fault=Fault.CREDENTIALS)
        case _:
            return Rejected(reason)


def retry_at(answer: Answer, now: datetime) -> datetime | None:
    """Read Retry-After, in seconds or as a date, at most four days ahead (RFC 9110 § 10.2.3)."""
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdecimal():
        return now + min(timedelta(seconds=int(text[:9])), RETRY_AFTER_MAX)
    try:
        asked = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a zone of any number of digits
        return None
    return min(max(asked, now), now + RETRY_AFTER_MAX) if asked.tzinfo else None
