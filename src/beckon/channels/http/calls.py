"""The calls of workflows as requests: through the guarded client, answers as JSON or text."""

from collections.abc import Mapping

from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError
from beckon.domain.workflows.actions.calling import Answered, Call, Missed

LATER = frozenset({408, 425, 429})
"""Statuses below 500 that ask to be tried again (RFC 9110, RFC 6585, RFC 8470)."""


async def make_call(client: HttpClient, call: Call) -> Answered | Missed:
    """Make one call. A repeat bears the same `Idempotency-Key`, in case the first was taken."""
    request = call.request
    headers = {"content-type": "application/json", "idempotency-key": call.name}
    given = request["headers"]
    if isinstance(given, Mapping):
        headers |= {str(name).lower(): str(value) for name, value in given.items()}
    body = "" if request["method"] == "GET" else str(request["body"])
    try:
        answer = await client.ask(
            str(request["method"]), str(request["url"]), headers=headers, body=body.encode()
        )
    except NotSentError as fault:
        return Missed(fault.reason, is_final=fault.is_refused)
    except InDoubtError as fault:
        return Missed(fault.reason)
    if answer.is_success:
        found = answer.json()
        return Answered(answer.text if found is None else dict(found))
    is_final = answer.status < 500 and answer.status not in LATER
    return Missed(f"answered {answer.status}: {answer.text}", is_final=is_final)
