"""What the types of this vocabulary's bodies and queries do not say of their values."""

from beckon.api.told import Told, number, some, text

KEY = text(1, 100, "^[^<>;,'\u2019\u2018\"`/\\\\|^?!\\u0000-\\u001f\\u007f-\\u009f]+$")

TOLD = Told(
    fields={
        "eventTypeKey": KEY,
        "contacts": some(1, 3000),
        "orders": some(1, 1000),
        "events": some(1, 500),
    },
    queries={"startindex": number(1, 10**9), "maxrows": number(1, 500)},
    own={
        "Parameter.name": text(1, 100),
        "WorkflowsAsked.startindex": {},
        "WorkflowsAsked.maxrows": {},
    },
)
