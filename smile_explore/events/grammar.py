"""The grammar of conditions: text to a tree of small nodes, or an error that points at a word.

A hand-written tokenizer and recursive-descent parser. It knows words only, no data: which
variables exist and what their units are is settled in ``find``. Nothing is ever evaluated
as code.
"""

import math
import re
from dataclasses import dataclass

from smile_explore.errors import InputError

#: Nesting, comparisons and characters allowed in a condition; more is an error or an attack.
MAX_DEPTH = 50
MAX_COMPARISONS = 10_000
MAX_LENGTH = 100_000
#: The longest duration that nanoseconds in 64 bits can count, about 292 years.
_LONGEST = 2**63 - 1
_SHOWN = 40  # characters of a word that a message repeats

#: What a duration may be counted in, in nanoseconds.
TIME_UNITS = {
    **dict.fromkeys(("ms", "msec"), 10**6),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 10**9),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60 * 10**9),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600 * 10**9),
    **dict.fromkeys(("d", "day", "days"), 86400 * 10**9),
}

_KEYWORDS = {
    "and", "or", "not", "for", "within", "of", "before", "after", "rises", "falls", "by", "in",
}  # fmt: skip
_RELATIONS = ("<", "<=", ">", ">=", "==", "!=")
_TOKEN = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[^\W\d][\w%]*|%)"
    r"|(?P<relation><=|>=|==|!=|<|>|=)"
    r"|(?P<sign>\*\*|[()|/*^])"
)
_SPELLINGS = str.maketrans({"≥": ">", "≤": "<", "−": "-", "–": "-"})  # what pasted text holds


@dataclass(frozen=True)
class Token:
    """One word of the condition and where it stands."""

    kind: str  # "number", "word", "relation", "sign" or "end"
    text: str
    position: int
    written: str = ""  # as in the condition, where that differs


@dataclass(frozen=True)
class Quantity:
    """A number, with a unit if one was written."""

    value: float
    unit: Token  # without text if none was written
    token: Token


@dataclass(frozen=True)
class Variable:
    """A variable, component (``b_z``) or magnitude (``|b|``)."""

    name: str
    magnitude: bool
    token: Token


@dataclass(frozen=True)
class Compare:
    """``left relation right``."""

    left: Quantity | Variable
    relation: str
    right: Quantity | Variable


@dataclass(frozen=True)
class Change:
    """``variable rises|falls by amount in duration``."""

    variable: Variable
    sign: int
    amount: Quantity
    duration: int


@dataclass(frozen=True)
class Not:
    """``not inner``."""

    inner: object


@dataclass(frozen=True)
class Both:
    """All `parts` hold."""

    parts: tuple


@dataclass(frozen=True)
class Either:
    """At least one of `parts` holds."""

    parts: tuple


@dataclass(frozen=True)
class Lasting:
    """``inner for relation duration``."""

    inner: object
    relation: str
    duration: int


@dataclass(frozen=True)
class Near:
    """``inner within duration of|before|after other``."""

    inner: object
    duration: int
    side: str
    other: object


def fault(token: Token, problem: str) -> InputError:
    """Return an InputError that knows the word and its place, for a page to underline."""
    word = token.written or token.text
    place = repr(word if len(word) <= _SHOWN else f"{word[:_SHOWN]}...") if word else "the end"
    error = InputError(f"Condition, character {token.position + 1}, {place}: {problem}")
    error.position, error.word = token.position, word
    return error


def tokens(text: str) -> list[Token]:
    """Return the words of a condition; the last one is the end.

    Raises
    ------
    InputError
        For a character that no word of the grammar holds.
    """
    # a two-character relation for one sign would move every position behind it, so that
    # the sign is read as its first character and made whole here
    spelled = text.translate(_SPELLINGS)
    found, at = [], 0
    while at < len(spelled):
        match = _TOKEN.match(spelled, at)
        if match is None:
            stray = Token("sign", text[at], at)
            raise fault(stray, "is no part of a condition; write e.g. b_z < -5 for >= 10min.")
        if match.lastgroup != "blank":
            found.append(_token(match.lastgroup, match.group(), at, text[at : match.end()]))
        at = match.end()
    return [*found, Token("end", "", len(text))]


def _token(kind: str, word: str, at: int, written: str) -> Token:
    if kind == "relation":
        word = {"=": "==", "≥": ">=", "≤": "<="}.get(written, word)
    return Token(kind, word, at, written)


class Parser:
    """Recursive descent over the tokens of one condition; see ``find`` for the grammar."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0
        self.compared = 0

    @property
    def next(self) -> Token:
        """The word under the cursor."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """Return the word under the cursor and step over it."""
        token = self.next
        self.at += token.kind != "end"
        return token

    def met(self, *words: str) -> str:
        """Step over the next word if it is one of these keywords or signs, and return it."""
        word = self.next.text.lower()
        if word in words and self.next.kind in ("word", "sign"):
            self.take()
            return word
        return ""

    def need(self, *words: str) -> str:
        """Step over one of these keywords or signs, or say that it is missing."""
        word = self.met(*words)
        if not word:
            raise fault(self.next, f"expected {' or '.join(map(repr, words))} here.")
        return word

    def parse(self):
        """Return the tree of the whole text."""
        tree = self.either()
        if self.next.kind != "end":
            raise fault(
                self.next, "expected 'and', 'or', 'for', 'within' or the end of the condition."
            )
        return tree

    def either(self):
        """``condition = both { "or" both }``."""
        parts = [self.both()]
        while self.met("or"):
            parts.append(self.both())
        return Either(tuple(parts)) if len(parts) > 1 else parts[0]

    def both(self):
        """``both = negation { "and" negation }``."""
        parts = [self.negation()]
        while self.met("and"):
            parts.append(self.negation())
        return Both(tuple(parts)) if len(parts) > 1 else parts[0]

    def negation(self):
        """``negation = "not" negation | lasting``."""
        self.deeper()
        tree = Not(self.negation()) if self.met("not") else self.lasting()
        self.depth -= 1
        return tree

    def deeper(self):
        """Count one level of nesting, and refuse what would exhaust the interpreter."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise fault(self.next, f"is nested deeper than {MAX_DEPTH}; split the condition.")

    def lasting(self):
        """``lasting = primary { "for" [relation] duration | "within" duration side primary }``."""
        tree, depth = self.primary(), self.depth
        while word := self.met("for", "within"):
            self.deeper()
            if word == "for":
                tree = Lasting(tree, self.limit(), self.duration())
            else:
                length, side = self.duration(), self.need("of", "before", "after")
                tree = Near(tree, length, side, self.primary())
        self.depth = depth
        return tree

    def limit(self) -> str:
        """Return the relation after ``for``; without one, at least is meant."""
        if self.next.kind != "relation":
            return ">="
        if self.next.text in ("==", "!="):
            raise fault(self.next, "a length is compared with <, <=, > or >=.")
        return self.take().text

    def primary(self):
        """``primary = "(" condition ")" | comparison | change``."""
        if self.met("("):
            tree = self.either()
            self.need(")")
            return tree
        left = self.operand()
        if isinstance(left, Variable) and (word := self.met("rises", "falls")):
            return self.change(left, 1 if word == "rises" else -1)
        return self.comparison(left)

    def change(self, variable: Variable, sign: int) -> Change:
        """``change = variable ("rises"|"falls") "by" quantity "in" duration``."""
        self.need("by")
        amount = self.operand()
        if not isinstance(amount, Quantity) or amount.value <= 0:
            raise fault(
                getattr(amount, "token", self.next), "expected an amount above 0 after 'by'."
            )
        self.need("in")
        return Change(variable, sign, amount, self.duration())

    def comparison(self, left):
        """``comparison = operand relation operand { relation operand }``."""
        steps = []
        while self.next.kind == "relation":
            self.compared += 1
            if self.compared > MAX_COMPARISONS:
                raise fault(self.next, f"comes after {MAX_COMPARISONS} comparisons; split it.")
            relation, right = self.take().text, self.operand()
            steps.append(Compare(left, relation, right))
            left = right
        if not steps:
            raise fault(
                self.next, f"expected one of {' '.join(_RELATIONS)}, 'rises by' or 'falls by'."
            )
        return Both(tuple(steps)) if len(steps) > 1 else steps[0]

    def operand(self):
        """``operand = quantity | name | "|" name "|"``."""
        token = self.next
        if token.kind == "number":
            self.take()
            if not math.isfinite(float(token.text)):
                raise fault(token, "is too large a number.")
            return Quantity(float(token.text), self.unit(), token)
        if self.met("|"):
            word = self.name()
            self.need("|")
            return Variable(word.text, True, word)
        return Variable(self.name().text, False, token)

    def name(self) -> Token:
        """Return the next word, which must be able to name a variable."""
        token = self.next
        if token.kind != "word" or token.text.lower() in _KEYWORDS:
            raise fault(token, "expected a variable, |variable| or a number here.")
        return self.take()

    def unit(self) -> Token:
        """Return the unit behind a number, e.g. ``km s-1``, as one word; without text if none."""
        first = end = self.next.position
        while self.unit_goes_on(end):
            token = self.take()
            end = token.position + len(token.text)
        written = self.text[first:end]
        return Token("word", written.translate(_SPELLINGS), first, written)

    def unit_goes_on(self, end: int) -> bool:
        """Say whether the next word still belongs to a unit that so far ends at `end`."""
        token = self.next
        if token.kind == "word":
            return token.text.lower() not in _KEYWORDS
        if token.kind == "number":  # an exponent touches its unit: cm-3, m2, cm^-3
            return (
                token.position == end and self.at > 0 and self.tokens[self.at - 1].kind != "number"
            )
        return token.kind == "sign" and token.text in ("/", "*", "^", "**")

    def duration(self) -> int:
        """Return a duration such as ``10min`` or ``0.5 h`` in nanoseconds."""
        number = self.next
        if number.kind != "number":
            raise fault(number, "expected a duration such as 10min.")
        self.take()
        unit = self.next
        if unit.kind != "word" or unit.text.lower() not in TIME_UNITS:
            raise fault(unit, "expected a unit of time: ms, s, min, h or d.")
        self.take()
        length = float(number.text) * TIME_UNITS[unit.text.lower()]
        if not 0 <= length < _LONGEST:
            problem = "cannot be negative" if length < 0 else "cannot be longer than 292 years"
            raise fault(number, f"a duration {problem}.")
        return round(length)


def _of_the_whole(message: str) -> InputError:
    error = InputError(message)
    error.position, error.word = 0, ""
    return error


def parse(text: str):
    """Return the tree of a condition.

    Parameters
    ----------
    text : str
        A condition in the grammar of `smile_explore.events.find`.

    Returns
    -------
    Compare, Change, Not, Both, Either, Lasting or Near
        The root node.

    Raises
    ------
    InputError
        With attributes ``position`` (0 for the first character) and ``word``.

    Examples
    --------
    >>> parse("b_z < -5 nT").relation
    '<'
    >>> try:
    ...     parse("b_z < for")
    ... except InputError as error:
    ...     error.position, error.word
    (6, 'for')
    """
    if not isinstance(text, str) or not text.strip():
        given = repr(text) if isinstance(text, str) and len(text) < _SHOWN else type(text).__name__
        message = f"Condition {given} is empty: write e.g. 'b_z < -5 for >= 10min'."
        raise _of_the_whole(message)
    if len(text) > MAX_LENGTH:
        message = (
            f"The condition has {len(text)} characters, more than {MAX_LENGTH}: split it, and join "
            "the intervals that its parts give."
        )
        raise _of_the_whole(message)
    return Parser(text).parse()
