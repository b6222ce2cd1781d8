"""Files that callers name by an address: fetched through the guarded client, bounded in size."""

from beckon.channels.http.client import HttpClient, InDoubtError, NotSentError
from beckon.domain.imports.model import FetchFailedError

FILE_BYTES_MAX = 100 * 1_048_576


async def fetch_file(client: HttpClient, link: str) -> bytes:
    """Get a file of at most 100 MiB; redirects are not followed. Raises FetchFailedError."""
    try:
        answer = await client.ask("GET", link, bytes_max=FILE_BYTES_MAX)
    except (NotSentError, InDoubtError) as fault:
        raise FetchFailedError(fault.reason) from None
    if answer.status != 200:
        raise FetchFailedError(f"The file's address answered {answer.status}.")
    return answer.body
