"""Commands about deliverability: mail that came back, sending domains, sealing anew."""

import sys
from datetime import datetime

import typer

from beckon.api.links.mail_in import MAIL_BYTES_MAX, take_mail
from beckon.domain.accounts.model import ProjectId
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import SendingDomain
from beckon.domain.subscriptions.rules import selector_of
from beckon.kit.keypairs import KeyPair
from beckon.kit.secrets import Vault
from beckon.storage.schema import Tx


def take_bounce(tx: Tx, project_id: ProjectId, now: datetime) -> str:
    """Take a mail from standard input; tells what it was in a sentence."""
    content = sys.stdin.buffer.read(MAIL_BYTES_MAX)
    taken = take_mail(tx, project_id, content, now)
    return f"{taken['reports']} reports, {taken['noted']} of them news."


def add_domain(
    tx: Tx, project_id: ProjectId, domain: str, pair: KeyPair, vault: Vault, now: datetime
) -> None:
    """Sign a domain's mail with a new key from now on."""
    actions.add_domain(
        tx,
        project_id,
        domain=domain,
        selector=selector_of(pair.algorithm, now),
        pair=pair,
        vault=vault,
        now=now,
    )


def show_domains(tx: Tx, project_id: ProjectId) -> None:
    """Print the records to publish for each of a project's domains."""
    for domain in queries.list_domains(tx, project_id):
        typer.echo("\n".join(records_of(domain)))


def records_of(domain: SendingDomain) -> list[str]:
    """Write the DNS records of a domain as a zone file has them.

    Texts are cut after 255 characters, as a record must be; DNS joins them again (RFC 1035).
    """
    value = domain.record_value
    pieces = " ".join(f'"{value[at : at + 255]}"' for at in range(0, len(value), 255))
    return [
        f"{domain.record_name}. 3600 IN TXT {pieces}",
        f'_dmarc.{domain.domain}. 3600 IN TXT "v=DMARC1; p=none"',
    ]
