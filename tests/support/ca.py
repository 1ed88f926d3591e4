"""A certificate authority for one test: good certificates, and wrong ones of every kind."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: the certificate, its key, and both in one."""

    certificate: Path
    key: Path
    both: Path


class TestCa:
    """Makes its own root on construction; `file` is what a peer has to trust."""

    __test__ = False  # the name is no test class of pytest's

    def __init__(self, folder: Path, name: str = "Twinline test CA") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        public = self._key.public_key()
        root = (
            _builder(self._name, self._name, public, _now() - _DAY, _now() + 30 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(is_ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / "ca.pem"
        self.file.write_bytes(root.public_bytes(serialization.Encoding.PEM))

    def server(self, *names: str, common_name: str = "", file_name: str = "server") -> Certificate:
        """A certificate for these host names and addresses, valid now."""
        return self._issue(names, common_name, file_name, _now() - _DAY, _now() + 10 * _DAY)

    def expired(self, *names: str, file_name: str = "expired") -> Certificate:
        """Right in all but its time: it ended yesterday."""
        return self._issue(names, "", file_name, _now() - 10 * _DAY, _now() - _DAY)

    def not_yet_valid(self, *names: str, file_name: str = "early") -> Certificate:
        """Right in all but its time: it begins tomorrow."""
        return self._issue(names, "", file_name, _now() + _DAY, _now() + 10 * _DAY)

    def self_signed(self, *names: str, file_name: str = "self-signed") -> Certificate:
        """For the right names, but vouched for by nobody."""
        return self._issue(names, "", file_name, _now() - _DAY, _now() + 10 * _DAY, is_self_signed=True)

    def _issue(
        self,
        names: Sequence[str],
        common_name: str,
        file_name: str,
        begin: datetime.datetime,
        end: datetime.datetime,
        is_self_signed: bool = False,
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or names[0])])
        signed = (
            _builder(subject, subject if is_self_signed else self._name, key.public_key(), begin, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(is_ca=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .sign(key if is_self_signed else self._key, hashes.SHA256())
        )
        return self._write(file_name, signed, key)

    def _write(self, file_name: str, signed: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Certificate:
        pem = signed.public_bytes(serialization.Encoding.PEM)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        files = Certificate(*(self._folder / f"{file_name}{end}" for end in (".pem", ".key", ".both.pem")))
        files.certificate.write_bytes(pem)
        files.key.write_bytes(secret)
        files.both.write_bytes(pem + secret)
        return files


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    begin: datetime.datetime,
    end: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _key_usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
