"""Puts a filled text into a mail: what is the same for everybody was encoded once.

A part goes out as 7bit where it is ASCII in short lines, so that people can read it, else as
quoted-printable. Links become whatever `track` makes of them.
Invariant: reading the mail gives the words that were filled in, line ends apart.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import TypeAlias
from uuid import UUID
from weakref import WeakKeyDictionary

from beckon.domain.messages.mail import BOUNDARY_BEGINS, boundary_of, write_head
from beckon.domain.messages.quoted import encode_piece
from beckon.domain.templates.compiled import CompiledText, Filled
from beckon.domain.templates.plain_text import to_plain_text
from beckon.kit.addresses import Mailbox

Track: TypeAlias = Callable[[int, str], str]
"""Number of a link and where it leads → where it is to lead in this mail."""

LINE_BYTES_MAX = 998

_TELLING = 16  # so many characters of a boundary nobody hits by chance
_LINE_END = re.compile(r"\r\n|\r|\n")
_HTML = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "
_PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
_QUOTED = b"quoted-printable\r\n\r\n"
_READABLE = b"7bit\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place for a link's target; None where the texts up to an _End spell it."""

    number: int
    target: str | None


@dataclass(frozen=True, slots=True)
class _End:
    """Where the target of a link ends."""


_Chunk: TypeAlias = str | _Slot | _End


@dataclass(frozen=True, slots=True)
class _Shape:
    """One part's static texts, encoded.

    `cut` has those with links in them, taken apart; `ready` the same, encoded, of those whose links
    lead where they lead for everybody. `readable` has all of them for 7bit, and
    `lines` are those with a line end in them: between two of these there is `room` for so many
    more characters in a line. Empty and 0 where 7bit cannot be.
    """

    quoted: Mapping[str, bytes]
    cut: Mapping[str, Sequence[_Chunk]]
    ready: Mapping[str, Sequence[bytes | tuple[int, str]]]
    readable: Mapping[str, bytes]
    lines: Collection[str]
    room: int


@dataclass(frozen=True, slots=True)
class _Form:
    body: _Shape
    plain: _Shape


_forms: WeakKeyDictionary[CompiledText, _Form] = WeakKeyDictionary()


def assemble(
    mail_id: UUID,
    compiled: CompiledText,
    filled: Filled,
    *,
    sender: Mailbox,
    recipient: str,
    at: datetime,
    track: Track | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Write the mail for one person: CRLF throughout, no line beyond 998 bytes.

    Without `track` links stay as they are. `headers` come on top of the usual ones, with values
    of printable ASCII. Raises Invalid for a header that cannot be written.
    """
    form = _form(compiled)
    boundary = boundary_of(mail_id)
    head = write_head(
        mail_id, sender=sender, recipient=recipient, subject=filled.subject, at=at, more=headers
    )
    line = b"--" + boundary
    out = [head, b"\r\n", line, b"\r\n", _PLAIN]
    plain = filled.plain
    if plain is None:
        plain = [to_plain_text(compiled.without_marks("".join(filled.body)))]
    _write(out, plain, form.plain, boundary)
    out += (b"\r\n", line, b"\r\n", _HTML)
    if track is None or not compiled.links:
        _write(out, _unmarked(filled.body, form.body, compiled), form.body, boundary)
    else:
        out.append(_QUOTED)
        _write_tracked(out, filled.body, form.body, compiled, track)
    out += (b"\r\n", line, b"--\r\n")
    return b"".join(out)


def _unmarked(pieces: Sequence[str], shape: _Shape, compiled: CompiledText) -> Sequence[str]:
    """Take marks of links out of what is not static, such as whole rows of a loop."""
    if not compiled.links:
        return pieces
    known, opens = shape.quoted, compiled.marks.opens[0]
    return [
        piece if piece in known or opens not in piece else compiled.without_marks(piece)
        for piece in pieces
    ]


def _write(out: list[bytes], pieces: Sequence[str], shape: _Shape, boundary: bytes) -> None:
    """Write a part, readable if that is possible; links stay as they are.

    In quoted-printable nothing looks like a boundary; of what would be readable, statics that
    might begin one were sorted out, and values that know the mail's number are here.
    """
    if shape.room:
        known, lines = shape.readable, shape.lines
        others = "".join([piece for piece in pieces if piece not in lines])
        is_plain = len(others) <= shape.room and others.isascii() and others.isprintable()
        if is_plain and boundary[-_TELLING:].decode() not in others:
            out.append(_READABLE)
            out += [known.get(piece) or piece.encode() for piece in pieces]
            out.append(b"\r\n")
            return
    out.append(_QUOTED)
    known = shape.quoted
    out += [known.get(piece) or encode_piece(piece) for piece in pieces]
    # Ends a soft break that the last piece may have left open.
    out.append(b"\r\n")


def _write_tracked(
    out: list[bytes],
    pieces: Sequence[str],
    shape: _Shape,
    compiled: CompiledText,
    track: Track,
) -> None:
    """Write a body in quoted-printable, each link as `track` wants it."""
    known, ready = shape.quoted, shape.ready
    slot: _Slot | None = None
    target: list[str] = []
    for chunk in _chunks(pieces, shape, compiled):
        if slot is None and isinstance(chunk, str) and chunk in ready:
            out += [
                part if isinstance(part, bytes) else _attribute(track(*part))
                for part in ready[chunk]
            ]
        elif isinstance(chunk, str):
            if slot is None:
                out.append(known.get(chunk) or encode_piece(chunk))
            else:
                target.append(chunk)
        elif isinstance(chunk, _Slot) and chunk.target is not None:
            out.append(_attribute(track(chunk.number, chunk.target)))
        elif isinstance(chunk, _Slot):
            slot, target = chunk, []
        elif slot is not None:
            led = track(slot.number, unescape("".join(target)).strip())
            out.append(_attribute(led))
            slot = None
    if slot is not None:  # the template stopped amid a link
        out.append(encode_piece("".join(target)))
    out.append(b"\r\n")


def _chunks(pieces: Sequence[str], shape: _Shape, compiled: CompiledText) -> Iterator[_Chunk]:
    """Give the pieces, those with links in them taken apart."""
    cut, known, opens = shape.cut, shape.quoted, compiled.marks.opens[0]
    for piece in pieces:
        chunks = None if piece in shape.ready else cut.get(piece)
        if chunks is not None:
            yield from chunks
        elif piece in known or opens not in piece:
            yield piece
        else:
            yield from _cut(piece, compiled)


def _attribute(target: str) -> bytes:
    # Four looks for one letter each are quicker than one with a pattern.
    if not ("&" in target or '"' in target or "'" in target or "<" in target):
        return encode_piece(target)
    escaped = target.replace("&", "&amp;").replace('"', "&quot;").replace("'", "&#39;")
    return encode_piece(escaped.replace("<", "&lt;"))


def _cut(piece: str, compiled: CompiledText) -> Sequence[_Chunk]:
    """Take a piece apart at the marks of its links."""
    chunks: list[_Chunk] = []
    at = 0
    for found in compiled.marks.pattern.finditer(piece):
        if at < found.start():
            chunks.append(piece[at : found.start()])
        at = found.end()
        if found[1] is None:
            chunks.append(_End())
        elif int(found[1]) < len(compiled.links):
            chunks.append(_Slot(int(found[1]), None))
    if at < len(piece):
        chunks.append(piece[at:])
    return _with_known_targets(chunks, compiled)


def _with_known_targets(chunks: Sequence[_Chunk], compiled: CompiledText) -> Sequence[_Chunk]:
    """Put the targets that are the same for everybody where their links are."""
    known: list[_Chunk] = []
    is_passing = False
    for chunk in chunks:
        link = compiled.links[chunk.number] if isinstance(chunk, _Slot) else None
        if link is not None and link.target is not None:
            known.append(_Slot(link.number, link.target))
            is_passing = True
        elif not is_passing:
            known.append(chunk)
        elif isinstance(chunk, _End):
            is_passing = False
    return known


def _form(compiled: CompiledText) -> _Form:
    """Encode what is the same for everybody, the first time it is asked for."""
    found = _forms.get(compiled)
    if found is None:
        plain = compiled.plain.statics if compiled.plain else frozenset[str]()
        found = _Form(_shape(compiled.body.statics, compiled), _shape(plain, compiled))
        _forms[compiled] = found
    return found


def _shape(statics: Collection[str], compiled: CompiledText) -> _Shape:
    cut = {text: _cut(text, compiled) for text in statics if compiled.marks.opens in text}
    segments = {chunk for chunks in cut.values() for chunk in chunks if isinstance(chunk, str)}
    unmarked = {text: compiled.without_marks(text) for text in statics}
    quoted = {text: encode_piece(unmarked[text]) for text in statics}
    quoted |= {text: encode_piece(text) for text in segments - quoted.keys()}
    ready = {text: found for text, chunks in cut.items() if (found := _encoded(chunks, quoted))}
    if not all(map(_is_readable, unmarked.values())):
        return _Shape(quoted, cut, ready, {}, (), 0)
    readable = {text: _LINE_END.sub("\r\n", words) for text, words in unmarked.items()}
    lines = [line for words in readable.values() for line in words.split("\r\n")]
    return _Shape(
        quoted,
        cut,
        ready,
        {text: words.encode() for text, words in readable.items()},
        frozenset(text for text, words in readable.items() if "\r\n" in words),
        max(0, LINE_BYTES_MAX - 2 * max(map(len, lines), default=0)),
    )


def _encoded(
    chunks: Sequence[_Chunk], quoted: Mapping[str, bytes]
) -> Sequence[bytes | tuple[int, str]] | None:
    """Encode what is between links; None where a link's target is not there as a whole."""
    ready: list[bytes | tuple[int, str]] = []
    for chunk in chunks:
        if isinstance(chunk, str):
            ready.append(quoted[chunk])
        elif isinstance(chunk, _Slot) and chunk.target is not None:
            ready.append((chunk.number, chunk.target))
        else:
            return None
    return ready


def _is_readable(text: str) -> bool:
    is_plain = text.isascii() and BOUNDARY_BEGINS not in text
    return is_plain and all(map(str.isprintable, _LINE_END.split(text.replace("\t", " "))))
