"""Prints a certificate authority, and a key and a certificate of it for localhost, as JSON."""

import datetime
import ipaddress
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name("test authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
    )


authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
authority = (
    builder("test authority", authority_key)
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .sign(authority_key, hashes.SHA256())
)
names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
server = (
    builder("localhost", server_key)
    .add_extension(x509.SubjectAlternativeName(names), critical=False)
    .sign(authority_key, hashes.SHA256())
)
pem = serialization.Encoding.PEM
key = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
print(
    json.dumps(
        {
            "authority": authority.public_bytes(pem).decode(),
            "key": key.decode(),
            "certificate": server.public_bytes(pem).decode(),
        }
    )
)
