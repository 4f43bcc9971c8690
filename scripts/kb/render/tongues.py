"""The languages of titles: from what people wrote to what a browser and a screen reader understand."""

from __future__ import annotations

import re

from kb.pages import HOME, Tongue

_NAMES = {
    "ar": "arabic",
    "bg": "bulgarian",
    "ca": "catalan",
    "cs": "czech",
    "cy": "welsh",
    "da": "danish",
    "de": "german ngerman austrian naustrian swissgerman nswissgerman",
    "el": "greek polutonikogreek",
    "en": "english american british usenglish ukenglish australian canadian newzealand",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian farsi",
    "fi": "finnish",
    "fr": "french acadian canadien francais",
    "ga": "irish",
    "gd": "scottish",
    "gl": "galician",
    "he": "hebrew",
    "hi": "hindi",
    "hr": "croatian",
    "hu": "hungarian magyar",
    "is": "icelandic",
    "it": "italian",
    "ja": "japanese",
    "ko": "korean",
    "lt": "lithuanian",
    "lv": "latvian",
    "nb": "norsk norwegian bokmal",
    "nl": "dutch",
    "nn": "nynorsk",
    "pl": "polish",
    "pt": "portuguese portuges",
    "pt-BR": "brazilian brazil",
    "ro": "romanian",
    "ru": "russian",
    "sk": "slovak",
    "sl": "slovene slovenian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
    "uk": "ukrainian",
    "ur": "urdu",
    "zh": "chinese",
}
"""The tag of each language, and the names that it has in biblatex and babel."""
_TAGS = {name: tag for tag, names in _NAMES.items() for name in names.split()}
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_LEFTWARD = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages that are written from right to left, unless a tag names another script."""


def tongue(language: str, home: str) -> Tongue:
    """The language of a title: of a tag of BCP 47, or of a name as biblatex has it, such as `swedish` or `ngerman`.

    HOME where it is `home`, that of the site, or where nobody can tell which it is.
    """
    bare = language.strip().casefold().removeprefix("lang")
    tag = _TAGS.get(bare) or (language.strip() if _TAG.fullmatch(language.strip()) else "")
    first = tag.partition("-")[0].lower()
    if not tag or first == home.partition("-")[0].lower():
        return HOME
    return Tongue(tag, "rtl" if first in _LEFTWARD and "-latn" not in tag.lower() else "")
