"""The Retenshun operations on sending as a whole: policy, hold, domains."""

from functools import partial

from beckon.api.call import Face, Route
from beckon.api.retenshun import sending, sending_domains
from beckon.api.retenshun.objects import Deleted

_route = partial(Route, face=Face.RETENSHUN, tag="Sending")

_POLICY = "/api/v1/sending/policy"
_DOMAINS = "/api/v1/sending/domains"

ROUTES = (
    _route(
        "GET",
        _POLICY,
        sending.get_policy,
        "Get caps, quiet hours and the postal address",
        reply=sending.PolicyObject,
    ),
    _route(
        "PUT",
        _POLICY,
        sending.update_policy,
        "Change caps, quiet hours and the postal address",
        body=sending.PolicyWords,
        reply=sending.PolicyObject,
        example={
            "caps": [{"count": 3, "periodSeconds": 86400, "channel": "EMAIL"}],
            "quietHours": {"begin": "21:00", "end": "08:00"},
            "staleAfterSeconds": 3600,
            "retentionDays": 365,
            "postalAddress": "Acme Ltd, 1 High Street, London",
        },
    ),
    _route(
        "GET",
        "/api/v1/sending/hold",
        sending.get_hold,
        "Tell whether sending is held",
        reply=sending.HoldObject,
    ),
    _route(
        "POST",
        "/api/v1/sending/hold",
        sending.hold_sending,
        "Let nothing leave",
        body=sending.HoldWords,
        reply=sending.HoldObject,
        example={"reason": "The wrong prices are in the mail."},
    ),
    _route(
        "POST",
        "/api/v1/sending/resume",
        sending.resume_sending,
        "Let messages leave again",
        reply=sending.HoldObject,
    ),
    _route(
        "GET",
        _DOMAINS,
        sending_domains.list_domains,
        "List sending domains and their DNS records",
        reply=sending_domains.DomainList,
    ),
    _route(
        "POST",
        _DOMAINS,
        sending_domains.add_domain,
        "Sign the mail of a domain",
        body=sending_domains.NewDomain,
        reply=sending_domains.DomainObject,
        is_outside=True,
        example={"domain": "example.com"},
    ),
    _route(
        "DELETE",
        "/api/v1/sending/domains/{domain}",
        sending_domains.delete_domain,
        "Sign a domain's mail no more",
        reply=Deleted,
    ),
)
