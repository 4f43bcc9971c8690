"""One `@` block read from its own text: its key, its fields and each slip of the pen.

bibtexparser says where blocks begin; the slips that it swallows in silence, or that cost it the whole
entry, are met here one by one, and reading goes on behind each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.read.bib.biblatex import is_known_field
from kb.read.bib.braces import closing_brace, closing_quote
from kb.read.bib.rules import KEYS, SYNTAX, Fault
from kb.read.bib.written import Block, Field, Piece

NAME = r"[^\s\"#%'(),={}@]++"
HEAD = re.compile(r"@\w*\s*[{(]")

_SPACE = re.compile(r"\s*")
_REMARK = re.compile(r"%[^\n]*(?:\n\s*%[^\n]*)*")
_RUN = {"}": re.compile(r"(?:[^,={}]|\{[^{}]*\}|\{)*"), ")": re.compile(r"[^,=)]*")}
_REST_OF_KEY = re.compile(r"[^,}\s]*")
_NAME = re.compile(NAME)
_NAMED_WITH_EQUALS = re.compile(rf"{NAME}\s*=")
_RESUME = re.compile(
    rf"\n[ \t]*(?={NAME}\s*=)|,\s*(?={NAME}\s*=\s*[\"{{\w])|\n[ \t]*(?=[}})][ \t\r]*\n)|(?=[}})]\s*\Z)"
)
_MORE_WORDS = re.compile(rf"(?:[ \t]+(?!{NAME}\s*[={{\"]){NAME})*")
_PLAIN_FIELD = re.compile(rf"(?P<name>{NAME})\s*=\s*\{{(?P<text>[^{{}}\\]*+(?:\{{[^{{}}\\]*+\}}[^{{}}\\]*+)*+)\}}\s*,")
_NAMED = re.compile(rf"{NAME}\s*[={{\"]")
_BARE = re.compile(r"[^\s\"#%,={}()]+")
_AFTER_BARE = re.compile(rf"[ \t]*[\r\n]|\s*(?:[#%]|[)}}](?!\s*,)|\Z|{NAME}\s*=|,\s*(?:[,%)}}]|\Z|{NAME}\s*[={{\"]))")
_AFTER_QUOTE = re.compile(r"\s*(?:[,#%)}]|\Z)")
_JUNK = re.compile(r"(?:[^,\n}]|\}(?=\s*,))+|.", re.DOTALL)
_CLOSED_EARLY = re.compile(rf"\}}(?:\s*+,\s*+|[ \t]*+\r?\n?[ \t]*+)(?={NAME}\s*+=\s*+[\"{{\d])")
_FIELD_WITHIN = re.compile(r"(?:,\s*+|\n[ \t]*+)[A-Za-z][\w+:-]*+\s*+=\s*+(?:[\"{]|\d++\s*+[,}])")
_BARE_QUOTE = re.compile(r"\"[^\"]*\"")


class _NeverClosedError(Exception):
    """The brace, quotation mark or entry that opens at `start` has no end."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.start = start


def read_block(text: str, start: int, limit: int) -> Block:
    """The block that begins at `start` and ends, if it ends, before `limit`, where the next one begins."""
    return _Reading(text, start, limit).block()


class _Reading:
    """A position that moves through one block, and what was found on the way."""

    def __init__(self, text: str, start: int, limit: int) -> None:
        self.text, self.start, self.limit = text, start, limit
        self.pos = start
        self.settled = start
        self.torn = False
        self.key, self.key_start = "", start
        self.fields: list[Field] = []
        self.faults: list[Fault] = []

    def block(self) -> Block:
        head = self._take(HEAD)
        self.closer = ")" if head.endswith("(") else "}"
        self.head = self.pos
        whole = self._contents(is_entry=head[1:-1].strip().lower() != "string")
        return Block(
            head[1:-1].strip().lower(),
            self.start,
            self.pos,
            self.head,
            self.key,
            self.key_start,
            tuple(self.fields),
            tuple(self.faults),
            whole,
        )

    def _contents(self, *, is_entry: bool) -> bool:
        try:
            if is_entry:
                self._key()
            while not self._at_end():
                self._field()
        except _NeverClosedError as never_closed:
            # What follows the last field may not belong here at all: only the missing end is a fault.
            self.faults = [fault for fault in self.faults if fault.start < self.settled]
            self._blame(never_closed.start)
            self.pos = self.limit
            return False
        return True

    # --- steps ------------------------------------------------------------------------------------
    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.pos, self.limit)
        found = match.group() if match else ""
        self.pos += len(found)
        return found

    def _sees(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, self.pos, self.limit) is not None

    def _next(self) -> str:
        return self.text[self.pos] if self.pos < self.limit else ""

    def _take_sign(self, sign: str) -> bool:
        taken = self._next() == sign
        self.pos += taken
        return taken

    def _fault(self, start: int, end: int, message: str, help: str = "") -> None:
        self.faults.append(Fault(SYNTAX, start, end, message, help))

    def _slipped_since(self, start: int) -> bool:
        return bool(self.faults) and self.faults[-1].start >= start

    def _gap(self) -> None:
        """Skip white space, and report what % was meant to take out: BibTeX reads it all the same."""
        self._take(_SPACE)
        while self._next() == "%":
            start = self.pos
            remark = self._take(_REMARK)
            first = remark.split("\n")[0].rstrip()
            self._fault(
                start,
                start + len(first),
                "% does not start a comment inside an entry",
                "Remove the line, or move it in front of the entry.",
            )
            self.settled = self.pos
            self.torn |= "}" in remark
            self._take(_SPACE)

    # --- the parts of an entry --------------------------------------------------------------------
    def _key(self) -> None:
        run = self._take(_RUN[self.closer])
        if self._next() == "=" and run.split()[:1] == [run] and not is_known_field(run):
            run += self._take(_REST_OF_KEY)
        body = run.strip()
        self.key_start = self.pos - len(run.lstrip())
        self.key = body.split("\n")[0].rstrip()
        if self._next() == "=" and self.key == body:
            # The last word before = names a field, so the key is what stands before that word.
            self.key = self.key[: -len(self.key.split()[-1])].rstrip() if self.key else ""
        if self._next() == "=" or (self._next() and self.key != body):
            self.pos = self.key_start + len(self.key)
        self.settled = self.pos
        if not self.key:
            self.faults.append(Fault(KEYS, self.start, self.head, "this entry has no citation key"))
        self._comma_after_key()

    def _comma_after_key(self) -> None:
        end = self.pos
        self._take(_SPACE)
        if self.key and self._next() not in ("", ",", self.closer):
            self._fault(end, end + 1, f"the comma after the key '{self.key}' is missing", "Write the comma.")
        self._take_sign(",")

    def _at_end(self) -> bool:
        self._gap()
        if self.pos >= self.limit:
            raise _NeverClosedError(self.start)
        if self._next() != self.closer:
            return False
        start = self.pos
        if self.closer == "}" and self._take(_CLOSED_EARLY):
            self._fault(start, start + 1, "one closing brace too many: more fields follow", "Remove this brace.")
            return self._at_end()
        self.pos += 1
        return True

    def _plain_field(self) -> bool:
        """Read `name = {text},` in one stride, for speed: most fields are like this."""
        plain = _PLAIN_FIELD.match(self.text, self.pos, self.limit)
        if plain is None:
            return False
        self.fields.append(Field(plain["name"], self.pos, (Piece(plain["text"], plain.start("text")),)))
        self.pos = self.settled = plain.end()
        return True

    def _field(self) -> None:
        start = self.pos
        if self._plain_field():
            return
        name = self._take(_NAME)
        if not name:
            self._junk()
            return
        self._gap()
        if self._take_sign("="):
            self._value(name, start)
        elif self._next() in ("{", '"'):
            self._fault(start, start + len(name), f"the = after '{name}' is missing", f"Write {name} = {{...}}")
            self.torn = True
            self._value(name, start)
        elif self._slipped_since(start):
            self._resume()  # A comment, already reported, took the rest with it.
        else:
            self._lone_words(start, name)

    def _lone_words(self, start: int, name: str) -> None:
        self.pos = start + len(name)
        words = name + self._take(_MORE_WORDS)
        self._fault(start, self.pos, f"'{words}' stands alone: a field needs = and a value")
        self._resume()

    def _value(self, name: str, start: int) -> None:
        pieces = []
        end = self.pos
        for piece in self._pieces():
            pieces.append(piece)
            end = self.pos
        if not pieces:
            self._no_value(name, start)
            return
        slipped = self._slipped_since(start)
        sound = self._separator(name, end) and not slipped
        self.fields.append(Field(name, start, tuple(pieces), sound))
        self.settled = end

    def _no_value(self, name: str, start: int) -> None:
        if not self._slipped_since(start):
            self._fault(start, start + len(name), f"'{name}' has no value", "Write it in braces, or remove the field.")
        self.fields.append(Field(name, start, (Piece("", self.pos),), sound=False))
        if not self._at_next_field():
            self._resume()

    def _at_next_field(self) -> bool:
        line = self.text.rfind("\n", self.start, self.pos)
        return line >= 0 and not self.text[line : self.pos].strip() and self._sees(_NAMED_WITH_EQUALS)

    def _pieces(self) -> Iterator[Piece]:
        self._gap()
        while piece := self._piece():
            yield piece
            self._gap()
            joint = self.pos
            if not self._take_sign("#"):
                return
            self._gap()
            if self._next() in (",", self.closer):
                self._fault(joint, joint + 1, "nothing follows this #", "Remove the #, or write what it joins.")

    def _piece(self) -> Piece | None:
        match self._next():
            case "{":
                return self._braced()
            case '"':
                return self._quoted()
            case _:
                return self._bare()

    def _braced(self) -> Piece:
        start = self.pos
        end = closing_brace(self.text, start, self.limit)
        if end is None:
            raise _NeverClosedError(start)
        self.pos = end
        return Piece(self.text[start + 1 : end - 1], start + 1)

    def _quoted(self) -> Piece:
        start = self.pos
        end = closing_quote(self.text, start, self.limit) or self._unbalanced_quote()
        self.pos = end
        if not self._sees(_AFTER_QUOTE) and _FIELD_WITHIN.search(self.text, start, end):
            raise _NeverClosedError(start)
        return Piece(self.text[start + 1 : end - 1], start + 1)

    def _unbalanced_quote(self) -> int:
        """The end of a quoted value whose braces do not match, which BibTeX would not find."""
        quote = _BARE_QUOTE.match(self.text, self.pos, self.limit)
        followed = quote and _AFTER_QUOTE.match(self.text, quote.end(), self.limit)
        if not quote or not followed or _FIELD_WITHIN.search(quote.group()):
            raise _NeverClosedError(self.pos)
        self._fault(self.pos, quote.end(), "the braces between these quotation marks do not match")
        return quote.end()

    def _bare(self) -> Piece | None:
        start = self.pos
        word = "" if self._at_next_field() else self._take(_BARE)
        if not word:
            return None
        if self._sees(_AFTER_BARE) and (word.isdigit() or not word[0].isdigit()):
            return Piece(word, start, macro=not word.isdigit())
        words = self.text[start : self._resumption()].rstrip().rstrip(",").rstrip()
        self.pos = start + len(words)
        shown = words.split("\n")[0]
        self._fault(start, self.pos, f"'{shown}' must stand in braces", "Put braces around it.")
        return Piece(words, start)

    def _separator(self, name: str, end: int) -> bool:
        """Take the comma after a value; false if something else than the next field stands there."""
        self._gap()
        if self._take_sign(",") or self._next() in ("", self.closer):
            return True
        gap = self.text[end : self.pos]
        if "%" in gap:
            return True  # The comment, already reported, took the comma with it.
        if self._sees(_NAMED_WITH_EQUALS) or ("\n" in gap and self._sees(_NAMED)):
            self._fault(end, end + 1, f"the comma after the value of '{name}' is missing", "Write the comma.")
            return True
        self._junk()
        return False

    def _junk(self) -> None:
        start = self.pos
        if self._take_sign(","):
            self._fault(start, start + 1, "one comma too many", "Remove it.")
            return
        junk = self._take(_JUNK).rstrip()
        self._fault(start, start + len(junk), f"'{junk}' does not belong to any field")
        self._resume()

    def _resume(self) -> None:
        """Go on at the next field, or at the end of the entry: what stands before is part of the same slip."""
        self.torn = True
        found = _RESUME.match(self.text, self._resumption(), self.limit)
        self.pos = found.end() if found else self.limit

    def _resumption(self) -> int:
        found = _RESUME.search(self.text, self.pos, self.limit)
        return found.start() if found else self.limit

    # --- who is to blame when the end is not found -------------------------------------------------
    def _blame(self, opened: int) -> None:
        """Report the sign whose partner is missing: that of the first value that runs over a field."""
        start = next((piece.start - 1 for piece in self._runaways(opened)), opened)
        if self._is_told(start):
            return
        if start == self.start:
            self._fault(start, self.head, "this entry is never closed", "Write } on a line of its own after it.")
            return
        sign, partner = self.text[start], {"{": "}"}.get(self.text[start], '"')
        self._fault(start, start + 1, f"this {sign} is never closed", f"Write {partner} where the value ends.")

    def _is_told(self, start: int) -> bool:
        """Whether a slip that was reported is the reason: one that took the end with it, or one just before."""
        if start == self.start:
            return self.torn and bool(self.faults)
        return any(not self.text[fault.end : start].strip() for fault in self.faults)

    def _runaways(self, opened: int) -> Iterator[Piece]:
        pieces = [piece for field in self.fields for piece in field.pieces if not piece.macro]
        yield from (piece for piece in pieces if _FIELD_WITHIN.search(piece.text))
        if opened == self.start and pieces and pieces[-1].text.rstrip(" \t\r").endswith("\n"):
            yield pieces[-1]  # It ends on the line of the brace that was meant to close the entry.
