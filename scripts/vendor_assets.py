# ruff: noqa: INP001 - a script, not a package
"""Fetch, trim and verify the browser assets that Beckon ships; for maintainers, never for users.

    python scripts/vendor_assets.py            verify the committed files against the manifest
    python scripts/vendor_assets.py refresh    fetch the versions named below anew with `npm pack`

To move to another version, change it in `PACKAGES`, refresh, look at every page, and commit the
files with the manifest. A version once vendored must come back with the same integrity.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trim_styles import LEFT_OUT, trim, words_of

VENDOR = Path(__file__).parents[1] / "src/beckon/dashboard/static/vendor"
MANIFEST = VENDOR / "manifest.json"

# npm 11 packs in under a second; a minute says the network is gone.
PACK_SECONDS_MAX = 60

SOURCE_MAP = re.compile(rb"\s*(//|/\*)# sourceMappingURL=[^\n]*\s*\Z")

ICONS = [
    "activity",
    "adjustments",
    "alert-triangle",
    "arrow-back-up",
    "arrow-down",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "arrows-exchange",
    "arrows-split",
    "ban",
    "bell",
    "bell-ringing",
    "bolt",
    "book-2",
    "brand-windows",
    "building",
    "bulb",
    "cake",
    "calendar",
    "calendar-event",
    "chart-bar",
    "chart-line",
    "chart-pie",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "clipboard-list",
    "clock",
    "code",
    "copy",
    "database",
    "device-desktop",
    "device-floppy",
    "device-mobile",
    "dots",
    "download",
    "edit",
    "external-link",
    "eye",
    "eye-off",
    "file-text",
    "filter",
    "flag",
    "folder",
    "folder-plus",
    "forms",
    "git-branch",
    "git-compare",
    "hand-stop",
    "hash",
    "help-circle",
    "history",
    "home",
    "hourglass",
    "id",
    "inbox",
    "info-circle",
    "key",
    "layout-dashboard",
    "layout-grid",
    "link",
    "list",
    "list-check",
    "list-search",
    "lock",
    "login",
    "logout",
    "mail",
    "mail-opened",
    "mailbox",
    "map-pin",
    "menu-2",
    "message",
    "message-circle",
    "minus",
    "moon",
    "news",
    "package",
    "pencil",
    "phone",
    "photo",
    "player-pause",
    "player-play",
    "plug",
    "plug-connected",
    "plus",
    "point",
    "qrcode",
    "receipt",
    "refresh",
    "repeat",
    "robot",
    "rocket",
    "route",
    "search",
    "send",
    "server",
    "settings",
    "shield",
    "shield-check",
    "shield-lock",
    "shopping-cart",
    "sitemap",
    "sparkles",
    "square-check",
    "stack-2",
    "star",
    "sun",
    "switch-horizontal",
    "tag",
    "tags",
    "target",
    "template",
    "terminal-2",
    "test-pipe",
    "trash",
    "trending-up",
    "upload",
    "user",
    "user-circle",
    "user-cog",
    "user-plus",
    "users",
    "users-group",
    "variable",
    "versions",
    "wand",
    "webhook",
    "wifi-off",
    "window",
    "world",
    "x",
    "zoom-in",
]

MIT = """MIT License

Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """What is taken from one npm package.

    `holder` names the copyright holder where the package forgets its MIT text; otherwise the
    licence is among `files`. `icons` are drawn into one sprite instead of being copied.
    `is_trimmed`: of its stylesheets only what our pages use is taken; see trim_styles.
    """

    name: str
    version: str
    licence: str
    folder: str
    files: tuple[str, ...]
    holder: str = ""
    icons: tuple[str, ...] = ()
    is_trimmed: bool = False


PACKAGES = (
    Package("htmx.org", "2.0.11", "0BSD", "htmx", ("dist/htmx.min.js", "LICENSE")),
    Package(
        "@alpinejs/csp",
        "3.17.4",
        "MIT",
        "alpine",
        ("dist/cdn.min.js",),
        holder="2019-2021 Caleb Porzio and contributors",
    ),
    Package(
        "@tabler/core",
        "1.6.1",
        "MIT",
        "tabler",
        ("dist/css/tabler.min.css", "dist/js/tabler.min.js"),
        holder="2018-2026 The Tabler Authors, codecalm.net Paweł Kuna",
        is_trimmed=True,
    ),
    Package("@tabler/icons", "3.51.0", "MIT", "tabler-icons", ("LICENSE",), icons=tuple(ICONS)),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "Apache-2.0",
        "swagger-ui",
        (
            "swagger-ui-bundle.js",
            "swagger-ui-bundle.js.LICENSE.txt",
            "swagger-ui.css",
            "LICENSE",
            "NOTICE",
        ),
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        "inter",
        (
            "files/inter-latin-wght-normal.woff2",
            "files/inter-latin-ext-wght-normal.woff2",
            "files/inter-cyrillic-wght-normal.woff2",
            "files/inter-cyrillic-ext-wght-normal.woff2",
            "files/inter-greek-wght-normal.woff2",
            "LICENSE",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is bundled of several npm packages into one file, by an entry of ours.

    `packages` names every one with its version, also those that others need: nothing floats; the
    bundle's version is that of `main`.
    """

    name: str
    folder: str
    main: str
    entry: Path
    packages: tuple[tuple[str, str], ...]
    licence: str
    holder: str


ESBUILD = "esbuild@0.28.2"
BUNDLES = (
    Bundle(
        "codemirror",
        "codemirror",
        "@codemirror/view",
        Path(__file__).parent / "code_editor.js",
        (
            ("@codemirror/autocomplete", "6.20.4"),
            ("@codemirror/commands", "6.11.1"),
            ("@codemirror/lang-css", "6.3.1"),
            ("@codemirror/lang-html", "6.4.12"),
            ("@codemirror/lang-javascript", "6.2.5"),
            ("@codemirror/language", "6.13.1"),
            ("@codemirror/lint", "6.9.8"),
            ("@codemirror/state", "6.7.6"),
            ("@codemirror/streamparser", "6.0.0"),
            ("@codemirror/view", "6.43.15"),
            ("@lezer/common", "1.5.5"),
            ("@lezer/css", "1.3.9"),
            ("@lezer/highlight", "1.2.5"),
            ("@lezer/html", "1.3.13"),
            ("@lezer/javascript", "1.5.6"),
            ("@lezer/lr", "1.4.12"),
            ("@marijn/find-cluster-break", "1.0.4"),
            ("crelt", "1.0.7"),
            ("style-mod", "4.1.4"),
            ("w3c-keyname", "2.2.8"),
        ),
        "MIT",
        "2018-2026 by Marijn Haverbeke <marijn@haverbeke.berlin> and others",
    ),
)


class AssetError(Exception):
    """The vendored files and the manifest disagree, or a package is not what it was."""


def refresh() -> None:
    """Fetch every package and write its files and the manifest; other files are removed."""
    known = _integrities()
    entries = []
    wanted = {MANIFEST}
    for package in PACKAGES:
        contents, integrity = _pack(package)
        spec = f"{package.name}@{package.version}"
        if known.get(spec, integrity) != integrity:
            raise AssetError(f"{spec} changed after it was vendored: {integrity}")
        files = _write(package, contents)
        wanted |= {VENDOR / file["path"] for file in files}
        entries.append(
            {
                "name": package.name,
                "version": package.version,
                "licence": package.licence,
                "integrity": integrity,
                "files": files,
            }
        )
    for bundle in BUNDLES:
        entry = _bundled(bundle)
        wanted |= {VENDOR / file["path"] for file in entry["files"]}
        entries.append(entry)
    for path in _vendored() - wanted:
        path.unlink()
    MANIFEST.write_text(json.dumps({"packages": entries}, indent=2, ensure_ascii=False) + "\n")


def verify() -> None:
    """Compare every vendored file with the manifest. Raises AssetError at the first difference."""
    listed = {
        VENDOR / file["path"]: file["sha256"]
        for package in json.loads(MANIFEST.read_text())["packages"]
        for file in package["files"]
    }
    if odd := (_vendored() - {MANIFEST}) ^ set(listed):
        raise AssetError(f"only on one side: {', '.join(sorted(map(str, odd)))}")
    for path, digest in listed.items():
        if _sha256(path.read_bytes()) != digest:
            raise AssetError(f"{path} differs from the manifest")


def _bundled(bundle: Bundle) -> dict[str, Any]:
    """Install the packages of a bundle, write it, and give its entry of the manifest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = dict(bundle.packages)
        (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": wanted}))
        _run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        lock = json.loads((folder / "package-lock.json").read_text())["packages"]
        found = {path.removeprefix("node_modules/"): one for path, one in lock.items() if path}
        if {name: one["version"] for name, one in found.items()} != wanted:
            raise AssetError(f"{bundle.name} needs packages that are not named: {sorted(found)}")
        shutil.copy(bundle.entry, folder / "entry.js")
        asked = ["--bundle", "--minify", "--format=iife", "--charset=utf8", "--legal-comments=none"]
        _run(["npx", "--yes", ESBUILD, "entry.js", *asked, "--outfile=bundle.js"], folder)
        body = (folder / "bundle.js").read_bytes()
    made = {
        f"{bundle.name}.js": (bundle.entry.name, body),
        "LICENSE": ("licence text", MIT.format(holder=bundle.holder).encode()),
    }
    return {
        "name": f"{bundle.name} (bundle)",
        "version": dict(bundle.packages)[bundle.main],
        "licence": bundle.licence,
        "integrity": _sha256(json.dumps(found, sort_keys=True).encode()),
        "packages": {name: one["integrity"] for name, one in sorted(found.items())},
        "files": _store(bundle.folder, made),
    }


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(  # noqa: S603 - the words above, no shell
        command, cwd=folder, check=True, capture_output=True, timeout=PACK_SECONDS_MAX
    )


def _pack(package: Package) -> tuple[dict[str, bytes], str]:
    """Return the files of a package by their path inside it, and the integrity of the whole."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--json", f"{package.name}@{package.version}"]
        done = subprocess.run(  # noqa: S603 - the words above, no shell
            command, cwd=folder, check=True, capture_output=True, timeout=PACK_SECONDS_MAX
        )
        answer = json.loads(done.stdout)
        # npm 11 answers with a list, later ones with an object by name.
        packed = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            contents = {
                member.name.removeprefix("package/"): file.read()
                for member in archive.getmembers()
                if (file := archive.extractfile(member)) is not None
            }
    return contents, packed["integrity"]


def _write(package: Package, contents: dict[str, bytes]) -> list[dict[str, str]]:
    """Write what the package gives; one manifest line per file, in the order of `files`."""
    made = {Path(source).name: (source, _trimmed(contents[source])) for source in package.files}
    if package.is_trimmed:
        made = _without_unused(made)
    if package.holder:
        made["LICENSE"] = ("licence text", MIT.format(holder=package.holder).encode())
    if package.icons:
        made["sprite.svg"] = ("icons/outline", _sprite(package.icons, contents))
    return _store(package.folder, made)


def _without_unused(made: dict[str, tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
    """Leave out of stylesheets what no page of ours can use, and write down what that is."""
    scripts = {name: body for name, (_, body) in made.items() if name.endswith(".js")}
    words, begun = words_of()
    for body in scripts.values():
        words.update(re.findall(r"[A-Za-z_][\w-]*", body.decode()))
    left_out: set[str] = set()
    for name, (source, body) in made.items():
        if name.endswith(".css"):
            kept, gone = trim(body.decode(), words, begun)
            made[name] = (f"{source}, without what no page uses", kept.encode())
            left_out |= gone
    LEFT_OUT.write_text("\n".join(sorted(left_out)) + "\n")
    return made


def _store(name: str, made: dict[str, tuple[str, bytes]]) -> list[dict[str, str]]:
    folder = VENDOR / name
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for file, (source, body) in made.items():
        (folder / file).write_bytes(body)
        lines.append({"path": f"{name}/{file}", "source": source, "sha256": _sha256(body)})
    return lines


def _trimmed(body: bytes) -> bytes:
    """Drop the pointer to a source map, which is not shipped and would only answer 404."""
    return SOURCE_MAP.sub(b"\n", body)


def _sprite(icons: tuple[str, ...], contents: dict[str, bytes]) -> bytes:
    """Draw the icons as symbols of one SVG file; a page shows one with <use href="…#name">."""
    symbols = [_symbol(icon, contents[f"icons/outline/{icon}.svg"].decode()) for icon in icons]
    lines = ['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>", ""]
    return "\n".join(lines).encode()


def _symbol(icon: str, drawing: str) -> str:
    shapes = re.sub(r"\s+", " ", drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")])
    shapes = shapes.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    return (
        f'<symbol id="{icon}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">'
        f"{shapes.strip()}</symbol>"
    )


def _vendored() -> set[Path]:
    return {path for path in VENDOR.rglob("*") if path.is_file()}


def _integrities() -> dict[str, str]:
    if not MANIFEST.exists():
        return {}
    packages: list[dict[str, Any]] = json.loads(MANIFEST.read_text())["packages"]
    return {f"{package['name']}@{package['version']}": package["integrity"] for package in packages}


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def main(words: list[str]) -> int:
    """Run the command named by `words`; 0 when the files are as the manifest says."""
    if words not in ([], ["refresh"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if words:
        refresh()
    verify()
    sys.stdout.write(f"{len(_vendored())} files in {VENDOR} are as the manifest says.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
