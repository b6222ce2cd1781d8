"""Signatures on mail, verified by a second library: dkimpy."""

import re
from contextlib import nullcontext

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beckon.channels.dkim.keys import DkimKeys
from beckon.channels.dkim.signer import DkimSigner, relaxed_body, sign_with
from beckon.domain.accounts.model import ProjectId
from beckon.domain.subscriptions.actions import DKIM
from beckon.domain.subscriptions.model import SendingDomain, SendingDomainId
from beckon.kit.keypairs import Algorithm, new_pair, read_private
from beckon.kit.refusals import Invalid
from beckon.kit.secrets import Vault
from support.clock import START

PAIRS = {algorithm: new_pair(algorithm) for algorithm in Algorithm}
SIGNERS = {
    algorithm: DkimSigner("example.com", algorithm.value, read_private(pair.private))
    for algorithm, pair in PAIRS.items()
}
HEADERS = [
    "From: =?utf-8?b?0KfQsNC5?= <shop@example.com>",
    "To: ann@example.org",
    "Subject: Tea,\r\n mugs   and\tpots ",
    "Date: Wed, 01 Apr 2026 09:00:00 +0000",
    "Message-ID: <1@example.com>",
    "MIME-Version: 1.0",
    "List-Unsubscribe: <https://beckon.example/u/abc>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "Content-Type: text/plain; charset=utf-8",
]


def mail(body="Hello\r\n", headers=HEADERS):
    return ("\r\n".join(headers) + "\r\n\r\n" + body).encode()


def verifies(content, place=0):
    """Verify the signature at a place, with the records as DNS would give them."""

    def ask_dns(name, **_):
        for algorithm, pair in PAIRS.items():
            if name == f"{algorithm}._domainkey.example.com.".encode():
                return f"v=DKIM1; k={algorithm}; p={pair.public}".encode()
        return None

    return dkim.DKIM(content, minkey=1024).verify(idx=place, dnsfunc=ask_dns)


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize(
    "body",
    [
        "Hello\r\n",
        "",
        "\r\n",
        "\r\n\r\n\r\n",
        "no end",
        "trailing  \t \r\n\t\r\nnext   line\t\r\n\r\n\r\n",
        " \r\n",
        "a \r\n ",
        ".\r\n..\r\n",
        "Привіт, світе!\r\n" * 50,
    ],
)
def test_another_library_verifies_what_we_sign(algorithm, body):
    signed = SIGNERS[algorithm].sign(mail(body))
    # On its way a last line gets the end it lacks. Source: RFC 5321 section 4.1.1.4.
    assert verifies(signed if body.endswith("\r\n") or not body else signed + b"\r\n")


@settings(max_examples=150)
@given(st.text(st.sampled_from(" \t\r\nab\u0457"), max_size=60))
def test_any_body_is_canonical_as_the_other_library_has_it(text):
    body = re.sub("\r\n|\r|\n", "\r\n", text).encode() + b"\r\n"
    assert relaxed_body(body) == dkim.canonicalization.Relaxed.canonicalize_body(body)
    assert verifies(SIGNERS[Algorithm.ED25519].sign(mail(body.decode())))


def test_a_mail_may_bear_both_signatures():
    signed = sign_with([SIGNERS[Algorithm.RSA], SIGNERS[Algorithm.ED25519]], mail())
    assert verifies(signed, 0)
    assert verifies(signed, 1)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"Hello", b"Hullo"),
        (b"ann@", b"bob@"),
        (b"/u/abc", b"/u/abd"),
        (b"One-Click", b"Two-Click"),
        (b"\r\nFrom:", b"\r\nFrom: evil@example.com\r\nFrom:"),
        (b"\r\nSubject:", b"\r\nSubject: Evil\r\nSubject:"),
    ],
)
def test_whatever_is_changed_on_the_way_shows(was, now):
    signed = SIGNERS[Algorithm.RSA].sign(mail())
    assert was in signed
    with pytest.raises(dkim.ValidationError) if was == b"Hello" else nullcontext():
        assert not verifies(signed.replace(was, now, 1))


def test_the_header_names_what_mail_to_many_must_have_signed():
    head = SIGNERS[Algorithm.RSA].sign(mail()).partition(b"\r\nFrom:")[0]
    names = re.search(rb"h=([^;]+);", head)[1]
    signed = [name.strip() for name in names.replace(b"\r\n", b"").split(b":")]
    assert signed.count(b"from") == 2
    assert {b"list-unsubscribe", b"list-unsubscribe-post"} <= set(signed)
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_the_same_mail_gets_the_same_signature():
    assert SIGNERS[Algorithm.RSA].sign(mail()) == SIGNERS[Algorithm.RSA].sign(mail())


def a_domain(vault, algorithm=Algorithm.RSA, *, project=1, domain="example.com"):
    pair = PAIRS[algorithm]
    return SendingDomain(
        SendingDomainId(1),
        ProjectId(project),
        domain,
        algorithm.value,
        algorithm,
        vault.seal(pair.private, DKIM),
        pair.public,
        START,
    )


def test_the_sender_s_domain_or_one_above_it_signs_in_its_own_project():
    vault = Vault(["k" * 32])
    keys = DkimKeys(vault)
    keys.take([a_domain(vault), a_domain(vault, Algorithm.ED25519)])
    signed = keys.sign(ProjectId(1), "shop@News.Example.COM", mail())
    assert signed.count(b"DKIM-Signature:") == 2
    assert verifies(signed)
    for project, sender in (
        (2, "shop@example.com"),
        (1, "shop@example.org"),
        (1, "a@badexample.com"),
    ):
        assert keys.sign(ProjectId(project), sender, mail()) == mail()
    keys.take([])
    assert keys.sign(ProjectId(1), "shop@example.com", mail()) == mail()


def test_a_key_sealed_for_another_installation_stays_shut():
    with pytest.raises(Invalid, match="not among"):
        DkimKeys(Vault(["k" * 32])).take([a_domain(Vault(["x" * 32]))])


def test_the_record_to_publish():
    domain = a_domain(Vault(["k" * 32]))
    assert domain.record_name == "rsa._domainkey.example.com"
    assert domain.record_value.startswith("v=DKIM1; k=rsa; p=MIIB")
