"""Operations on contacts, their fields, segments and consent in the Reteno vocabulary."""

from functools import partial
from http import HTTPStatus

from beckon.api.call import Face, Meter, Route
from beckon.api.reteno import bulk, consent, contact_words, contacts, fields, groups, subscribe

BULK_BYTES_MAX = 10 * 1_048_576

_route = partial(Route, face=Face.RETENO, tag="Contacts")
_segment = partial(Route, face=Face.RETENO, tag="Segments and consent")

REPEATED: dict[int, str] = {
    HTTPStatus.CONFLICT: "The project refuses repeats, and this was asked within the last minute."
}

SAMPLE = {
    "firstName": "John",
    "lastName": "Smith",
    "channels": [
        {"type": "email", "value": "john@example.com"},
        {"type": "sms", "value": "380942583691"},
    ],
    "externalCustomerId": "12345",
}

ROUTES = (
    _route(
        "POST",
        "/api/v1/contact",
        contacts.add_contact,
        "Add or update a contact",
        body=contact_words.ContactWords,
        reply=contacts.ContactTaken,
        example=SAMPLE,
        refuses=REPEATED,
    ),
    _route(
        "DELETE",
        "/api/v1/contact",
        contacts.delete_by_external_id,
        "Delete a contact by your own id",
        query=contacts.ErasingByExternalId,
        reply=str,
    ),
    _route(
        "POST",
        "/api/v1/contact/subscribe",
        subscribe.subscribe,
        "Subscribe a contact",
        body=subscribe.SubscribeWords,
        reply=subscribe.Subscribed,
        example={
            "contact": {
                "firstName": "John",
                "channels": [{"type": "email", "value": "john@example.com"}],
            },
            "groups": ["Subscribers"],
            "formType": "footer",
        },
        refuses=REPEATED,
    ),
    _route(
        "GET",
        "/api/v1/contact/{contact_id}",
        contacts.get_contact,
        "Get one contact",
        reply=contact_words.ContactObject,
    ),
    _route(
        "PUT",
        "/api/v1/contact/{contact_id}",
        contacts.update_contact,
        "Update a contact",
        body=contact_words.ContactWords,
        reply=str,
        example={"firstName": "Johnny", "languageCode": "en"},
        refuses=REPEATED,
    ),
    _route(
        "DELETE",
        "/api/v1/contact/{contact_id}",
        contacts.delete_contact,
        "Delete a contact",
        query=contacts.Erasing,
        reply=str,
    ),
    _route(
        "GET",
        "/api/v1/contacts",
        contacts.search_contacts,
        "Search contacts",
        query=contacts.ContactsAsked,
        reply=list[contact_words.ContactObject],
        meter=Meter.CONTACT_SEARCH,
    ),
    _route(
        "POST",
        "/api/v1/contacts",
        bulk.update_contacts,
        "Add or update many contacts",
        body=bulk.BulkWords,
        reply=bulk.BulkTaken,
        body_bytes_max=BULK_BYTES_MAX,
        example={"contacts": [SAMPLE], "dedupeOn": "email", "groupNames": ["Imported"]},
    ),
    _route(
        "POST",
        "/api/v1/contacts/upload",
        bulk.upload_contacts,
        "Add or update contacts from a file",
        body=bulk.UploadWords,
        reply=bulk.UploadTaken,
        example={"dedupeOn": "email", "link": "https://files.example.com/contacts.csv"},
    ),
    _route(
        "GET",
        "/api/v1/importstatus/{session_id}",
        bulk.get_import_status,
        "Get the status of an import",
        reply=bulk.ImportObject,
    ),
    _route(
        "GET",
        "/api/v1/contacts/email",
        contacts.get_emails,
        "Get e-mail addresses by contact ids",
        query=contacts.EmailsAsked,
        reply=contacts.EmailRows,
        repeats=frozenset({"ids"}),
    ),
    _route(
        "GET",
        "/api/v1/addressbooks",
        fields.get_address_books,
        "Get the catalogue of additional fields",
        reply=fields.AddressBooks,
        changes=True,
    ),
    _segment(
        "GET",
        "/api/v1/groups",
        groups.search_groups,
        "Search segments",
        query=groups.GroupsAsked,
        reply=list[groups.GroupObject],
    ),
    _segment(
        "GET",
        "/api/v1/group/{group_id}/contacts",
        groups.list_contacts,
        "List the contacts of a segment",
        query=groups.MembersAsked,
        reply=list[contact_words.ContactObject],
    ),
    *(
        _segment(
            "POST",
            f"/api/v1/group/{{group_id}}/contacts/{verb}",
            handle,
            summary,
            body=groups.MemberIds,
            reply=str,
            example={"contactIds": [564407320]},
        )
        for verb, handle, summary in (
            ("attach", groups.attach, "Add contacts to a segment"),
            ("detach", groups.detach, "Remove contacts from a segment"),
        )
    ),
    *(
        _segment(
            "POST",
            f"/api/v1/emails/unsubscribed/{verb}",
            handle,
            summary,
            body=consent.EmailWords,
            example={"emails": ["john@example.com"]},
        )
        for verb, handle, summary in (
            ("add", consent.add_unsubscribed, "Unsubscribe addresses"),
            ("delete", consent.delete_unsubscribed, "Subscribe addresses again"),
        )
    ),
    _segment(
        "GET",
        "/api/v1/subscriptions",
        consent.list_categories,
        "List subscription categories",
        reply=list[consent.CategoryWords],
    ),
    _segment(
        "GET",
        "/api/v1/contact/{contact_id}/subscriptions",
        consent.get_categories,
        "Get a contact's subscription categories",
        reply=list[consent.CategoryOfContact],
    ),
    _segment(
        "PUT",
        "/api/v1/contact/{contact_id}/subscriptions",
        consent.set_categories,
        "Set a contact's subscription categories",
        body=consent.CategoryChoice,
        reply=str,
        example={"subscriptions": ["news"]},
    ),
)
