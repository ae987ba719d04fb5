"""The lab's certificate authority: a certificate for any host, as strict clients want it (RFC 5280)."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from collections import OrderedDict
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOT_BEFORE: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
NOT_AFTER: Final = dt.datetime(2090, 1, 1, tzinfo=dt.UTC)
"""Wide, because an agent may live by a clock that the lab set."""
MAX_CONTEXTS: Final = 512
"""Kept; a hostile client could ask for a host after another."""
_NAME_CN: Final = "wiretell lab CA"


class Authority:
    """A CA that lives as long as an audit. Its private key never reaches a sandbox, and nobody outside trusts it."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: OrderedDict[tuple[str, ...], ssl.SSLContext] = OrderedDict()
        self.pem: bytes = certificate.public_bytes(serialization.Encoding.PEM)
        """The certificate for the sandbox's trust stores."""

    @classmethod
    def create(cls) -> Authority:
        """Make a new one."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME_CN)])
        own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        certificate = (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(own_id, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_id), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def from_secret(cls, secret: bytes) -> Authority:
        """Make the one whose `secret` was given: workers of one audit share a CA."""
        key = serialization.load_pem_private_key(secret, password=None)
        return cls(x509.load_pem_x509_certificate(secret), cast(ec.EllipticCurvePrivateKey, key))

    @property
    def secret(self) -> bytes:
        """Private key and certificate in PEM, to hand to another process of the lab."""
        return _private_pem(self._key) + self.pem

    def leaf_context(self, *names: str) -> ssl.SSLContext:
        """Return a server context with a certificate for these host names or addresses (at least one that can be)."""
        context = self._contexts.pop(names, None) or self._context(names)
        self._contexts[names] = context
        if len(self._contexts) > MAX_CONTEXTS:
            self._contexts.popitem(last=False)
        return context

    def _context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.num_tickets = 0  # a resumed session would leave no ClientHello with a name in the record
        context.options |= ssl.OP_NO_TICKET
        chain = self._leaf(names).public_bytes(serialization.Encoding.PEM) + self.pem + _private_pem(self._leaf_key)
        _load_chain(context, chain)
        return context

    def _leaf(self, names: tuple[str, ...]) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "wiretell lab leaf")])
        issuer_id = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        public = self._leaf_key.public_key()
        return (
            _builder(subject, self._certificate.subject, public)
            .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    serial = x509.random_serial_number()
    return builder.serial_number(serial).not_valid_before(NOT_BEFORE).not_valid_after(NOT_AFTER)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(names: tuple[str, ...]) -> list[x509.GeneralName]:
    known = [name for text in names if (name := _general_name(text)) is not None]
    return known or [x509.DNSName("name.invalid")]


def _general_name(text: str) -> x509.GeneralName | None:
    """Return a name as a certificate writes it; None for what can stand in none (a hostile SNI)."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        pass
    try:
        return x509.DNSName(text) if text else None
    except ValueError:
        return None


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip


def _load_chain(context: ssl.SSLContext, pem: bytes) -> None:
    """Load a certificate and its key from memory: `ssl` takes files alone, and keys belong on no disk."""
    descriptor = os.memfd_create("wiretell-leaf")
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(Path(f"/proc/self/fd/{descriptor}"))
    finally:
        os.close(descriptor)
