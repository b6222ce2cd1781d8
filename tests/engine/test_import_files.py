"""Files of people taken in by the engine: who is killed at it leaves the file to the next."""

from uuid import UUID

import pytest

from beckon.domain.contacts.queries import count_contacts
from beckon.domain.imports import actions
from beckon.domain.imports.model import ImportId, Status, Upload, Wish
from beckon.domain.imports.queries import get_import
from beckon.engine.import_files import free_imports, import_files
from support.builders import a_project
from support.worker import NobodyLeft

FILE = b"Email\n" + b"".join(b"person%d@example.com\n" % number for number in range(2500))


class KilledError(BaseException):
    """What ends a process in the middle of a file."""


async def fetch(_link):
    return FILE


def test_a_file_that_a_killed_worker_took_is_taken_in_whole_by_the_next(simulate, clock):
    async def story(state):
        project_id = await state.write(a_project)
        upload = Upload(ImportId(UUID(int=7)), project_id, "https://example.com/x.csv", Wish())
        await state.write(lambda tx: actions.ask_upload(tx, upload, clock.now()))
        parts = 0
        write = state.write

        async def write_until_killed(action):
            nonlocal parts
            parts += 1
            if parts > 2:  # claimed, one part taken in
                raise KilledError
            return await write(action)

        state.write = write_until_killed
        with pytest.raises(KilledError):
            await import_files(state, clock, fetch, worker="first")
        state.write = write
        assert await state.read(lambda tx: count_contacts(tx, project_id)) == 1000
        assert not await import_files(state, clock, fetch, worker="second"), "it is taken"
        assert await free_imports(state, NobodyLeft("second"))
        assert await import_files(state, clock, fetch, worker="second")
        assert await state.read(lambda tx: count_contacts(tx, project_id)) == 2500
        ended = await state.read(lambda tx: get_import(tx, project_id, upload.id))
        assert ended.status is Status.FINISHED
        assert not await free_imports(state, NobodyLeft("third"))

    simulate(story)


def test_a_file_that_breaks_the_code_is_given_up_and_told(simulate, clock):
    async def story(state):
        project_id = await state.write(a_project)
        upload = Upload(ImportId(UUID(int=7)), project_id, "https://example.com/x.csv", Wish())
        await state.write(lambda tx: actions.ask_upload(tx, upload, clock.now()))

        async def broken(_link):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await import_files(state, clock, broken, worker="first")
        ended = await state.read(lambda tx: get_import(tx, project_id, upload.id))
        assert ended.status is Status.ERROR
        assert "Something broke" in ended.description

    simulate(story)
