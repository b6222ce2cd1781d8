"""The Retenshun operations on subscriptions, topics and suppressions."""

from functools import partial

from beckon.api.call import Face, Route
from beckon.api.retenshun import consent
from beckon.api.retenshun.objects import Deleted

_route = partial(Route, face=Face.RETENSHUN, tag="Consent")

_SUBSCRIPTIONS = "/api/v1/users/{user_id}/subscriptions"
_SUPPRESSIONS = "/api/v1/suppressions"

ROUTES = (
    _route(
        "GET",
        _SUBSCRIPTIONS,
        consent.get_subscriptions,
        "Get what a user is subscribed to",
        reply=consent.Subscriptions,
    ),
    _route(
        "PUT",
        _SUBSCRIPTIONS,
        consent.update_subscriptions,
        "Change what a user is subscribed to",
        body=consent.Subscriptions,
        reply=consent.Subscriptions,
        example={
            "channels": {"email": "unsubscribed"},
            "topics": [{"key": "news", "subscribed": True}],
        },
    ),
    _route(
        "GET",
        _SUPPRESSIONS,
        consent.list_suppressions,
        "List addresses that get no mail",
        query=consent.SuppressionsAsked,
        reply=consent.SuppressionList,
    ),
    _route(
        "POST",
        _SUPPRESSIONS,
        consent.add_suppressions,
        "Send nothing to these addresses",
        body=consent.Emails,
        reply=consent.EmailsTaken,
        example={"emails": ["john@example.com"]},
    ),
    _route(
        "DELETE",
        _SUPPRESSIONS,
        consent.delete_suppressions,
        "Lift suppressions by hand and unsubscriptions",
        body=consent.Emails,
        reply=Deleted,
        example={"emails": ["john@example.com"]},
    ),
    _route("GET", "/api/v1/topics", consent.list_topics, "List topics", reply=consent.TopicList),
    _route(
        "POST",
        "/api/v1/topics",
        consent.create_topic,
        "Create a topic",
        body=consent.NewTopic,
        reply=consent.TopicObject,
        example={"key": "news", "name": "News"},
    ),
    _route(
        "DELETE",
        "/api/v1/topics/{topic_key}",
        consent.delete_topic,
        "Delete a topic",
        reply=Deleted,
    ),
)
