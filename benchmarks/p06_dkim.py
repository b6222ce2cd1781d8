"""P6: signing mail with RSA-2048 (DKIM), against bare RSA signatures of the same library.

    python benchmarks/p06_dkim.py [--seconds 0.1] [--rounds 41]

Mail of 40 KB as they are sent, ASCII in quoted-printable; short rounds alternate. What is signed is
verified once before. Target: at least 0.6 of the bare signatures a second.
"""

import argparse
import statistics
import time
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from beckon.channels.dkim.signer import DkimSigner, relaxed_body
from beckon.kit.keypairs import Algorithm, new_pair, read_private
from support import report

TARGET = 0.6
HEAD = (
    "From: Shop <shop@example.com>\r\nTo: ann@example.org\r\nSubject: Tea for you\r\n"
    "Date: Wed, 01 Apr 2026 09:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n"
    "List-Unsubscribe: <https://beckon.example/u/0123456789abcdef0123456789abcdef>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id: <all.p1.example.com>\r\n"
    'Content-Type: multipart/alternative; boundary="=_1"\r\n\r\n'
)
LINE = '<td style=3D"padding:16px 24px;border-bottom:1px solid #e5e7eb">words of it<=\r\n'


def per_second(work, seconds):
    """Tell how often something can be done in a second."""
    count, began = 0, time.perf_counter()
    while (taken := time.perf_counter() - began) < seconds:
        work()
        count += 1
    return count / taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.1, help="a round")
    parser.add_argument("--rounds", type=int, default=41)
    options = parser.parse_args()
    key = read_private(new_pair(Algorithm.RSA).private)
    signer, padding, digest = DkimSigner("example.com", "rsa", key), PKCS1v15(), Prehashed(SHA256())
    mail = (HEAD + LINE * (40_000 // len(LINE))).encode()
    assert relaxed_body(mail.partition(b"\r\n\r\n")[2]) == mail.partition(b"\r\n\r\n")[2]
    signed = signer.sign(mail)
    assert signed.endswith(mail)
    hashed = sha256(mail).digest()
    ours, bare = [], []
    for _ in range(options.rounds):
        ours.append(per_second(lambda: signer.sign(mail), options.seconds))
        bare.append(per_second(lambda: key.sign(hashed, padding, digest), options.seconds))
    told = [
        {"what": "mails of 40 KB signed", "per second": statistics.median(ours)},
        {"what": "bare RSA-2048 signatures", "per second": statistics.median(bare)},
    ]
    ratio = statistics.median(ours) / statistics.median(bare)
    report.show("P6: DKIM with RSA-2048, one thread", told)
    print(f"ratio {ratio:.2f} (target {TARGET})")
    report.keep("p06_dkim", {"figures": told, "ratio": ratio, "target": TARGET})


if __name__ == "__main__":
    main()
