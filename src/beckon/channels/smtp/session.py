"""Letters over one open connection, one after the other, and what becomes of each.

Invariant: until a letter's end is handed to the network, whatever fails leaves it certainly
not accepted; from then until its reply is read, or its envelope refused, it is in doubt. Each
errand taken is settled or put back, whatever happens.
Source: RFC 2920 § 3.1 and RFC 3030 § 4.2 for what may share a write: a letter's end and the next
one's envelope; with BDAT all of a letter (docs/decisions/0042).
"""

from collections.abc import Callable
from dataclasses import dataclass

from beckon.channels.smtp import wire
from beckon.channels.smtp.client import Connection, LostError, Patience, SilentError
from beckon.channels.smtp.errands import Errand
from beckon.channels.smtp.replies import Reply, Stage, outcome_of
from beckon.domain.messages.model import Outcome, Rejected
from beckon.kit.clock import Clock

WHOLE_BYTES_MAX = 65_536
"""Larger content is handed over before its end, so that a loss on the way is known as such."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session works with: where letters come from and go back to, and how long to wait.

    `bounces` is the mailbox that what fails later comes back to; None: the letter's own sender.
    Without `chunks` letters leave by DATA, whatever the relay offers.
    """

    take: Callable[[], Errand | None]
    put_back: Callable[[Errand, Outcome], None]
    clock: Clock
    patience: Patience
    letters_max: int
    bounces: str | None
    chunks: bool = True


@dataclass(slots=True)
class _Begun:
    """An errand in hand and the commands that open it; `is_whole` once all of it left with them."""

    errand: Errand
    commands: tuple[tuple[Stage, bytes], ...]
    is_whole: bool = False

    @property
    def written(self) -> bytes:
        return b"".join(command for _, command in self.commands)


class Session:
    """One connection at work, for `letters_max` letters at most."""

    def __init__(self, connection: Connection, around: Surroundings) -> None:
        self._connection = connection
        self._around = around
        self._is_pipelining = "PIPELINING" in connection.extensions
        is_offered = "CHUNKING" in connection.extensions
        self._is_chunking = around.chunks and self._is_pipelining and is_offered
        self._begun_count = 0
        self._answered_count = 0
        self._needs_reset = False
        self._is_over = False
        self._in_hand: list[Errand] = []
        self.refuses_chunks = False

    @property
    def is_open(self) -> bool:
        """Whether it can take another letter."""
        has_room = self._begun_count < self._around.letters_max
        return has_room and not self._is_over and self._connection.is_quiet

    async def work(self, errand: Errand) -> None:
        """Carry this errand and then what waits, until nothing does or the session is over."""
        try:
            begun = self._opened(self._begin(errand) or self._begin_next())
            while begun is not None:
                begun = await self._carry(begun)
        except LostError as lost:
            self._is_over = True
            for held in reversed(self._in_hand):
                self._part(held, held.lost(str(lost)))
        finally:
            for held in self._in_hand:
                held.settle(held.lost("sending was stopped"))
            if self._is_over:
                # Not QUIT: the relay may be in the middle of an envelope.
                self._connection.abort("the session is over")

    async def _carry(self, begun: _Begun) -> _Begun | None:
        """Bring one begun errand to its end; give the next one, begun."""
        errand = begun.errand
        refusal = await self._read_envelope(begun) or await self._send_ahead(errand)
        if refusal is not None:
            reply, stage = refusal
            outcome = outcome_of(reply, stage, self._around.clock.now())
            if self.refuses_chunks:
                self._send_by_data(errand, reply)
            elif reply.is_farewell or stage is Stage.RSET:
                self._part(errand, outcome)
            else:
                self._settle(errand, outcome)
            self._needs_reset = True
            return self._opened(self._begin_next())
        following = None if errand.dot_left else self._hand_over(errand)
        reply = await self._read_answer(following)
        if self._is_chunking and reply.is_about_command:
            self._send_by_data(errand, reply)
            return None
        self._settle(errand, outcome_of(reply, Stage.CONTENT, self._around.clock.now()))
        self._is_over = self._is_over or reply.is_farewell or reply.is_out_of_step
        self._needs_reset = self._is_chunking and not reply.is_good
        if self._is_over:
            self._let_go(following)
            return None
        return following or self._opened(self._begin_next())

    async def _read_envelope(self, begun: _Begun) -> tuple[Reply, Stage] | None:
        """Read what the relay says to the envelope; the first refusal, if there is one."""
        refused: dict[Stage, Reply] = {}
        for stage, command in begun.commands:
            if not self._is_pipelining:
                self._connection.write(command)
            reply = await self._connection.read(self._around.patience.reply)
            if reply.code == 354 if stage is Stage.DATA else reply.is_good:
                continue
            # Behind a refused RCPT, 503 is a fair answer to DATA. Without RSET, what follows would
            # add to the letter before.
            is_astray = (reply.is_out_of_step and not refused) or stage is Stage.RSET
            self._is_over = self._is_over or reply.is_farewell or is_astray
            refused[stage] = reply
            begun.errand.dot_left = False
            if self._is_over or not self._is_pipelining:
                break
        if refused and not self._is_over and self._is_pipelining:
            await self._pass_over_content(begun, reply, is_for_nobody=Stage.RCPT in refused)
        return next(((reply, stage) for stage, reply in refused.items()), None)

    async def _pass_over_content(self, begun: _Begun, last: Reply, *, is_for_nobody: bool) -> None:
        """Come to an end with a letter the relay refused and yet expects the content of."""
        if begun.is_whole:  # it reads that, and refuses it too
            reply = await self._connection.read(self._around.patience.reply)
            if reply.is_good and not is_for_nobody:
                begun.errand.dot_left = True
                raise LostError("it took the content and refused the sender")
            is_astray = reply.is_about_command and reply.code != 503
            self._is_over = reply.is_farewell or reply.code < 400 or is_astray
        elif last.code == 354:  # RFC 2920 says, a lone dot
            self._connection.write(wire.DOT)
            await self._connection.read(self._around.patience.reply)

    async def _send_ahead(self, errand: Errand) -> tuple[Reply, Stage] | None:
        """Bring large content over before its end is said; the refusal of it, if there is one."""
        content = errand.letter.content
        if errand.dot_left or len(content) <= WHOLE_BYTES_MAX:
            return None
        self._connection.require_quiet()
        if not self._is_chunking:
            self._connection.write(wire.prepare(content))
            await self._connection.drain(self._around.patience.content)
            return None
        self._connection.write(wire.chunk(content, is_last=False), content)
        reply = await self._connection.read(self._around.patience.content)
        if reply.is_good:
            return None
        self.refuses_chunks = reply.is_about_command
        self._is_over = reply.is_farewell or reply.is_out_of_step
        return reply, Stage.CONTENT

    def _send_by_data(self, errand: Errand, reply: Reply) -> None:
        """Put back a letter whose BDAT the relay does not know, though it offers CHUNKING.

        It may read the content as commands now: nothing more is said on this connection.
        """
        self.refuses_chunks = self._is_over = True
        errand.dot_left = False
        self._in_hand.remove(errand)
        self._around.put_back(errand, errand.lost(f"the relay refused BDAT: {reply}"))

    def _hand_over(self, errand: Errand) -> _Begun | None:
        """Write the content and its end; with it, the envelope of what comes next."""
        self._connection.require_quiet()
        is_ahead = len(errand.letter.content) > WHOLE_BYTES_MAX
        content = b"" if is_ahead else errand.letter.content
        errand.dot_left = True
        if self._is_chunking:  # nothing behind it: where it is refused, RSET has to come first
            self._connection.write(wire.chunk(content, is_last=True), content)
            return None
        following = self._begin_next() if self._is_pipelining else None
        behind = following.written if following else b""
        self._connection.write(wire.prepare(content), wire.DOT, behind)
        return following

    async def _read_answer(self, following: _Begun | None) -> Reply:
        """Wait for the word on the content; what is begun behind it need not wait as long."""
        patience = self._around.patience
        if following is None:
            return await self._connection.read(patience.answer)
        try:
            return await self._connection.read(min(patience.elsewhere, patience.answer))
        except SilentError:
            self._is_over = True
            self._let_go(following)
            return await self._connection.read(patience.answer)

    def _opened(self, begun: _Begun | None) -> _Begun | None:
        """Write the envelope; without PIPELINING its commands leave one by one, later.

        Content that needs no answer to its envelope first leaves with it. Not on a connection that
        rested: the relay may be closing it just now, and an envelope alone is no letter in doubt.
        """
        if begun is None or not self._is_pipelining:
            return begun
        content = begun.errand.letter.content
        is_alone = begun.commands[0][0] is Stage.RSET or not self._connection.is_fresh
        if self._is_chunking and not is_alone and len(content) <= WHOLE_BYTES_MAX:
            self._connection.require_quiet()
            begun.is_whole = begun.errand.dot_left = True
            self._connection.write(begun.written, wire.chunk(content, is_last=True), content)
        else:
            self._connection.write(begun.written)
        return begun

    def _begin_next(self) -> _Begun | None:
        while not self._is_over and self._begun_count < self._around.letters_max:
            errand = self._around.take()
            if errand is None:
                return None
            begun = self._begin(errand)
            if begun is not None:
                return begun
        return None

    def _begin(self, errand: Errand) -> _Begun | None:
        written = wire.envelope(
            errand.letter, self._connection.extensions, bounces=self._around.bounces
        )
        if isinstance(written, Rejected):
            errand.settle(written)
            return None
        self._begun_count += 1
        self._in_hand.append(errand)
        mail, rcpt = written
        reset = ((Stage.RSET, b"RSET\r\n"),) if self._needs_reset else ()
        self._needs_reset = False
        data = () if self._is_chunking else ((Stage.DATA, b"DATA\r\n"),)
        return _Begun(errand, (*reset, (Stage.MAIL, mail), (Stage.RCPT, rcpt), *data))

    def _settle(self, errand: Errand, outcome: Outcome) -> None:
        self._in_hand.remove(errand)
        self._answered_count += 1
        errand.settle(outcome)

    def _part(self, errand: Errand, outcome: Outcome) -> None:
        """Settle it, or put it back if an old connection's end or another letter was the cause."""
        is_innocent = self._answered_count > 0 or errand is not self._in_hand[0]
        self._in_hand.remove(errand)
        if is_innocent and not errand.dot_left:
            self._around.put_back(errand, outcome)
        else:
            errand.settle(outcome)

    def _let_go(self, following: _Begun | None) -> None:
        if following is not None and following.errand in self._in_hand:
            self._part(
                following.errand, following.errand.lost("another one held up its connection")
            )
