"""Rules on the addresses that the site gives its pages: each is a folder that every computer can make."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.check.identity import is_id
from kb.check.rules import Fault, Known
from kb.entry import is_key
from kb.model import FormerAddress, OwnId
from kb.pages import page_address

LONGEST_NAME = 100
"""Characters: file systems take 255 bytes, and Windows 260 characters for the whole way to a file."""
_NAME = re.compile(r"[\w.:+~-]+")
_KEPT = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)
"""Names that Windows keeps for itself, whatever follows a full stop."""
_FILE = re.compile(r"\.(?:css|gz|html|ics|js|json|xml)$", re.IGNORECASE)


def plain_addresses(known: Known) -> Iterator[Fault]:
    """A page's address is made of names that every computer can keep: letters, digits and hyphens, 100 at most.

    Choose a shorter or plainer name. Names such as `con` and `aux` belong to Windows, and none ends with a full stop or
    like a file of the site, such as `index.html`.
    """
    for record, leaf in known.sources.leaves():
        is_former = isinstance(leaf.role, FormerAddress)
        if is_former and not re.fullmatch(r"/(?:[^/]+/)+", leaf.text):
            message = f"'{leaf.text}' is not the way to a page on this site"
            yield Fault(leaf.place, message, record, "Write it from slash to slash, as in `/old-name/`.")
        elif (is_former or (isinstance(leaf.role, OwnId) and is_id(leaf.text))) and (wrong := _wrong(leaf.text)):
            yield Fault(leaf.place, wrong, record)
    for page in known.sources.pages:
        if wrong := _wrong(page_address(page.path)):
            yield Fault(page.place, wrong, None, "Rename the file.")
    for cited in known.sources.literature:
        for key in (cited.key, *(cited.reference.ids if cited.reference else ())):
            if is_key(key) and (wrong := _wrong(key)):
                yield Fault(cited.place if key == cited.key else cited.fields["ids"], wrong, cited.key)


def _wrong(address: str) -> str:
    """What is wrong with the first name in an address that is not plain; of the form of ids another rule speaks."""
    return next(filter(None, map(_wrong_name, filter(None, address.split("/")))), "")


def _wrong_name(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"'{name[:20]}…' has {len(name)} characters"
    if _KEPT.match(name):
        return f"Windows keeps the name '{name}' for itself"
    if name.endswith("."):
        return f"'{name}' ends with a full stop"
    if _FILE.search(name):
        return f"'{name}' is like the name of a file"
    return "" if _NAME.fullmatch(name) else f"'{name}' cannot be a part of an address"
