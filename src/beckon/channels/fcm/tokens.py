"""Access tokens for Google's APIs, got by a service account's signature and kept until they end."""

import asyncio
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from beckon.channels.http.carrying import retry_at
from beckon.channels.http.client import HttpClient
from beckon.channels.http.connection import Answer
from beckon.domain.messages.model import Deferred, Fault
from beckon.kit import json
from beckon.kit.clock import Clock

# Always Google's own: the address in a service account's file would be whatever somebody wrote.
ACCESS = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
LIFE = timedelta(hours=1)
MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """As much of a service account's file as is needed."""

    project: str
    email: str
    private_key: str = field(repr=False)


class NoAccessError(Exception):
    """Google gave no token; `outcome` says what that means for a letter."""

    def __init__(self, outcome: Deferred) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class Tokens:
    """Gives a token that is good for a while; many who ask at once share one request.

    Source: RFC 7523 and Google's "OAuth 2.0 for server to server applications".
    """

    def __init__(
        self, client: HttpClient, clock: Clock, account: ServiceAccount, *, address: str = ACCESS
    ) -> None:
        self._client = client
        self._clock = clock
        self._account = account
        self._address = address
        self._key = load_pem_private_key(account.private_key.encode(), None)
        self._lock = asyncio.Lock()
        self._token = ""
        self._until: datetime | None = None

    async def get(self) -> str:
        """Give a live token. Raises NoAccessError, NotSentError and InDoubtError."""
        async with self._lock:
            now = self._clock.now()
            if self._until is None or now >= self._until:
                self._token, self._until = await self._ask(now)
            return self._token

    def forget(self, token: str) -> None:
        """Ask anew next time, for this one was refused."""
        if self._token == token:
            self._until = None

    async def _ask(self, now: datetime) -> tuple[str, datetime]:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self._assertion(now),
        }
        answer = await self._client.ask(
            "POST",
            self._address,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )
        told = answer.json() or {}
        token, seconds = told.get("access_token"), told.get("expires_in")
        if not answer.is_success or not isinstance(token, str) or not isinstance(seconds, int):
            raise NoAccessError(_refused(answer, now))
        return token, now + min(timedelta(seconds=max(seconds, 0)), LIFE) - MARGIN

    def _assertion(self, now: datetime) -> str:
        claims = {
            "iss": self._account.email,
            "scope": SCOPE,
            "aud": self._address,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
        }
        signed = f"{_coded({'alg': 'RS256', 'typ': 'JWT'})}.{_coded(claims)}"
        signature = cast("RSAPrivateKey", self._key).sign(
            signed.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        return f"{signed}.{_base64(signature)}"


def _refused(answer: Answer, now: datetime) -> Deferred:
    reason = f"Google gave no access: {answer.status} {answer.text}"
    if answer.status in {400, 401, 403}:
        return Deferred(reason, fault=Fault.CREDENTIALS)
    return Deferred(reason, retry_at(answer, now), Fault.PROVIDER)


def _coded(value: object) -> str:
    return _base64(json.write(value))


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
