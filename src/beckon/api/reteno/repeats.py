"""Refuses identical requests about a contact within a minute, where a project asks for that.

Done twice they do no harm, so by default a repeat is answered like the first.
"""

from datetime import timedelta
from hashlib import sha256

from beckon.api.call import Call
from beckon.domain.accounts.queries import refuses_repeats
from beckon.kit import json
from beckon.kit.refusals import Conflict
from beckon.storage import kept_replies
from beckon.storage.kept_replies import Name

WITHIN = timedelta(minutes=1)
ROUTE = "reteno repeat"


class Duplicated(Conflict):
    """The same key asked the same a moment ago."""

    code = "duplicated_request"


def refuse_repeat(call: Call, what: str, body: object) -> None:
    """Raise Duplicated where this key sent the same `body` about the same within a minute.

    Two bodies are the same where all of them that counts is. It is noted in the call's own
    transaction: what is refused for another reason may be told again.
    Source: Reteno, 409 of POST and PUT /contact and of POST /contact/subscribe.
    """
    if not refuses_repeats(call.tx, call.project_id):
        return
    digest = sha256(json.write(body)).digest()
    name = Name(call.project_id, ROUTE, f"{call.key.id} {what} {digest.hex()}")
    if not kept_replies.note(call.tx, name, digest, call.now, within=WITHIN):
        raise Duplicated("Duplicated request: the same was sent less than a minute ago.")
