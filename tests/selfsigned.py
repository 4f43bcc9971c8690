"""A certificate that nobody vouches for, made on the spot: no key is kept in the repository, and no library is needed.

The forms are those of X.509 (RFC 5280) and PKCS #1 (RFC 8017), written in DER.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from random import Random

RSA = bytes.fromhex("06092a864886f70d010101") + b"\x05\x00"
SHA256_WITH_RSA = bytes.fromhex("06092a864886f70d01010b") + b"\x05\x00"
SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
COMMON_NAME = bytes.fromhex("0603550403")
EXPONENT = 65537


def certificate(path: Path, seed: int = 1) -> Path:
    """A file with a key of 2,048 bits and a certificate for 127.0.0.1 that it signed itself."""
    random = Random(seed)
    p, q = _prime(random), _prime(random)
    n, d = p * q, pow(EXPONENT, -1, (p - 1) * (q - 1))
    key = _list(*map(_number, (0, n, EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))
    name = _list(_der(0x31, _list(COMMON_NAME, _der(0x0C, b"127.0.0.1"))))
    days = _list(_der(0x17, b"200101000000Z"), _der(0x17, b"491231235959Z"))
    public = _list(_list(RSA), _der(0x03, b"\0", _list(_number(n), _number(EXPONENT))))
    told = _list(_der(0xA0, _number(2)), _number(seed), _list(SHA256_WITH_RSA), name, days, name, public)
    padded = b"\0" + SHA256 + hashlib.sha256(told).digest()
    padded = b"\0\1" + b"\xff" * (256 - 2 - len(padded)) + padded
    signature = pow(int.from_bytes(padded), d, n).to_bytes(256)
    whole = _list(told, _list(SHA256_WITH_RSA), _der(0x03, b"\0", signature))
    path.write_text(_pem("RSA PRIVATE KEY", key) + _pem("CERTIFICATE", whole))
    return path


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return bytes([tag]) + length + body


def _list(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


def _number(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _pem(name: str, content: bytes) -> str:
    return f"-----BEGIN {name}-----\n{base64.encodebytes(content).decode()}-----END {name}-----\n"


def _prime(random: Random) -> int:
    """A number of 1,024 bits that is prime as far as Fermat can tell: enough for a key that guards nothing."""
    while True:
        number = random.getrandbits(1024) | (3 << 1022) | 1
        if all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23)) and pow(2, number - 1, number) == 1:
            return number
