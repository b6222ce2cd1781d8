"""The contract's subjects: each provider with a service that speaks its protocol on a real socket.

A service keeps what it took by the message's own id; a recipient decides what it says of a letter.
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from beckon.channels.fcm.provider import FcmProvider
from beckon.channels.fcm.tokens import ServiceAccount
from beckon.channels.generic_http.provider import GenericHttpProvider
from beckon.channels.generic_http.requests import Description
from beckon.channels.http.client import HttpClient, Patience
from beckon.channels.http.targets import read_openings
from beckon.channels.infobip.provider import InfobipAccount, InfobipProvider
from beckon.channels.postalynk.provider import PostalynkAccount, PostalynkProvider
from beckon.channels.twilio.provider import TwilioAccount, TwilioProvider
from beckon.channels.web_push.provider import WebPushProvider
from beckon.channels.web_push.vapid import Vapid
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Letter, MessageId, Provider
from beckon.kit import json
from channels.browser import Browser
from support.clock import JumpingClock
from support.http_sink import HOST, Asked, HttpSink, Said

DEAD, REFUSED, FINE = "dead", "refused", "fine"

PATIENCE = Patience(connect=1, total=1, idle=1)

_KEY = rsa.generate_private_key(65537, 2048)
PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

MAIL = """From: "Крамниця" <shop@example.com>
To: ann@example.com
Subject: =?utf-8?b?0J/RgNC40LLRltGC?=
Message-ID: <1@shop>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

0J/RgNC40LLRltGCIPCfkYs=
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<p>Привіт 👋</p>
--b--
"""

TEXT = "Привіт 👋 & <слово>"


@dataclass(slots=True)
class Service:
    """What stands on the other side. `taken` counts effects by the name we gave the message."""

    taken: Counter[str] = field(default_factory=Counter)
    texts: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, text: str) -> None:
        self.taken[name] += 1
        self.texts[name] = text


@dataclass(frozen=True, slots=True)
class Subject:
    """One provider under the contract.

    `make` gives the provider that asks `sink`; `letter` one for a recipient of this kind;
    `answer` is the service. `meant` is a part of the address that sending goes to. `told` is the
    text the service should have had; `deduplicates` says that it knows our ids.
    """

    name: str
    make: Callable[[HttpSink, JumpingClock], Provider]
    letter: Callable[[int, str, HttpSink], Letter]
    answer: Callable[[Service, Asked], Said]
    meant: str
    unauthorized: Said
    told: str = TEXT
    looks_up: bool = False
    has_ids: bool = True
    throttles_as_a_whole: bool = True

    def __str__(self) -> str:
        return self.name


def a_client(sink: HttpSink) -> HttpClient:
    return HttpClient(read_openings(f"{HOST}:{sink.port}"), patience=PATIENCE)


def a_note(number: int, channel: Channel, recipient: str, **more: Any) -> Letter:
    return Letter(
        id=MessageId(UUID(int=number)),
        project_id=ProjectId(1),
        channel=channel,
        sender="",
        recipient=recipient,
        content=json.write({"title": "Новина", "text": TEXT, **more}),
    )


PHONES = {FINE: "+38050000000", DEAD: "+38051000000", REFUSED: "+38052000000"}


def a_phone(channel: Channel) -> Callable[[int, str, HttpSink], Letter]:
    return lambda number, kind, _: a_note(number, channel, f"{PHONES[kind]}{number}")


def kind_of_phone(phone: str) -> str:
    return next(
        kind for kind, start in PHONES.items() if phone.removeprefix("+").startswith(start[1:])
    )


# Twilio


def twilio(sink: HttpSink, clock: JumpingClock) -> Provider:
    account = TwilioAccount("AC1", "token", "+15550001")
    return TwilioProvider(
        a_client(sink), clock, account, report_url="https://beckon.example/r/t", api=sink.url
    )


def twilio_answers(service: Service, asked: Asked) -> Said:
    assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert b64decode(asked.headers["authorization"].split()[1]) == b"AC1:token"
    form = asked.form
    assert form["From"] == "+15550001"
    match kind_of_phone(form["To"]):
        case "dead":
            return Said(400, {"code": 21211, "message": "Invalid 'To' number", "status": 400})
        case "refused":
            return Said(400, {"code": 21617, "message": "Body too long", "status": 400})
    name = form["StatusCallback"].partition("message=")[2]
    service.take(name, form["Body"])
    return Said(201, {"sid": f"SM{name}", "status": "queued", "error_code": None})


# Infobip


def infobip(sink: HttpSink, clock: JumpingClock) -> Provider:
    account = InfobipAccount(sink.url, "key", "Shop")
    return InfobipProvider(a_client(sink), clock, account, report_url="https://beckon.example/r/t")


def infobip_answers(service: Service, asked: Asked) -> Said:
    assert asked.headers["authorization"] == "App key"
    if asked.path == "/viber/2/logs":
        name = asked.query["messageId"]
        found = [infobip_status(name, FINE)] if service.taken[name] else []
        return Said(200, {"results": found})
    assert asked.path == "/viber/2/messages"
    told = []
    for message in asked.json()["messages"]:
        (to,) = message["destinations"]
        kind = kind_of_phone(to["to"])
        if kind == FINE:
            service.take(to["messageId"], message["content"]["text"])
        told.append(infobip_status(to["messageId"], kind))
    return Said(200, {"bulkId": "b", "messages": told})


def infobip_status(name: str, kind: str) -> dict[str, Any]:
    group, status = {
        FINE: ("PENDING", "PENDING_ENROUTE"),
        DEAD: ("REJECTED", "REJECTED_DESTINATION"),
        REFUSED: ("REJECTED", "REJECTED_NOT_ENOUGH_CREDITS"),
    }[kind]
    return {"messageId": name, "status": {"groupName": group, "name": status, "description": "…"}}


# Firebase Cloud Messaging


def fcm(sink: HttpSink, clock: JumpingClock) -> Provider:
    account = ServiceAccount("shop-1", "sender@shop-1.example", PEM)
    return FcmProvider(a_client(sink), clock, account, api=sink.url, access=f"{sink.url}/token")


def fcm_answers(service: Service, asked: Asked) -> Said:
    if asked.path == "/token":
        assert asked.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert asked.form["assertion"].count(".") == 2
        return Said(200, {"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"})
    assert asked.path == "/v1/projects/shop-1/messages:send"
    assert asked.headers["authorization"] == "Bearer ya29.x"
    message = asked.json()["message"]
    match message["token"].partition("-")[0]:
        case "dead":
            return fcm_error(404, "NOT_FOUND", "UNREGISTERED")
        case "refused":
            return fcm_error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "Message too big")
    name = message["data"]["messageId"]
    service.take(name, message["notification"]["body"])
    return Said(200, {"name": f"projects/shop-1/messages/{name}"})


def fcm_error(code: int, status: str, precise: str, message: str = "no") -> Said:
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details = [{"@type": kind, "errorCode": precise}]
    error = {"code": code, "message": message, "status": status, "details": details}
    return Said(code, {"error": error})


# Web push

BROWSERS: dict[str, Browser] = {}


def web_push(sink: HttpSink, clock: JumpingClock) -> Provider:
    vapid = Vapid("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "mailto:ops@example.com")
    return WebPushProvider(a_client(sink), clock, vapid)


def a_browser_s(number: int, kind: str, sink: HttpSink) -> Letter:
    browser = BROWSERS.setdefault(f"{kind}-{number}", Browser())
    subscription = browser.subscription(f"{sink.url}/push/{kind}-{number}")
    return a_note(number, Channel.WEB_PUSH, subscription)


def web_push_answers(service: Service, asked: Asked) -> Said:
    assert asked.headers["content-encoding"] == "aes128gcm"
    assert asked.headers["authorization"].startswith("vapid t=")
    name = asked.path.rpartition("/")[2]
    match name.partition("-")[0]:
        case "dead":
            return Said(410, b"gone")
        case "refused":
            return Said(413, b"too large")
    shown = BROWSERS[name].open(asked.body)
    service.take(shown["id"], shown["body"])
    return Said(201, b"", {"location": f"/message/{shown['id']}"})


# Postalynk


def postalynk(sink: HttpSink, clock: JumpingClock) -> Provider:
    account = PostalynkAccount("mf_live_key", "shop@example.com")
    return PostalynkProvider(a_client(sink), clock, account, api=sink.url)


def a_mail(number: int, kind: str, _: HttpSink) -> Letter:
    return Letter(
        id=MessageId(UUID(int=number)),
        project_id=ProjectId(1),
        channel=Channel.EMAIL,
        sender="shop@example.com",
        recipient=f"{kind}{number}@example.com",
        content=MAIL.replace("\n", "\r\n").encode(),
    )


def postalynk_answers(service: Service, asked: Asked) -> Said:
    assert asked.path == "/v1/send"
    assert asked.headers["authorization"] == "Bearer mf_live_key"
    mail = asked.json()
    assert mail["from"] == "Крамниця <shop@example.com>"
    assert mail["subject"] == "Привіт"
    assert mail["text"].strip() == "Привіт 👋"
    if not mail["to"][0].startswith(FINE):
        return Said(422, {"success": False, "error": "recipient refused"})
    name = mail["metadata"]["messageId"]
    service.take(name, mail["html"].strip())
    return Said(200, {"success": True, "data": {"messageId": f"msg_{name}", "status": "queued"}})


# Any HTTP API


def generic(sink: HttpSink, clock: JumpingClock, **more: Any) -> Provider:
    description = Description(
        url=f"{sink.url}/send?to={{{{to}}}}",
        body={"msg": {"text": "{{text}}", "sender": "{{from}}"}, "list": ["{{id}}", 7]},
        headers={"X-Message": "{{id}}"},
        token="secret",
        id_path="result.0.id",
        success_path="ok",
        success_value="true",
        **more,
    )
    return GenericHttpProvider(a_client(sink), clock, description, sender="Shop")


def generic_repeating(sink: HttpSink, clock: JumpingClock) -> Provider:
    return generic(sink, clock, idempotency_header="Idempotency-Key")


def generic_answers(service: Service, asked: Asked) -> Said:
    assert asked.path == "/send"
    assert asked.headers["authorization"] == "Bearer secret"
    body = asked.json()
    name = body["list"][0]
    assert body["msg"]["sender"] == "Shop"
    assert (body["list"][1], asked.headers["x-message"]) == (7, name)
    if kind_of_phone(asked.query["to"]) != FINE:
        return Said(200, {"ok": False, "why": "no such number"})
    if asked.headers.get("idempotency-key") != name or not service.taken[name]:
        service.take(name, body["msg"]["text"])
    return Said(200, {"ok": True, "result": [{"id": f"x{name}"}]})


NOT_LET_IN = Said(401, {"message": "who are you?"})

SUBJECTS = [
    Subject(
        "twilio",
        twilio,
        a_phone(Channel.SMS),
        twilio_answers,
        "/Messages.json",
        Said(401, {"code": 20003, "message": "Authenticate", "status": 401}),
    ),
    Subject(
        "infobip",
        infobip,
        a_phone(Channel.VIBER),
        infobip_answers,
        "/viber/2/messages",
        Said(401, {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED"}}}),
        looks_up=True,
    ),
    Subject(
        "fcm",
        fcm,
        lambda number, kind, _: a_note(number, Channel.PUSH, f"{kind}-{number}"),
        fcm_answers,
        "messages:send",
        fcm_error(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
    ),
    Subject(
        "web_push",
        web_push,
        a_browser_s,
        web_push_answers,
        "/push/",
        Said(403, b"bad VAPID"),
        throttles_as_a_whole=False,
    ),
    Subject(
        "postalynk",
        postalynk,
        a_mail,
        postalynk_answers,
        "/v1/send",
        NOT_LET_IN,
        told="<p>Привіт 👋</p>",
    ),
    Subject("http", generic, a_phone(Channel.SMS), generic_answers, "/send", NOT_LET_IN),
    Subject(
        "http that repeats",
        generic_repeating,
        a_phone(Channel.SMS),
        generic_answers,
        "/send",
        NOT_LET_IN,
    ),
]
