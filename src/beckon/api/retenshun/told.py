"""What the types of this vocabulary's bodies and queries do not say of their values."""

from beckon.api.retenshun.objects import CHANNELS
from beckon.api.retenshun.reports import METRICS, RANGES
from beckon.api.retenshun.segment_words import TYPES
from beckon.api.retenshun.template_words import LANGUAGES
from beckon.api.told import VISIBLE, Told, both, line, name, number, one_of, some, text, words
from beckon.domain.accounts.model import KeyKind, Role, Scope
from beckon.domain.ai.model import Length
from beckon.domain.reports.model import Grain
from beckon.domain.webhooks.model import Happened

ANYBODY = one_of("userId", "user_id", "anonymousId", "anonymous_id")
ID, MOMENT, EMAIL = (
    line(1, 255),
    {"format": "date-time"},
    {"anyOf": [{"format": "email"}, {"maxLength": 0}]},
)
BOUND = {"anyOf": [{"format": "date"}, MOMENT]}
CHANNEL, GRAIN = words(*CHANNELS), words(*Grain)
SUBJECT = line(0, 998)
PUSH_TOKEN = text(1, 4096, "^" + VISIBLE.replace("[^", "[^\\s{") + VISIBLE + "*$")

TOLD = Told(
    fields={
        "userId": ID,
        "user_id": ID,
        "anonymousId": ID,
        "anonymous_id": ID,
        "messageId": text(1, 255),
        "event": name(255),
        "eventName": name(255),
        "timestamp": MOMENT,
        "email": EMAIL,
        "phone": {"pattern": "^( *|[+]?[ ().-]*([0-9][ ().-]*){5,15})$"},
        "tags": some(0, 100, name(100)),
        "channel": CHANNEL,
        "subject": SUBJECT,
        "title": SUBJECT,
        "preheader": SUBJECT,
        "imageUrl": SUBJECT,
        "link": SUBJECT,
        "button": SUBJECT,
        "role": words(*Role),
        "scheduledAt": MOMENT,
    },
    queries={
        "page": number(1, 10**9),
        "limit": number(1, 1000),
        "from": BOUND,
        "to": BOUND,
        "channel": CHANNEL,
        "range": words(*RANGES),
        "interval": GRAIN,
        "cursor": {"pattern": "^[0-9]{1,18}$"},
    },
    own={
        "Batch.batch": some(1, 1000),
        "Users.users": some(1, 1000),
        "CreateUser.id": ID,
        "TriggerWords.email": {},
        "StepWords.channel": {},
        "StepWords.event": {},
        "TestCampaign.email": {"format": "email"},
        "TestTemplate.email": {"format": "email"},
        "UsersAsked.search": {"maxLength": 255},
        "UsersAsked.filter": words("active", "inactive"),
        "AddPushToken.token": PUSH_TOKEN,
        "RemovePushToken.token": PUSH_TOKEN,
        "AddPushToken.deviceId": line(0, 255),
        "WebPushKeys.p256dh": text(1, 255, "^[ -~]+$"),
        "WebPushKeys.auth": text(1, 255, "^[ -~]+$"),
        "AddPushToken.appId": line(0, 255),
        "CreateTemplate.name": name(200),
        "CreateTemplate.tags": some(0, 50, {"minLength": 1, "maxLength": 200, "pattern": "\\S"}),
        "CreateTemplate.language": words(*LANGUAGES),
        "UpdateTemplate.name": name(200),
        "UpdateTemplate.tags": some(0, 50, {"minLength": 1, "maxLength": 200, "pattern": "\\S"}),
        "RenderText.language": words(*LANGUAGES),
        "CreateAutomation.name": name(200),
        "UpdateAutomation.name": name(200),
        "UpdateAutomation.people": words("STAY", "MOVE", "LEAVE"),
        "StartWords.key": text(1, 255),
        "CreateNews.title": name(255),
        "CreateNews.body": {"maxLength": 20_000},
        "UpdateNews.title": name(255),
        "UpdateNews.body": {"maxLength": 20_000},
        "InboxAsked.userId": ID,
        "ReaderAsked.userId": ID,
        "InboxAsked.status": words("opened", "unopened"),
        "InboxEvent.status": words("opened", "clicked"),
        "CreateCampaign.name": name(200),
        "CreateCampaign.holdoutPercent": number(0, 50),
        "CreateCampaign.segmentIds": some(1, 50),
        "CreateCampaign.excludedSegmentIds": some(0, 50),
        "CreateCampaign.variants": some(1, 10),
        "UpdateCampaign.name": name(200),
        "UpdateCampaign.holdoutPercent": number(0, 50),
        "VariantWords.name": line(1, 50),
        "VariantWords.weight": number(1, 1000),
        "Emails.emails": some(1, 1000),
        "SuppressionsAsked.reason": words("unsubscribed", "bounce", "complaint", "manual"),
        "CreateSegment.name": name(200),
        "CreateSegment.type": words(*TYPES),
        "UpdateSegment.name": name(200),
        "SegmentsAsked.type": words(*TYPES),
        "UserIds.userIds": some(1, 1000),
        "ReportAsked.interval": words("day"),
        "ReportAsked.metrics": {
            "pattern": f"^ *({'|'.join(METRICS)})( *, *({'|'.join(METRICS)}))* *$"
        },
        "CohortsAsked.cohorts": number(1, 60),
        "Funnel.steps": some(2, 10, name(255)),
        "Funnel.range": words(*RANGES),
        "Funnel.from": BOUND,
        "Funnel.to": BOUND,
        "NewTopic.key": name(100),
        "NewTopic.name": name(100),
        "HoldWords.reason": text(1, 1000, "\\S"),
        "NewDomain.algorithm": words("rsa", "ed25519"),
        "CreateWebhook.url": text(1, 2048, "^https://"),
        "CreateWebhook.events": {"items": words(*Happened)},
        "UpdateWebhook.url": text(1, 2048, "^https://"),
        "UpdateWebhook.events": {"items": words(*Happened)},
        "Generate.context": text(1, 4000, "\\S"),
        "Generate.tone": {"maxLength": 50},
        "Generate.length": words(*Length),
        "Generate.language": words("en", "uk"),
        "Generate.variants": number(1, 5),
        "CapWords.count": number(1, 1000),
        "PolicyWords.retentionDays": number(1, 3650),
        "SetModel.apiKey": text(1, 1000, "^[!-~]+$"),
        "CreateKey.name": name(100),
        "CreateKey.type": words(*KeyKind),
        "CreateKey.scope": words(*Scope),
        "CreateProject.name": name(100),
        "ChangeProject.name": name(100),
        "CreateProject.timeZone": {"minLength": 1},
        "ChangeProject.timeZone": {"minLength": 1},
    },
    whole={
        "TrackEvent": {"allOf": [one_of("event", "eventName"), ANYBODY]},
        "Identify": ANYBODY,
        "StartWords": one_of("userId", "anonymousId"),
        "CreateUser": one_of("id", "userId"),
        "CreateKey": {
            "anyOf": [
                {"properties": {"type": {"const": KeyKind.SECRET.value}}},
                {"properties": {"scope": {"type": "null"}}},
            ]
        },
        "AddPushToken": {
            "anyOf": [
                {"properties": {"platform": {"enum": ["ios", "android"]}}},
                {"properties": {"token": {"pattern": "^https://"}}, **both("keys")},
            ]
        },
        "CreateCampaign": {
            "allOf": [one_of("segmentId", "segmentIds"), one_of("templateId", "variants")]
        },
        "TestCampaign": one_of("userId", "email"),
        "TestTemplate": one_of("userId", "email"),
        "SendMessage": {"anyOf": [one_of("templateId"), both("body")]},
    },
)
