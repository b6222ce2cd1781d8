"""Every operation of the tracking calls, by its long name and by the short one browsers use."""

from functools import partial
from typing import Any

from beckon.api.call import Access, Face, Meter, Route
from beckon.api.segment import calls
from beckon.api.segment.words import BatchWords, Words

BODY_BYTES_MAX = 4 * 1_048_576

_route = partial(
    Route,
    "POST",
    face=Face.SEGMENT,
    tag="Segment-compatible tracking",
    access=Access.ANY_KEY,
    reply=calls.Taken,
    meter=Meter.EVENTS,
    is_intake=True,
    is_beacon=True,
    body_bytes_max=BODY_BYTES_MAX,
)

_SAMPLES: dict[str, dict[str, Any]] = {
    "track": {"userId": "user_123", "event": "Signed Up", "properties": {"plan": "pro"}},
    "identify": {"userId": "user_123", "traits": {"email": "john@example.com"}},
    "page": {"anonymousId": "anon_abc", "name": "Home"},
    "screen": {"anonymousId": "anon_abc", "name": "Cart"},
    "group": {"userId": "user_123", "groupId": "acme", "traits": {"name": "Acme"}},
    "alias": {"previousId": "anon_abc", "userId": "user_123"},
}

_BATCH = {"batch": [{"type": "track", **_SAMPLES["track"]}]}

ROUTES = (
    *(
        _route(
            f"/v1/{name}", calls.Single(kind), f"Take a call: {kind}", body=Words, example=sample
        )
        for kind, sample in _SAMPLES.items()
        for name in (kind, kind[0])
    ),
    *(
        _route(f"/v1/{name}", calls.batch, "Take many calls", body=BatchWords, example=_BATCH)
        for name in ("batch", "b", "import")
    ),
)
