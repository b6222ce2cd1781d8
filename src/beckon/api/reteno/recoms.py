"""Product recommendations in the Reteno vocabulary."""

from functools import partial
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from beckon.api.call import Edge
from beckon.api.reteno.wire import find_number, not_found
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import AddressKind, ContactId
from beckon.domain.orders.rules import amount
from beckon.domain.recommendations.model import Recommended, Source, Wanted
from beckon.domain.recommendations.queries import recommend
from beckon.domain.recommendations.rules import TEXT_CHARACTERS_MAX, check, explain
from beckon.kit.addresses import check_phone, email_key
from beckon.kit.refusals import Invalid, Unknown
from beckon.storage.schema import Tx

SOURCES = {
    "1": Source.PERSONAL,
    "2": Source.TOGETHER,
    "3": Source.CATEGORY,
    "4": Source.POPULAR,
    **{source.value: source for source in Source},
}
"""Every project has these four; each may be asked for by number or name."""


class RecomsAsked(Struct, rename="camel"):
    """Query of GET /v2/contacts/recoms/{id}: a contact by one of four names, or nobody.

    `products` are ids, comma separated; `limit` is 1 to 50.
    """

    contact_id: str | None = None
    external_customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    products: str | None = None
    category: str | None = None
    limit: int = 10


class RecomObject(Struct, rename="camel", omit_defaults=True):
    """A product, as the latest order with it tells, and why it is recommended."""

    id: str
    reason: str
    score: float
    name: str | None = None
    url: str | None = None
    image_url: str | None = None
    price: float | UnsetType = UNSET
    currency: str | None = None
    descr: str | None = None
    category: list[str] | UnsetType = UNSET


async def list_recoms(edge: Edge, source_id: str, query: RecomsAsked) -> list[RecomObject]:
    """GET /v2/contacts/recoms/{id}; nothing that the contact bought already."""
    source = SOURCES.get(source_id.strip().lower())
    if source is None:
        raise not_found("Data source", source_id)
    products = [one.strip() for one in (query.products or "").split(",") if one.strip()]
    for place, one in enumerate(products):
        if len(one) > TEXT_CHARACTERS_MAX:
            raise Invalid(f"products[{place}] must have at most {TEXT_CHARACTERS_MAX} characters.")
    wanted = check(Wanted(source, products, (query.category or "").strip() or None, query.limit))
    services = edge.services
    contact_id = await services.state.read(partial(_find, edge=edge, query=query))
    if contact_id is None and source is Source.PERSONAL:
        raise Invalid("contactId, externalCustomerId, email or phone is required.")
    found = await recommend(
        services.state, services.analytics, edge.project_id, wanted, contact_id, edge.now
    )
    return [_object(one) for one in found]


def _find(tx: Tx, *, edge: Edge, query: RecomsAsked) -> ContactId | None:
    """Find the contact who is named; None where nobody is. Raises Unknown."""
    found: ContactId | None
    if query.contact_id:
        number = find_number(query.contact_id)
        known = contacts.find_ids(tx, edge.project_id, [ContactId(number)] if number else [])
        found = next(iter(known.values()), None)
    elif query.external_customer_id:
        person = contacts.find_contact_by_external_id(
            tx, edge.project_id, query.external_customer_id
        )
        found = None if person is None else person.id
    elif query.email:
        key = email_key(query.email)
        found = contacts.find_id_by_address(tx, edge.project_id, AddressKind.EMAIL, key)
    elif query.phone:
        key = check_phone(query.phone, "phone")
        found = contacts.find_id_by_address(tx, edge.project_id, AddressKind.PHONE, key)
    else:
        return None
    if found is None:
        raise Unknown("The contact is not found.")
    return found


def _object(one: Recommended) -> RecomObject:
    product = one.product
    return RecomObject(
        product.id,
        explain(one),
        one.pick.score,
        product.name,
        _text(product.details.get("url")),
        _text(product.details.get("imageUrl")),
        UNSET if product.price is None else amount(product.price, product.currency),
        None if product.price is None else product.currency,
        _text(product.details.get("description")),
        UNSET if product.category is None else [product.category],
    )


def _text(value: Any) -> str | None:  # noqa: ANN401 - whatever an order's line was told with
    return value if isinstance(value, str) else None
