"""What an operator got wrong is said in a sentence, whichever command meets it."""

import sys

import pytest

from beckon.cli.store import main


@pytest.mark.parametrize("command", [["migrate"], ["project", "create", "Shop"]])
@pytest.mark.parametrize("mistake", ["a file", "no database"])
def test_a_data_directory_that_cannot_be_used(command, mistake, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "data"
    if mistake == "a file":
        folder.write_text("something else")
    else:
        folder.mkdir()
        (folder / "state.sqlite").write_text("something else " * 100)
    monkeypatch.setattr(sys, "argv", ["beckon", *command, "--data-dir", str(folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "data directory" in told
    assert told.count("\n") == 1
