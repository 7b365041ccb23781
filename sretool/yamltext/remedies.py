"""What to write instead: a value in the quotes it needs, the name that was probably meant."""

from collections.abc import Collection

_SHORT = 80  # characters that a remedy may repeat


def in_quotes(value: str) -> str:
    """The remedy for a value that needs quotes, with the value written out where that is short and safe."""
    value = value.strip()
    quote = value[:1]
    if quote in ("'", '"') and len(value) > 1 and value.endswith(quote) and value.count(quote) % 2:
        value = value[1:-1]  # 'it's down': the quotes are there, but one of the other kind was needed
    if len(value) > _SHORT or "\n" in value:
        return "put the whole value in quotes"
    if "'" not in value:
        return f"write '{value}'"
    if '"' not in value and "\\" not in value:
        return f'write "{value}"'
    return "write | and put the value on the next line, indented"


def meant(written: str, known: Collection[str]) -> str | None:
    """The known name that was probably meant, or None. Case and the choice of - or _ do not count as distance."""
    from difflib import get_close_matches  # used only where there is a mistake to report

    if len(written) > _SHORT:
        return None
    by_plain = {_plain(name): name for name in sorted(known)}
    close = get_close_matches(_plain(written), by_plain, n=1, cutoff=0.6)
    return by_plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


def one_of(names: Collection[str]) -> str:
    """Names as a sentence lists them: `a`, or `a or b`, or `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last
