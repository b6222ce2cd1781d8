"""Which keys sign a mail: those of its sender's domain, or of the nearest domain above it."""

from collections.abc import Mapping, Sequence

from beckon.channels.dkim.signer import DkimSigner, sign_with
from beckon.domain.accounts.model import ProjectId
from beckon.domain.subscriptions.actions import DKIM
from beckon.domain.subscriptions.model import SendingDomain
from beckon.kit.addresses import ascii_domain
from beckon.kit.keypairs import read_private
from beckon.kit.secrets import Vault

Signers = Mapping[tuple[ProjectId, str], Sequence[DkimSigner]]


class DkimKeys:
    """The keys of all projects, opened; `take` exchanges them as a whole."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: dict[SendingDomain, DkimSigner] = {}
        self._signers: Signers = {}

    def take(self, domains: Sequence[SendingDomain]) -> None:
        """Sign with these keys from now on. Raises SecretKeyInvalid for one that stays shut."""
        self._opened = {one: self._opened.get(one) or self._open(one) for one in domains}
        signers: dict[tuple[ProjectId, str], list[DkimSigner]] = {}
        for one, signer in self._opened.items():
            signers.setdefault((one.project_id, one.domain), []).append(signer)
        self._signers = signers

    def sign(self, project_id: ProjectId, sender: str, mail: bytes) -> bytes:
        """Sign a mail from an address; unchanged where the project has no key for its domain."""
        domain = ascii_domain(sender.rpartition("@")[2]).lower()
        while "." in domain:
            found = self._signers.get((project_id, domain))
            if found:
                return sign_with(found, mail)
            domain = domain.partition(".")[2]
        return mail

    def _open(self, one: SendingDomain) -> DkimSigner:
        private = self._vault.open(one.sealed_key, DKIM)
        return DkimSigner(one.domain, one.selector, read_private(private))
