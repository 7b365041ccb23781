"""Walking over tokens, and saying in plain words what stands where it cannot stand."""

from __future__ import annotations

import re
from typing import Final

from sretool.promql.failure import ParseFailure, PromqlSyntaxError
from sretool.promql.tokens import Token, tokenize

_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
_OPENERS: Final = {closer: opener for opener, closer in _CLOSERS.items()}
_CURLY_QUOTES: Final = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_WITH_SEPARATORS: Final = re.compile(r"[0-9]+(?:_[0-9]+)+(?:\.[0-9]+(?:_[0-9]+)*)?")
# What users of other languages write, and what PromQL says instead.
_INSTEAD: Final = {
    "=": 'compare with "==": a single "=" stands only between braces',
    "&&": 'write "and"',
    "||": 'write "or"',
    "!": 'write "unless" for and-not, "!=" to compare',
    "=~": 'match a label between braces: name{label=~"..."}',
    "!~": 'match a label between braces: name{label!~"..."}',
}


def described(token: Token) -> str:
    return "a string" if token.kind == "string" else f'"{token.text}"'


class Cursor:
    """A place among tokens. There is always a next one: the last is of kind "end" and is never taken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [*tokenize(text), Token("end", "", len(text), len(text))]
        self._place = 0
        self.token = self._tokens[0]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    @property
    def previous(self) -> Token:
        return self._tokens[self._place - 1]

    @property
    def word(self) -> str:
        """The next token as a keyword; empty where it is no word."""
        return self.token.text.lower() if self.token.kind == "identifier" else ""

    def take(self) -> Token:
        taken = self.token
        if taken.kind == "end":
            raise self._ends_early()
        self._place += 1
        self.token = self._tokens[self._place]
        return taken

    def close(self, opener: Token, expected: str | None = None) -> int:
        """Takes the closer of `opener`; the place after it."""
        closer = _CLOSERS[opener.text]
        if self.token.text == closer:
            return self.take().end
        if self.token.kind == "end":
            raise self.fault(f'this "{opener.text}" is never closed', opener.start, opener.end, f'add "{closer}"')
        wanted = expected if expected is not None else f'"{closer}"'
        raise self.unexpected(f"expected {wanted}")

    # What is wrong at this place.

    def fault(self, message: str, start: int, end: int, remedy: str | None = None) -> PromqlSyntaxError:
        return PromqlSyntaxError(ParseFailure(message, start, end, remedy))

    def newer(self, what: str) -> PromqlSyntaxError:
        message = f"{what} is newer than what can be analysed here"
        return PromqlSyntaxError(ParseFailure(message, self.token.start, self.token.end, certain=False))

    def unexpected(self, rule: str, remedy: str | None = None) -> PromqlSyntaxError:
        token = self.token
        if token.kind == "end":
            return self._ends_early()
        return self._no_token() or self.fault(f"{rule}, and here is {described(token)}", token.start, token.end, remedy)

    def bare_labels(self, rule: str) -> PromqlSyntaxError:
        """The keyword before is followed by labels without parentheses, or by something else."""
        keyword, first = self.previous, self.token
        labels: list[str] = []
        while self.word:
            labels.append(self.take().text)
            if self.token.kind != "comma":
                break
            self.take()
        if not labels:
            return self.unexpected(rule, f"write {keyword.text} (label, ...)")
        remedy = f"write {keyword.text} ({', '.join(labels)})"
        return self.fault(f"{rule}, and here is {described(first)}", keyword.start, self.previous.end, remedy)

    def no_operand(self) -> PromqlSyntaxError:
        token = self.token
        if token.text in _OPENERS and not self._is_open(token.text):
            return self._never_opened()
        instead = _INSTEAD.get(token.text)
        if self.word in ("group_left", "group_right"):
            instead = f"write on (job) {self.word}, with the labels that both sides have in place of job"
        return self.unexpected("expected a metric, a number or a function", instead)

    def leftover(self) -> PromqlSyntaxError:
        """The expression is whole, and the text goes on."""
        _, text, start, end = self.token
        if text in _OPENERS:
            return self._never_opened()
        if text.lower() in ("by", "without"):
            return self.fault(f'"{text}" belongs to an aggregation, such as sum', start, end)
        if text in _INSTEAD:
            return self.fault(f'"{text}" is no operator here', start, end, _INSTEAD[text])
        missing = f"an operator is missing between {described(self.previous)} and {described(self.token)}"
        remedy = "join the two with an operator, or take one of them out"
        return self._no_token() or self.fault(missing, start, end, remedy)

    def _never_opened(self) -> PromqlSyntaxError:
        return self.fault(f'nothing opens this "{self.token.text}"', self.token.start, self.token.end, "leave it out")

    def _ends_early(self) -> PromqlSyntaxError:
        if self._place == 0:
            return self.fault("there is no expression", 0, len(self._text), "write a PromQL expression")
        last = self.previous
        message = f"the expression ends after {described(last)}: something is missing"
        return self.fault(message, last.start, last.end)

    def _is_open(self, closer: str) -> bool:
        before = [token.text for token in self._tokens[: self._place]]
        return before.count(_OPENERS[closer]) > before.count(closer)

    def _no_token(self) -> PromqlSyntaxError | None:
        """The next token is something that no PromQL holds anywhere."""
        kind, text, start, end = self.token
        if kind == "placeholder":
            message = f"{text} is a template's placeholder, and PromQL has none"
            return self.fault(message, start, end, "write the value itself")
        if kind != "unknown" or text in _INSTEAD:
            return None
        if text[0] in "\"'`":
            return self.fault("this string is never closed", start, end, f"add {text[0]} at its end")
        if _WITH_SEPARATORS.fullmatch(text):
            return self.newer("a number with underscores")
        if text[0] in "0123456789.":
            remedy = "durations are whole numbers with ms s m h d w y: 90s, 1h30m"
            return self.fault(f'"{text}" is neither a number nor a duration', start, end, remedy)
        shown = f'"{text}"' if text.isprintable() else f"U+{ord(text[0]):04X}"
        straight = 'write straight quotes: "' if text[0] in _CURLY_QUOTES else None
        return self.fault(f"PromQL has no {shown} outside quotes", start, end, straight)
