"""Sending domains in the Retenshun vocabulary: keys that sign mail, and the records they need."""

import asyncio
from functools import partial

from msgspec import Struct

from beckon.api.call import Call, Edge
from beckon.api.retenshun.objects import Deleted
from beckon.api.times import write_moment
from beckon.domain.accounts.actions import audit
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import SendingDomain
from beckon.domain.subscriptions.rules import selector_of
from beckon.kit.keypairs import Algorithm, KeyPair, new_pair
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx


class NewDomain(Struct):
    """Body of POST /sending/domains. RSA is for everybody; Ed25519 signs beside it."""

    domain: str
    algorithm: str = Algorithm.RSA.value


class DnsRecord(Struct):
    """A record to publish: its name, type and value, as one text."""

    name: str
    type: str
    value: str


class DomainObject(Struct, rename="camel"):
    """A domain and a key of it; mail from it, and from names under it, is signed."""

    domain: str
    selector: str
    algorithm: str
    records: list[DnsRecord]
    created_at: str


class DomainList(Struct):
    """Reply to GET /sending/domains."""

    domains: list[DomainObject]


def list_domains(call: Call) -> DomainList:
    """GET /sending/domains, one object a key."""
    return DomainList([_shown(one) for one in queries.list_domains(call.tx, call.project_id)])


async def add_domain(call: Edge, body: NewDomain) -> DomainObject:
    """POST /sending/domains: a key is made; its mail is signed within five seconds.

    An RSA key takes a tenth of a second, so it is made before the transaction begins.
    """
    if body.algorithm not in set(Algorithm):
        raise Invalid(f"algorithm must be one of {', '.join(Algorithm)}.")
    pair = await asyncio.to_thread(new_pair, Algorithm(body.algorithm))
    return await call.services.state.write(partial(_keep, call=call, body=body, pair=pair))


def delete_domain(call: Call, domain: str) -> Deleted:
    """DELETE /sending/domains/:domain: all of its keys are gone."""
    actions.remove_domain(call.tx, call.project_id, domain)
    audit(call.tx, call.project_id, call.actor, "domain.removed", call.now, domain=domain.lower())
    return Deleted()


def _keep(tx: Tx, call: Edge, body: NewDomain, pair: KeyPair) -> DomainObject:
    selector = selector_of(pair.algorithm, call.now)
    actions.add_domain(
        tx,
        call.project_id,
        domain=body.domain,
        selector=selector,
        pair=pair,
        vault=call.services.vault,
        now=call.now,
    )
    named = body.domain.strip().lower()
    audit(
        tx,
        call.project_id,
        call.actor,
        "domain.added",
        call.now,
        domain=named,
        selector=selector,
        algorithm=pair.algorithm,
    )
    found = queries.list_domains(tx, call.project_id)
    return _shown(next(one for one in found if (one.domain, one.selector) == (named, selector)))


def _shown(one: SendingDomain) -> DomainObject:
    return DomainObject(
        domain=one.domain,
        selector=one.selector,
        algorithm=one.algorithm.value,
        records=[
            DnsRecord(one.record_name, "TXT", one.record_value),
            DnsRecord(f"_dmarc.{one.domain}", "TXT", "v=DMARC1; p=none"),
        ],
        created_at=write_moment(one.created_at),
    )
