"""A short form of values, by which two of them are compared without being kept."""

from __future__ import annotations

from hashlib import blake2b

SIZE = 16
"""Bytes of a digest."""


def digest(*values: object) -> str:
    """A short form of values, in hexadecimal; the same for what reads the same."""
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=SIZE).hexdigest()
