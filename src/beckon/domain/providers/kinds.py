"""Which providers there are and what each must be told: forms, faces and checks follow from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from beckon.domain.contacts.model import Channel
from beckon.domain.providers import checks
from beckon.domain.providers.model import ProviderKind
from beckon.kit.return_paths import check_bounce_address

Check = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing a provider must be told. `check` trims and refuses, given value and field name.

    `is_target` says that secrets go there; `is_long` asks for a text of many lines; `choices` are
    all there are; `default` counts where nothing is said.
    """

    name: str
    label: str
    check: Check
    is_secret: bool = False
    is_required: bool = True
    is_long: bool = False
    is_target: bool = False
    default: str = ""
    hint: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of provider is called, which channels it serves, and what it must be told.

    `derive` tells settings that follow from secrets and that anybody may see.
    """

    kind: ProviderKind
    label: str
    channels: Sequence[Channel]
    settings: Sequence[Setting] = ()
    derive: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda _: {}

    def setting(self, name: str) -> Setting | None:
        """Find a setting by its name."""
        return next((setting for setting in self.settings if setting.name == name), None)


_API_KEY = Setting("api_key", "API key", checks.check_secret, is_secret=True)
_SENDER = Setting("from", "Sender", checks.check_line, hint="The name or number people see.")

_KINDS = (
    Kind(ProviderKind.OUTBOX, "Built-in outbox", tuple(Channel)),
    Kind(
        ProviderKind.SMTP,
        "SMTP relay",
        (Channel.EMAIL,),
        (
            Setting(
                "host", "Host", checks.check_host, is_target=True, hint="Such as smtp.example.com."
            ),
            Setting("port", "Port", checks.check_port, default="587"),
            Setting(
                "security",
                "Encryption",
                checks.check_security,
                default="required",
                choices=checks.SECURITIES,
                hint="Implicit is TLS from the first byte, usually on port 465.",
            ),
            Setting("user", "User name", checks.check_line, is_required=False),
            Setting("password", "Password", checks.check_secret, is_secret=True, is_required=False),
            Setting(
                "from_email",
                "Sender",
                checks.check_sender,
                is_required=False,
                hint='Where a template names none, such as "Shop" <info@example.com>.',
            ),
            Setting(
                "bounce_address",
                "Address for bounces",
                check_bounce_address,
                is_required=False,
                hint="What cannot be delivered comes back to it, as name+id@domain.",
            ),
        ),
    ),
    Kind(
        ProviderKind.POSTALYNK,
        "Postalynk",
        (Channel.EMAIL,),
        (
            _API_KEY,
            Setting("from_email", "Sender address", checks.check_address),
        ),
    ),
    Kind(
        ProviderKind.TWILIO,
        "Twilio",
        (Channel.SMS,),
        (
            Setting("account_sid", "Account SID", checks.check_line, hint="Begins with AC."),
            Setting("auth_token", "Auth token", checks.check_secret, is_secret=True),
            Setting(
                "from",
                "Sender",
                checks.check_line,
                hint="A number of yours, a name, or a messaging service (MG…).",
            ),
        ),
    ),
    Kind(
        ProviderKind.INFOBIP,
        "Infobip",
        (Channel.VIBER,),
        (
            Setting(
                "base_url",
                "Base URL",
                checks.check_address_of_web,
                is_target=True,
                hint="Personal to your account: https://xxxxx.api.infobip.com.",
            ),
            _API_KEY,
            _SENDER,
        ),
    ),
    Kind(
        ProviderKind.HTTP,
        "HTTP API",
        (Channel.SMS, Channel.VIBER, Channel.PUSH),
        (
            Setting("url", "Address", checks.check_described_url, is_target=True),
            Setting(
                "method", "Method", checks.check_method, default="POST", choices=checks.METHODS
            ),
            Setting(
                "coding", "Body as", checks.check_coding, default="json", choices=checks.CODINGS
            ),
            Setting(
                "body",
                "Body",
                checks.check_body,
                is_long=True,
                default='{"to": "{{to}}", "from": "{{from}}", "text": "{{text}}", "id": "{{id}}"}',
                hint="A JSON object; {{to}}, {{from}}, {{text}}, {{title}}, {{link_url}}, "
                "{{image_url}}, {{button}} and {{id}} are filled in.",
            ),
            Setting(
                "headers",
                "Headers",
                checks.check_headers,
                is_required=False,
                is_long=True,
                is_secret=True,
                hint="A JSON object of names and values.",
            ),
            Setting(
                "token",
                "Bearer token",
                checks.check_secret,
                is_secret=True,
                is_required=False,
            ),
            Setting("from", "Sender", checks.check_line, is_required=False),
            Setting(
                "id_path",
                "Where its id is",
                checks.check_path,
                is_required=False,
                hint="Such as messages.0.id; without it the answer is not read.",
            ),
            Setting("success_path", "Where success is told", checks.check_path, is_required=False),
            Setting("success_value", "What it says then", checks.check_line, is_required=False),
            Setting(
                "idempotency_header",
                "Idempotency header",
                checks.check_header_name,
                is_required=False,
                hint="If it takes each key once, a message in doubt is handed over again.",
            ),
        ),
    ),
    Kind(
        ProviderKind.FCM,
        "Firebase Cloud Messaging",
        (Channel.PUSH,),
        (
            Setting(
                "service_account",
                "Service account",
                checks.check_service_account,
                is_secret=True,
                is_long=True,
                hint="The JSON file of a service account, as Firebase gives it.",
            ),
        ),
    ),
    Kind(
        ProviderKind.WEB_PUSH,
        "Web push",
        (Channel.WEB_PUSH,),
        (
            Setting(
                "subject",
                "Contact",
                checks.check_subject,
                hint="mailto: or https: address where push services reach you.",
            ),
            Setting(
                "private_key",
                "Private key",
                checks.check_private_key,
                is_secret=True,
                hint="Left empty, a new pair is made; browsers subscribe to its public half.",
            ),
        ),
        derive=lambda secrets: {"public_key": checks.public_half(secrets["private_key"])},
    ),
    Kind(ProviderKind.INBOX, "In-app inbox", (Channel.IN_APP,)),
)

KINDS: Mapping[ProviderKind, Kind] = {kind.kind: kind for kind in _KINDS}


def kinds_of(channel: Channel) -> list[Kind]:
    """List the kinds of provider that serve a channel, in the order they are offered."""
    return [kind for kind in _KINDS if channel in kind.channels]
