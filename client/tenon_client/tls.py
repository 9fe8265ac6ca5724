"""TLS to another machine's Tenon: which context, and whether the server's key is the one that is expected.

In: what the user has chosen: `sha256:HEX` (the hash of the server's key, which `tenon run get_certificate`
tells on its machine), a file of certificates to trust (PEM), or `system`. Out: contexts; `WrongServer` if
somebody else answers. Any thread.
"""

from __future__ import annotations

import functools
import hashlib
import ssl
from pathlib import Path

from .errors import InvalidParams, WrongServer

PIN = "sha256:"
SYSTEM = "system"


@functools.cache
def context(trust: str) -> ssl.SSLContext:
    """For connections to who is trusted so."""
    made = ssl.create_default_context()
    if pinned(trust):
        # The key is looked at instead, whoever has signed for it.
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif trust != SYSTEM:
        made = ssl.create_default_context(cafile=str(existing(trust)))
    return made


def existing(trust: str) -> Path:
    file = Path(trust).expanduser()
    if not file.is_file():
        raise InvalidParams(
            f"TLS: {trust!r} is no file; give {PIN}… (`tenon run get_certificate` on Blender's machine "
            f"tells it), a file of certificates, or {SYSTEM!r}"
        )
    return file


def pinned(trust: str) -> str | None:
    """The hash that the server's key must have, if one is named."""
    if not trust.startswith(PIN):
        return None
    digits = trust.removeprefix(PIN).replace(":", "").lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise InvalidParams(f"TLS: {trust!r}: expected {PIN} and 64 hexadecimal digits")
    return digits


def check(trust: str, certificate: bytes | None, address: str) -> None:
    """`WrongServer` unless the certificate (DER) has the key that is named; nothing if none is."""
    wanted = pinned(trust)
    if wanted is None:
        return
    found = hashlib.sha256(public_key(certificate)).hexdigest() if certificate else "none"
    if found != wanted:
        raise WrongServer(
            f"Not the Tenon that is meant answers at {address}: its key is {PIN}{found}. If it was set up "
            "anew, take the new hash from its machine (`tenon run get_certificate`); else somebody is between"
        )


def public_key(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an X.509 certificate (RFC 5280), with its head; both are DER."""
    _, at, _ = _element(certificate, 0)  # the certificate
    _, at, _ = _element(certificate, at)  # what is signed of it
    tag, _, end = _element(certificate, at)
    if tag == 0xA0:  # the version, which may be left out
        at = end
    for _ in range(5):  # serial number, algorithm, issuer, validity, subject
        _, _, at = _element(certificate, at)
    _, _, end = _element(certificate, at)
    return certificate[at:end]


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """An element's tag, where its content begins, and where it ends."""
    tag, length, content = der[at], der[at + 1], at + 2
    if length & 0x80:
        digits = length & 0x7F
        length = int.from_bytes(der[content : content + digits], "big")
        content += digits
    return tag, content, content + length
