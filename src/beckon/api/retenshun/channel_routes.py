"""The Retenshun operations on channels, news and inboxes."""

from functools import partial

from beckon.api.call import Access, Face, Route
from beckon.api.retenshun import channel_words, channels, inbox, news
from beckon.api.retenshun.objects import Deleted, Page

_route = partial(Route, face=Face.RETENSHUN)
_channel = partial(_route, tag="Channels")
_news = partial(_route, tag="News")
_client = partial(_route, tag="Client", access=Access.ANY_KEY)

ROUTES = (
    _channel(
        "GET",
        "/api/v1/channels",
        channels.get_channels,
        "Get channel settings",
        reply=channel_words.Channels,
    ),
    *(
        _channel(
            verb,
            "/api/v1/channels",
            channels.update_channels,
            "Update channel settings",
            body=channel_words.UpdateChannels,
            reply=channel_words.Updated,
            example={
                "emailProvider": "POSTALYNK",
                "postalynkApiKey": "pk_your_key",
                "postalynkFromEmail": "hello@yourdomain.com",
            },
        )
        for verb in ("PUT", "PATCH", "POST")
    ),
    _channel(
        "POST",
        "/api/v1/channels/{provider_id}/test",
        channels.try_out,
        "Send a test message",
        body=channel_words.TryOut,
        reply=channel_words.TriedOut,
        is_outside=True,
        example={"to": "you@example.com"},
    ),
    _channel(
        "POST",
        "/api/v1/webhooks/inbound/rotate",
        channels.rotate_inbound,
        "Make a new secret for inbound reports",
        reply=channel_words.InboundSecret,
    ),
    _news(
        "POST",
        "/api/v1/news",
        news.create_news,
        "Create a news item",
        body=news.CreateNews,
        reply=news.NewsObject,
        example={"title": "New feature", "body": "Check out our new dashboard!", "published": True},
    ),
    _news(
        "GET",
        "/api/v1/news",
        news.list_news,
        "List news items",
        query=news.NewsAsked,
        reply=news.NewsList,
    ),
    _news("GET", "/api/v1/news/{news_id}", news.get_news, "Get one item", reply=news.NewsObject),
    *(
        _news(
            verb,
            "/api/v1/news/{news_id}",
            news.update_news,
            "Update a news item",
            body=news.UpdateNews,
            reply=news.NewsObject,
            example={"title": "Updated title"},
        )
        for verb in ("PUT", "PATCH")
    ),
    _news(
        "DELETE", "/api/v1/news/{news_id}", news.delete_news, "Delete a news item", reply=Deleted
    ),
    _client(
        "GET", "/api/v1/client/news", news.read_feed, "Read the feed", query=Page, reply=news.Feed
    ),
    _client(
        "GET",
        "/api/v1/client/inbox",
        inbox.read_inbox,
        "Read a user's inbox",
        query=inbox.InboxAsked,
        reply=inbox.Inbox,
    ),
    _client(
        "GET",
        "/api/v1/client/inbox/count",
        inbox.count_unread,
        "Count unread messages",
        query=inbox.ReaderAsked,
        reply=inbox.Unread,
    ),
    _client(
        "POST",
        "/api/v1/client/inbox/read",
        inbox.mark_read,
        "Mark messages as read",
        body=inbox.ReadInbox,
        reply=inbox.InboxUpdated,
        example={"userId": "user_123", "userHash": "5f70bf18…", "ids": []},
    ),
    _client(
        "POST",
        "/api/v1/client/inbox/{message_id}/events",
        inbox.note_event,
        "Note what a user did with a message",
        body=inbox.InboxEvent,
        reply=inbox.InboxReceived,
        example={"userId": "user_123", "userHash": "5f70bf18…", "status": "clicked"},
    ),
    _news(
        "POST",
        "/api/v1/client/secret/rotate",
        inbox.rotate_identity_secret,
        "Make a new identity secret",
        reply=inbox.IdentitySecret,
    ),
)
