"""`beckon template`: what it prints, how it names a fault, and that it loads little."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BECKON = Path(sys.executable).with_name("beckon")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "velocity"


def beckon(*arguments):
    """Run one command the way a shell does."""
    return subprocess.run(
        [BECKON, "template", *arguments], capture_output=True, check=False, timeout=60
    )


@pytest.fixture
def file(tmp_path):
    """Give a function that puts a text into a file."""

    def put(name, text):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return put


@pytest.mark.parametrize(
    ("language", "source"),
    [("velocity", "Hi $!name, \r\n$sum"), ("liquid", "Hi {{ name }}, \r\n{{ sum }}")],
)
def test_render_prints_the_rendering_and_nothing_else(file, language, source):
    data = file("data.json", '{"name": "Ann <3 Київ", "sum": 3}')
    done = beckon("render", "--language", language, "--data", data, file("t", source))
    assert done.stdout.decode() == "Hi Ann <3 Київ, \r\n3"
    assert (done.stderr, done.returncode) == (b"", 0)
    done = beckon("render", "--language", language, "--html", "--data", data, file("t", source))
    assert done.stdout.decode() == "Hi Ann &lt;3 Київ, \r\n3"


def test_a_probable_slip_is_told_apart_from_the_rendering(file):
    path = file("letter", "a\n# if(1)")
    done = beckon("render", "--language", "velocity", path)
    assert done.returncode == 0
    assert done.stdout == b"a\n# if(1)"
    said = b":2:1: warning: this is text; no blank may stand after `#`\n"
    assert done.stderr == str(path).encode() + said


@pytest.mark.parametrize(
    ("language", "source", "place"),
    [
        ("velocity", "a\n#if($x)", ":2:8: "),
        ("velocity", "a\n$x.substring(9)", ":2:4: "),
        ("liquid", "a\n{{ x | nope }}", ":2:"),
        ("liquid", "a\n  {{ x | divided_by: 0 }}", ":2:"),
    ],
)
def test_a_fault_names_file_line_and_column_on_stderr(file, language, source, place):
    data = file("data.json", '{"x": "1"}')
    path = file("letter", source)
    done = beckon("render", "--language", language, "--data", data, path)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode().startswith(f"{path}{place}")


@pytest.mark.parametrize("data", ["[1]", "{", "\udcff"])
def test_data_that_is_no_object_is_told(tmp_path, file, data):
    path = tmp_path / "data.json"
    path.write_bytes(data.encode("utf-8", "surrogateescape"))
    done = beckon("render", "--language", "liquid", "--data", path, file("t", "x"))
    assert done.returncode == 1
    assert str(path) in done.stderr.decode()


def test_check_tells_what_disagrees(file):
    good = {"id": "a-1", "template": "$x", "tools": False, "expect": {"out": "1"}}
    context = file("context.json", '{"context": {"x": 1}}')
    done = beckon(
        *("check", "--language", "velocity", "--context", context),
        file("cases", json.dumps(good)),
    )
    assert done.stdout.decode().splitlines()[-1] == "1 of 1 agree"
    assert done.returncode == 0
    bad = {**good, "id": "a-2", "expect": {"out": "2"}}
    cases = file("cases", f"{json.dumps(good)}\n{json.dumps(bad)}\n")
    done = beckon("check", "--language", "velocity", "--context", context, cases)
    assert done.stdout.decode().splitlines()[-1] == "1 of 2 agree"
    assert "a-2" in done.stdout.decode()
    assert done.returncode == 1


def test_the_shared_cases_agree():
    if not SHARED.is_dir():
        pytest.skip("the conformance cases are not beside this checkout: nothing is shown of them")
    done = beckon(
        *("check", "--language", "velocity", "--context", SHARED / "context.json"),
        SHARED / "cases.jsonl",
    )
    agreed, _, cases, _ = done.stdout.decode().splitlines()[-1].split()
    assert int(cases) > 400
    assert int(agreed) >= 0.98 * int(cases)


def test_template_commands_load_no_server_and_no_store(file):
    path = file("t", "x")
    code = (
        "import sys; from beckon.cli import main; "
        f"sys.argv = ['beckon', 'template', 'render', '--language', 'liquid', {str(path)!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('sqlalchemy', 'starlette')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "x[]\n"
