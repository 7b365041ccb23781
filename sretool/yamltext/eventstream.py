"""PyYAML as a function that gives the next event: libyaml where PyYAML was built with it, else its pure parser."""

from collections.abc import Callable

from yaml.events import Event, ScalarEvent
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML without libyaml: the same events, some twenty times slower
    CParser = None  # type: ignore[assignment,misc]

NextEvent = Callable[[], Event | None]


class _PureParser(Reader, Scanner, Parser):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def event_stream(text: str) -> NextEvent:
    """The function that gives the text's events one by one, None at the end; it raises yaml.YAMLError."""
    return pure_event_stream(text) if CParser is None else CParser(text).get_event


def pure_event_stream(text: str) -> NextEvent:
    """As `event_stream` without libyaml, and as strict as libyaml: escapes that name no character are an error."""
    parser = _PureParser(text)

    def next_event() -> Event | None:
        try:
            event: Event | None = parser.get_event()  # type: ignore[no-untyped-call]
            if isinstance(event, ScalarEvent):
                event.value.encode()
        except (ValueError, OverflowError) as error:  # chr() of too much, a lone surrogate, an endless number in %YAML
            raise ScannerError(
                "while scanning", None, "found a number that YAML does not allow", parser.get_mark()
            ) from error
        return event

    return next_event
