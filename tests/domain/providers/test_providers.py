"""A project's providers: told all they need, sealed, in order, and nobody else's."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from beckon.domain.accounts.tables import audit_entry
from beckon.domain.contacts.model import Channel
from beckon.domain.providers import actions, checks, queries
from beckon.domain.providers.kinds import KINDS, kinds_of
from beckon.domain.providers.model import NewProvider, ProviderChange, ProviderKind
from beckon.domain.providers.queries import ProviderUnknown
from beckon.domain.providers.tables import provider as table
from beckon.kit import json
from beckon.kit.ids import new_token
from beckon.kit.keys import new_p256_key
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.secrets import Vault
from support.clock import START

VAULT = Vault(["a key of thirty-two characters and more"])
TWILIO = {"account_sid": "AC1", "auth_token": "s3cret", "from": "+15550001"}


def create(tx, project_id, kind=ProviderKind.TWILIO, values=TWILIO, **more):
    channel = more.pop("channel", KINDS[kind].channels[0])
    new = NewProvider(channel, kind, more.pop("name", "Mine"), values, **more)
    return actions.create(
        tx, project_id, new, VAULT, report_token=new_token(), actor="ada", now=START
    )


def change(tx, project_id, provider_id, **asked):
    return actions.change(
        tx, project_id, provider_id, ProviderChange(**asked), VAULT, actor="ada", now=START
    )


def test_what_it_is_told_is_kept_and_secrets_are_sealed(tx, project_id):
    made = create(tx, project_id)
    assert made.settings == {"account_sid": "AC1", "from": "+15550001"}
    assert made.secret_names == ("auth_token",)
    assert actions.open_secrets(made, VAULT) == {"auth_token": "s3cret"}
    row = tx.execute(select(table).where(table.c.id == made.id)).one()
    assert b"s3cret" not in bytes(row.sealed)
    assert "s3cret" not in repr(row)
    assert "s3cret" not in repr(made)


def test_each_act_is_written_down_without_secrets(tx, project_id):
    made = create(tx, project_id)
    change(tx, project_id, made.id, values={"auth_token": "an0ther"})
    other = create(tx, project_id)
    for _ in range(2):  # the second time it is so already
        order = [other.id, made.id]
        actions.reorder(tx, project_id, Channel.SMS, order, actor="ada", now=START)
    actions.delete(tx, project_id, made.id, actor="ada", now=START)
    actions.rotate_inbound_secret(tx, project_id, "t0ken", VAULT, actor="ada", now=START)
    entries = tx.execute(
        select(audit_entry).where(audit_entry.c.project_id == project_id).order_by("id")
    ).all()
    assert [entry.act for entry in entries] == [
        "provider.created",
        "provider.changed",
        "provider.created",
        "provider.reordered",
        "provider.deleted",
        "inbound_secret.rotated",
    ]
    for secret in ("s3cret", "an0ther", "t0ken"):
        assert secret not in repr([tuple(entry) for entry in entries])


def test_what_is_not_named_stays_and_none_takes_away(tx, project_id):
    relay = {"host": "relay.example", "user": "ann", "password": "pw"}
    made = create(tx, project_id, ProviderKind.SMTP, relay)
    assert made.settings["port"] == "587"
    changed = change(tx, project_id, made.id, values={"user": None, "port": "2525"})
    assert changed.settings == {"host": "relay.example", "port": "2525", "security": "required"}
    assert actions.open_secrets(changed, VAULT) == {"password": "pw"}
    with pytest.raises(Invalid, match="host is required"):
        change(tx, project_id, made.id, values={"host": None})


def test_a_change_is_seen_by_its_stamp_also_within_a_millisecond(tx, project_id):
    made = create(tx, project_id)
    stamps = {queries.find_stamp(tx, project_id, Channel.SMS)}
    for acts in range(2, 5):
        change(tx, project_id, made.id, name=f"Name {acts}")
        stamps.add(queries.find_stamp(tx, project_id, Channel.SMS))
        assert len(stamps) == acts
    actions.note_fault(tx, project_id, made.id, "down", START)
    assert queries.find_stamp(tx, project_id, Channel.SMS) in stamps  # a fault is no setting
    actions.delete(tx, project_id, made.id, actor="ada", now=START)
    assert queries.find_stamp(tx, project_id, Channel.SMS) not in stamps


def test_a_secret_goes_to_no_new_address_without_being_given_again(tx, project_id):
    url = {"url": "https://sms.example/send", "token": "t0ken"}
    made = create(tx, project_id, ProviderKind.HTTP, url)
    with pytest.raises(Invalid, match="token must be given again"):
        change(tx, project_id, made.id, values={"url": "https://thief.example/"})
    change(tx, project_id, made.id, values={"url": "https://new.example/", "token": "t1"})
    change(tx, project_id, made.id, values={"token": None})
    change(tx, project_id, made.id, values={"url": "https://third.example/"})


def test_order_names_each_provider_once(tx, project_id):
    one, two = create(tx, project_id), create(tx, project_id, name="Other")
    actions.reorder(tx, project_id, Channel.SMS, [two.id, one.id], actor="ada", now=START)
    listed = queries.list_providers(tx, project_id, Channel.SMS)
    assert [found.id for found in listed] == [two.id, one.id]
    for wrong in ([], [one.id], [one.id, one.id], [one.id, two.id, 0]):
        with pytest.raises(Invalid):
            actions.reorder(tx, project_id, Channel.SMS, wrong, actor="ada", now=START)


def test_a_channel_has_at_most_twenty(tx, project_id):
    for _ in range(actions.PROVIDERS_MAX):
        create(tx, project_id)
    with pytest.raises(Conflict):
        create(tx, project_id)


def test_a_fault_is_noted_and_forgotten_by_who_changes_it(tx, project_id):
    made = create(tx, project_id)
    actions.note_fault(tx, project_id, made.id, "x" * 1000, START)
    noted = queries.get_provider(tx, project_id, made.id)
    assert (len(noted.fault), noted.fault_at) == (actions.FAULT_CHARACTERS_MAX, START)
    assert change(tx, project_id, made.id, name="New").fault is None


def test_another_project_s_are_unknown(tx, project_id, other_id):
    made = create(tx, project_id)
    assert queries.list_providers(tx, other_id) == []
    with pytest.raises(ProviderUnknown):
        change(tx, other_id, made.id, name="Theirs")
    with pytest.raises(ProviderUnknown):
        actions.delete(tx, other_id, made.id, actor="eve", now=START)
    actions.note_fault(tx, other_id, made.id, "down", START)
    assert queries.get_provider(tx, project_id, made.id) == made


def test_two_inbound_secrets_count_for_a_day(tx, project_id, other_id):
    for secret in ("one", "two", "three"):
        actions.rotate_inbound_secret(tx, project_id, secret, VAULT, actor="ada", now=START)
    assert actions.list_inbound_secrets(tx, project_id, VAULT, START) == ["three", "two"]
    later = START + actions.ROTATION
    assert actions.list_inbound_secrets(tx, project_id, VAULT, later) == ["three"]
    assert actions.list_inbound_secrets(tx, other_id, VAULT, START) == []


def test_a_report_is_taken_once_in_two_days(tx, project_id, other_id):
    assert actions.take_once(tx, project_id, "id", START)
    assert not actions.take_once(tx, project_id, "id", START)
    assert actions.take_once(tx, other_id, "id", START)
    assert actions.take_once(tx, project_id, "id", START + actions.SEEN_FOR * 2)


def test_every_channel_has_a_provider_and_every_kind_a_channel():
    assert all(kinds_of(channel) for channel in Channel)
    assert set(KINDS) == set(ProviderKind)


def test_the_public_half_of_a_web_push_key_follows_from_the_private_one(tx, project_id):
    values = {"subject": "mailto:ops@example.com", "private_key": new_p256_key()}
    made = create(tx, project_id, ProviderKind.WEB_PUSH, values)
    assert len(made.settings["public_key"]) == 87
    renewed = change(tx, project_id, made.id, values={"private_key": new_p256_key()})
    assert renewed.settings["public_key"] != made.settings["public_key"]


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


ACCOUNT = {"project_id": "shop-1", "client_email": "a@b.example", "private_key": ""}
RSA = pem(rsa.generate_private_key(65537, 2048))


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (ProviderKind.TWILIO, {}, "account_sid is required"),
        (ProviderKind.TWILIO, {**TWILIO, "colour": "red"}, "colour is no setting"),
        (ProviderKind.TWILIO, {**TWILIO, "auth_token": "ключ"}, "auth_token"),
        (ProviderKind.TWILIO, {**TWILIO, "from": "a\nb"}, "from"),
        (ProviderKind.SMTP, {"host": "a b"}, "host"),
        (ProviderKind.SMTP, {"host": "relay.example:25"}, "host"),
        (ProviderKind.SMTP, {"host": "relay.example", "port": "0"}, "port"),
        (ProviderKind.SMTP, {"host": "relay.example", "port": "٣"}, "port"),
        (ProviderKind.SMTP, {"host": "relay.example", "security": "some"}, "security"),
        (ProviderKind.SMTP, {"host": "relay.example", "from_email": "a@b.c, d@e.f"}, "from_email"),
        (ProviderKind.INFOBIP, {"base_url": "x", "api_key": "k", "from": "S"}, "base_url"),
        (ProviderKind.HTTP, {"url": "ftp://a.example/"}, "url"),
        (ProviderKind.HTTP, {"url": "https://{{to}}.example/"}, "url"),
        (ProviderKind.HTTP, {"url": "https://a.example/{{name}}"}, "url"),
        (ProviderKind.HTTP, {"url": "https://a.example/", "method": "DELETE"}, "method"),
        (ProviderKind.HTTP, {"url": "https://a.example/", "body": "[]"}, "body"),
        (ProviderKind.HTTP, {"url": "https://a.example/", "body": "\ud800"}, "body"),
        (ProviderKind.HTTP, {"url": "https://a.example/", "headers": '{"a b": "c"}'}, "headers"),
        (ProviderKind.HTTP, {"url": "https://a.example/", "headers": '{"a": "b\\n"}'}, "headers"),
        (ProviderKind.HTTP, {"url": "https://a.example/", "id_path": "a..b"}, "id_path"),
        (
            ProviderKind.HTTP,
            {"url": "https://a.example/", "idempotency_header": "Host"},
            "idempotency_header",
        ),
        (ProviderKind.FCM, {"service_account": "{}"}, "service_account"),
        (ProviderKind.FCM, {"service_account": json.text(ACCOUNT)}, "service_account"),
        (
            ProviderKind.FCM,
            {"service_account": json.text({**ACCOUNT, "private_key": "none"})},
            "service_account",
        ),
        (
            ProviderKind.FCM,
            {
                "service_account": json.text(
                    {**ACCOUNT, "private_key": pem(ec.generate_private_key(ec.SECP256R1()))}
                )
            },
            "service_account",
        ),
        (
            ProviderKind.FCM,
            {"service_account": json.text({**ACCOUNT, "private_key": RSA, "project_id": "a/b"})},
            "service_account",
        ),
        (ProviderKind.WEB_PUSH, {"subject": "ops", "private_key": new_p256_key()}, "subject"),
        (ProviderKind.WEB_PUSH, {"subject": "mailto:a@b.example"}, "private_key is required"),
        (
            ProviderKind.WEB_PUSH,
            {"subject": "mailto:a@b.example", "private_key": "A" * 43},
            "private_key",
        ),
    ],
)
def test_what_cannot_be_taken_names_its_field_and_stores_nothing(
    tx, project_id, kind, values, field
):
    with pytest.raises(Invalid, match=field):
        create(tx, project_id, kind, values)
    assert queries.list_providers(tx, project_id) == []


def test_a_kind_serves_its_own_channels_only(tx, project_id):
    with pytest.raises(Invalid, match="Twilio serves sms, not email"):
        create(tx, project_id, channel=Channel.EMAIL)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_limits_have_bounds(tx, project_id, limit):
    with pytest.raises(Invalid, match="ratePerSecond"):
        create(tx, project_id, rate_per_second=limit)
    assert checks.check_rate(10_000, "x") == 10_000
