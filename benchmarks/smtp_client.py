"""Our SMTP client against smtplib in 8 threads, to one and the same sink in its own process.

Prints ours, the yardstick and the ratio; every mail must be in the sink's log exactly once.
Run: `python benchmarks/smtp_client.py [--mails 20000] [--bytes 10240] [--rounds 3]`
"""

import argparse
import asyncio
import json
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import uvloop
from support.servers import family_cpu_seconds

from beckon.channels.smtp.address import Security, SmtpAddress
from beckon.channels.smtp.provider import SmtpProvider
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import Letter, MessageId, Sent
from beckon.kit.clock import SystemClock

HOST = "127.0.0.1"
CONNECTIONS = 8
SINK = Path(__file__).resolve().parents[1] / "tests" / "support" / "smtp_sink.py"

Way = Callable[[int, Sequence[Letter]], None]


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--mails", type=int, default=20_000)
    reader.add_argument("--bytes", type=int, default=10_240)
    reader.add_argument("--rounds", type=int, default=3)
    wanted = reader.parse_args()
    letters = [a_letter(number, wanted.bytes) for number in range(wanted.mails)]
    print(f"{wanted.mails} mails of {wanted.bytes} bytes, {CONNECTIONS} connections each")
    # In turns, and the best of each: a busy machine slows both.
    rounds = [
        (measure(send_ours, letters), measure(send_by_smtplib, letters))
        for _ in range(wanted.rounds)
    ]
    ours, yardstick = (min(figures) for figures in zip(*rounds, strict=True))
    for name, (seconds, cpu_seconds, sink_seconds) in (("ours", ours), ("smtplib", yardstick)):
        print(
            f"{name:<10} {wanted.mails / seconds:8.0f} mails/s"
            f" {cpu_seconds / wanted.mails * 1e6:8.0f} us of CPU a mail"
            f" {sink_seconds / wanted.mails * 1e6:8.0f} of the sink"
        )
    print(f"ratio      {yardstick[0] / ours[0]:8.1f} {yardstick[1] / ours[1]:16.1f}")


def a_letter(number: int, size_bytes: int) -> Letter:
    head = f"Message-ID: <{number}@shop.example>\r\nSubject: News\r\n\r\n".encode()
    line = b"All the news that fits in a line of this benchmark, and then some more.\r\n"
    body = line * (1 + (size_bytes - len(head)) // len(line))
    return Letter(
        id=MessageId(UUID(int=number)),
        project_id=ProjectId(1),
        channel=Channel.EMAIL,
        sender="shop@shop.example",
        recipient=f"person{number}@example.com",
        content=head + body[: size_bytes - len(head) - 2] + b"\r\n",
    )


def measure(way: Way, letters: Sequence[Letter]) -> tuple[float, float, float]:
    """Seconds, our process's CPU seconds and the sink's; the count in its log is asserted."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "mails"
        with a_sink(log) as (port, pid):
            before = family_cpu_seconds(pid)
            begun, cpu_begun = time.perf_counter(), time.process_time()
            way(port, letters)
            seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
            sink_cpu_seconds = family_cpu_seconds(pid) - before
        taken = [json.loads(line)["message_id"] for line in log.read_bytes().splitlines()]
    assert len(taken) == len(set(taken)) == len(letters), (len(taken), len(letters))
    return seconds, cpu_seconds, sink_cpu_seconds


@contextmanager
def a_sink(log: Path) -> Iterator[tuple[int, int]]:
    """Run a sink in its own process; gives its port and the number of the process."""
    command = [sys.executable, str(SINK), "--quiet", "--port", "0", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None
        try:
            yield int(sink.stdout.readline().rpartition(":")[2]), sink.pid
        finally:
            sink.terminate()


def send_ours(port: int, letters: Sequence[Letter]) -> None:
    async def send() -> None:
        address = SmtpAddress(HOST, port, Security.OFF)
        provider = SmtpProvider(
            address, SystemClock(), connections_max=CONNECTIONS, letters_max=len(letters)
        )
        outcomes = await provider.send(letters)
        await provider.close()
        assert all(isinstance(outcome, Sent) for outcome in outcomes)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(send())


def send_by_smtplib(port: int, letters: Sequence[Letter]) -> None:
    threads = [
        threading.Thread(target=send_share, args=(port, letters[first::CONNECTIONS]))
        for first in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def send_share(port: int, letters: Sequence[Letter]) -> None:
    with smtplib.SMTP(HOST, port) as relay:
        for letter in letters:
            relay.sendmail(letter.sender, [letter.recipient], letter.content)


if __name__ == "__main__":
    main()
