"""The account behind a key, in the Reteno vocabulary."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.domain.accounts.queries import get_project


class AccountInfo(Struct, rename="camel"):
    """Reply to GET /account/info."""

    user_email: str
    organisation_name: str
    org_id: int


def get_info(call: Call) -> AccountInfo:
    """GET /v1/account/info; the user is a made-up one that stands for the key."""
    project = get_project(call.tx, call.project_id)
    return AccountInfo(f"api-user{call.key.id}", project.organisation_name, project.id)
