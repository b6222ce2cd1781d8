"""The browser's libraries are the ones that were looked at: each file has its SHA-256 listed.

An edit in a minified file is seen by nobody; this sees it, and a file that nobody listed.
"""

import hashlib
import json

from architecture.tree import VENDOR, plant

MANIFEST = "manifest.json"


def altered_assets(folder):
    """List the files that differ from the manifest, are missing, or are not in it."""
    packages = json.loads((folder / MANIFEST).read_text())["packages"]
    wanted = {file["path"]: file["sha256"] for package in packages for file in package["files"]}
    present = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path != folder / MANIFEST
    }
    return [
        *(f"{path} is missing" for path in sorted(wanted.keys() - present.keys())),
        *(f"{path} is not listed" for path in sorted(present.keys() - wanted.keys())),
        *(
            f"{path} was altered"
            for path in sorted(wanted.keys() & present.keys())
            if wanted[path] != present[path]
        ),
    ]


def test_vendored_files_are_the_ones_listed():
    assert altered_assets(VENDOR) == []


def test_an_altered_a_missing_and_a_stray_file_are_found(tmp_path):
    right = hashlib.sha256(b"right").hexdigest()
    names = ("a/kept.js", "a/edited.js", "a/gone.js")
    listed = [{"name": "a", "files": [{"path": name, "sha256": right} for name in names]}]
    files = {"a/kept.js": "right", "a/edited.js": "wrong", "a/stray.js": "right"}
    plant(tmp_path, {**files, MANIFEST: json.dumps({"packages": listed})})
    assert altered_assets(tmp_path) == [
        "a/gone.js is missing",
        "a/stray.js is not listed",
        "a/edited.js was altered",
    ]
