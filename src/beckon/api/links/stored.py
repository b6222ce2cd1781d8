"""Shows a stored mail in a browser, filled for nobody: what the link to view it leads to.

The link says which text it is and was signed; it shows the text as it now stands.
"""

from struct import Struct
from struct import error as StructError  # noqa: N812 - its own name says nothing

from beckon.api.answers import Answer
from beckon.api.links.pages import mail_page
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import TemplateId
from beckon.domain.templates.queries import TemplateUnknown, get_template
from beckon.domain.templates.rules import render
from beckon.kit.refusals import Unknown
from beckon.kit.signing import Signer
from beckon.languages.errors import TemplateError
from beckon.storage.schema import Tx

PREFIX = "/t/"
_PURPOSE = b"stored text"
_NAMED = Struct(">QQ")


class StoredUnknown(Unknown):
    """The text is no more, or needs more than nobody's data to be shown."""

    code = "stored_unknown"


def link_to(signer: Signer, base_url: str, project_id: ProjectId, template_id: TemplateId) -> str:
    """Make the link that shows a stored mail; `base_url` has no slash at its end."""
    return f"{base_url}{PREFIX}{signer.sign(_PURPOSE, _NAMED.pack(project_id, template_id))}"


def show(tx: Tx, signer: Signer, token: str) -> Answer:
    """Show what a token names. Raises Unknown for one that is not ours, or whose text is gone."""
    payload = signer.read(_PURPOSE, token) or b""
    try:
        project_id, template_id = _NAMED.unpack(payload)
    except StructError:
        raise TemplateUnknown("There is nothing behind this link.") from None
    template = get_template(tx, ProjectId(project_id), TemplateId(template_id))
    if template.channel is not Channel.EMAIL:
        raise StoredUnknown("Only a mail can be shown in a browser.")
    try:
        filled = render(template.text, {})
    except TemplateError:
        raise StoredUnknown("This text cannot be shown without somebody's data.") from None
    return mail_page(filled.body, is_html=True)
