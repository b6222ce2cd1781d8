"""What the types of the calls of analytics SDKs do not say of their values."""

from beckon.api.told import Schema, Told, line, name, some, text

MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}


def _given(*fields: str) -> Schema:
    """Want at least one of these ids; an empty one is none."""
    some_id = {"anyOf": [{"type": "integer"}, {"type": "string", **line(1, 255)}]}
    return {"anyOf": [{"required": [one], "properties": {one: some_id}} for one in fields]}


ANYBODY = _given("userId", "anonymousId")
EVENT: Schema = {
    "properties": {
        "timestamp": MOMENT,
        "originalTimestamp": MOMENT,
        "sentAt": MOMENT,
        "messageId": {"type": ["string", "null"], **text(0, 255)},
    }
}
NAMED: Schema = {
    "required": ["event"],
    "properties": {"event": {"type": "string", **name(255)}},
}

WANTED = {
    "track": {"allOf": [NAMED, EVENT, ANYBODY]},
    "identify": ANYBODY,
    "page": {"allOf": [EVENT, ANYBODY]},
    "screen": {"allOf": [EVENT, ANYBODY]},
    "group": {"allOf": [_given("groupId"), ANYBODY]},
    "alias": {"allOf": [_given("previousId"), _given("userId")]},
}

TOLD = Told(
    fields={},
    queries={},
    own={"BatchWords.batch": some(0, 10_000)},
    calls={f"/v1/{word}": wanted for call, wanted in WANTED.items() for word in (call, call[0])},
)
