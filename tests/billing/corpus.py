"""Odd JSON, timestamps and zones: what every parser in use has to agree on, as data.

`BODIES` says of whole request bodies whether they are a valid batch; `TIMESTAMPS` gives the instant of a text in
microseconds since 1970, or None where the text is no timestamp, `ESCAPED_TIMESTAMPS` of one as it is spelt in JSON;
`QUANTITIES` gives a property's quantity in units of
10**-12, or None; `PAIRS` says of two events whether they are the same payload.
"""

import json

VALID, REFUSED = True, False


def event(**fields: object) -> dict[str, object]:
    """An event that is fine, with fields replaced; a field that is ... is left out."""
    whole = {
        "transaction_id": "t-1",
        "customer_id": "cust-1",
        "event_type": "api_call",
        "timestamp": "2026-01-31T12:00:00Z",
        "properties": {"region": "eu", "bytes": "123456.25", "calls": 3},
    }
    return {key: value for key, value in (whole | fields).items() if value is not ...}


def body(*events: dict[str, object]) -> bytes:
    return json.dumps(list(events)).encode()


def with_timestamp(text: str) -> bytes:
    return body(event(timestamp=text))


def with_escaped_timestamp(text: str) -> bytes:
    """A batch of one event whose timestamp is spelt so, with JSON's escapes."""
    return with_timestamp("@").replace(b"@", text.encode())


def with_properties(text: str | bytes) -> bytes:
    """A batch of one event whose properties are this JSON text."""
    raw = text.encode() if isinstance(text, str) else text
    return body(event(properties=...))[:-2] + b', "properties": ' + raw + b"}]"


def _deep(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


_FACE = "\U0001f600".encode()

BODIES: dict[str, tuple[bytes, bool]] = {
    "one event": (body(event()), VALID),
    "no event": (b"[]", REFUSED),
    "white space": (body(event()).replace(b" ", b"\r\n\t ").replace(b":", b" :", 1) + b" \n", VALID),
    "a hundred events": (body(*[event(transaction_id=f"t-{n}") for n in range(100)]), VALID),
    "a hundred and one events": (body(*[event(transaction_id=f"t-{n}") for n in range(101)]), REFUSED),
    "the same id twice in a batch": (body(event(), event()), VALID),
    "nothing": (b"", REFUSED),
    "one object": (json.dumps(event()).encode(), REFUSED),
    "null": (b"null", REFUSED),
    "a number in the array": (b"[1]", REFUSED),
    "an empty object in the array": (b"[{}]", REFUSED),
    "an array in the array": (b"[[]]", REFUSED),
    "a byte order mark": (b"\xef\xbb\xbf[]", REFUSED),
    "text after the end": (b"[] []", REFUSED),
    "a NUL after the end": (b"[]\x00", REFUSED),
    "a comma too many": (body(event())[:-1] + b",]", REFUSED),
    "half a body": (body(event())[:40], REFUSED),
    "UTF-16": (body(event()).decode().encode("utf-16"), REFUSED),
    "a comment": (b"[] // none", REFUSED),
    "single quotes": (body(event()).replace(b'"', b"'"), REFUSED),
    "nested a hundred thousand deep": (b"[" * 100_000, REFUSED),
    "an unknown field": (body(event(price="1")), REFUSED),
    "an unknown field that is nested": (body(event(price={"a": [1, {"b": 2}]})), REFUSED),
    "a field in capitals": (body(event(transaction_id=..., Transaction_Id="t")), REFUSED),
    "no transaction_id": (body(event(transaction_id=...)), REFUSED),
    "no customer_id": (body(event(customer_id=...)), REFUSED),
    "no event_type": (body(event(event_type=...)), REFUSED),
    "no timestamp": (body(event(timestamp=...)), REFUSED),
    "no properties": (body(event(properties=...)), VALID),
    "empty properties": (body(event(properties={})), VALID),
    "properties that are null": (body(event(properties=None)), REFUSED),
    "properties that are an array": (body(event(properties=[])), REFUSED),
    "an empty id": (body(event(transaction_id="")), REFUSED),
    "an empty customer": (body(event(customer_id="")), REFUSED),
    "an empty type": (body(event(event_type="")), REFUSED),
    "an id that is a number": (body(event(transaction_id=7)), REFUSED),
    "an id that is null": (body(event(transaction_id=None)), REFUSED),
    "an id of a space": (body(event(transaction_id=" ")), VALID),
    "an id of 128 characters": (body(event(transaction_id="x" * 128)), VALID),
    "an id of 129 characters": (body(event(transaction_id="x" * 129)), REFUSED),
    "an id of 128 characters of four bytes": (body(event(transaction_id="@")).replace(b"@", _FACE * 128), VALID),
    "an id of 129 characters of four bytes": (body(event(transaction_id="\U0001f600" * 129)), REFUSED),
    "a type of 64 characters": (body(event(event_type="x" * 64)), VALID),
    "a type of 65 characters": (body(event(event_type="x" * 65)), REFUSED),
    "an id with an escaped NUL": (body(event(transaction_id="a\0b")), REFUSED),
    "a customer with an escaped NUL": (body(event(customer_id="\0")), REFUSED),
    "a type with an escaped NUL": (body(event(event_type="\0")), VALID),
    "a property with an escaped NUL": (body(event(properties={"a": "\0"})), VALID),
    "a backslash and the text u0000 in an id": (body(event(transaction_id="\\u0000")), VALID),
    "an id with a raw NUL": (body(event(transaction_id="a@b")).replace(b"@", b"\x00"), REFUSED),
    "an id with a raw line end": (body(event(transaction_id="a@b")).replace(b"@", b"\n"), REFUSED),
    "an id with a DEL": (body(event(transaction_id="a@b")).replace(b"@", b"\x7f"), VALID),
    "an escaped quote in an id": (body(event(transaction_id='a"b')), VALID),
    "an escaped backslash at an id's end": (body(event(transaction_id="a\\")), VALID),
    "an escaped backslash before an escaped quote": (body(event(transaction_id='\\"')), VALID),
    "an escaped solidus": (body(event(transaction_id="a@b")).replace(b"@", b"\\/"), VALID),
    "an escape that JSON has not": (body(event(transaction_id="a@b")).replace(b"@", b"\\x41"), REFUSED),
    "a short Unicode escape": (body(event(transaction_id="a@")).replace(b"@", b"\\u12"), REFUSED),
    "a surrogate pair": (body(event(transaction_id="a@")).replace(b"@", b"\\ud83d\\ude00"), VALID),
    "a high surrogate alone": (body(event(transaction_id="a@")).replace(b"@", b"\\ud83d"), REFUSED),
    "a low surrogate alone": (body(event(transaction_id="a@")).replace(b"@", b"\\ude00"), REFUSED),
    "surrogates the wrong way round": (body(event(transaction_id="a@")).replace(b"@", b"\\ude00\\ud83d"), REFUSED),
    "a high surrogate before another escape": (body(event(transaction_id="a@")).replace(b"@", b"\\ud83d\\n"), REFUSED),
    "half a surrogate pair in a key": (with_properties('{"\\ud83d": 1}'), REFUSED),
    "half a surrogate pair in a property": (with_properties('{"a": "\\udfff"}'), REFUSED),
    "a surrogate in UTF-8": (body(event(transaction_id="a@")).replace(b"@", b"\xed\xa0\x80"), REFUSED),
    "an overlong NUL": (body(event(transaction_id="a@")).replace(b"@", b"\xc0\x80"), REFUSED),
    "a byte that is not UTF-8": (body(event(transaction_id="a@")).replace(b"@", b"\xff"), REFUSED),
    "a character beyond Unicode": (body(event(transaction_id="a@")).replace(b"@", b"\xf4\x90\x80\x80"), REFUSED),
    "Latin-1": (body(event(customer_id="a@")).replace(b"@", b"\xe9"), REFUSED),
    "a field twice": (body(event())[:-2] + b', "customer_id": "cust-1"}]', REFUSED),
    "a field twice, once by escapes": (body(event())[:-2] + b', "customer\\u005fid": "cust-1"}]', REFUSED),
    "properties twice": (body(event())[:-2] + b', "properties": {}}]', REFUSED),
    "empty properties twice": (body(event(properties={}))[:-2] + b', "properties": {}}]', REFUSED),
    "a property twice": (with_properties('{"a": 1, "a": 1}'), REFUSED),
    "a property twice, once by escapes": (with_properties('{"a": 1, "\\u0061": 2}'), REFUSED),
    "a property twice beside an escaped quote": (with_properties('{"a": "\\"", "a": "\\""}'), REFUSED),
    "a property twice beside an escaped backslash": (with_properties('{"a": "\\\\", "a": 2}'), REFUSED),
    "properties that differ by case": (with_properties('{"a": 1, "A": 1}'), VALID),
    "32 properties": (body(event(properties={f"k{n}": n for n in range(32)})), VALID),
    "33 properties": (body(event(properties={f"k{n}": n for n in range(33)})), REFUSED),
    "an empty property name": (with_properties('{"": 1}'), VALID),
    "a property name of 64 characters": (body(event(properties={"k" * 64: 1})), VALID),
    "a property name of 65 characters": (body(event(properties={"k" * 65: 1})), REFUSED),
    "a property of 512 characters": (body(event(properties={"k": "v" * 512})), VALID),
    "a property of 513 characters": (body(event(properties={"k": "v" * 513})), REFUSED),
    "a property of two megabytes": (body(event(properties={"k": "v" * 2_000_000})), REFUSED),
    "a property of each type": (with_properties('{"a": "x", "b": -5, "c": true, "d": false, "e": null}'), VALID),
    "a property that is an array": (with_properties('{"a": []}'), REFUSED),
    "a property that is an object": (with_properties('{"a": {}}'), REFUSED),
    "properties nested a thousand deep": (with_properties(_deep(1000)), REFUSED),
    "a fraction": (with_properties('{"a": 1.5}'), REFUSED),
    "a fraction that is whole": (with_properties('{"a": 1.0}'), REFUSED),
    "an exponent": (with_properties('{"a": 1e2}'), REFUSED),
    "an exponent without end": (with_properties('{"a": 1e400}'), REFUSED),
    "a negative zero": (with_properties('{"a": -0}'), VALID),
    "a negative zero with a fraction": (with_properties('{"a": -0.0}'), REFUSED),
    "2^53": (with_properties('{"a": 9007199254740992, "b": -9007199254740992}'), VALID),
    "2^53 + 1": (with_properties('{"a": 9007199254740993}'), REFUSED),
    "-2^53 - 1": (with_properties('{"a": -9007199254740993}'), REFUSED),
    "an integer of 40 digits": (with_properties('{"a": ' + "1" * 40 + "}"), REFUSED),
    "an integer of 10,000 digits": (with_properties('{"a": -' + "1" * 10_000 + "}"), REFUSED),
    "NaN": (with_properties('{"a": NaN}'), REFUSED),
    "Infinity": (with_properties('{"a": -Infinity}'), REFUSED),
    "a leading zero": (with_properties('{"a": 01}'), REFUSED),
    "a plus sign": (with_properties('{"a": +1}'), REFUSED),
    "a point without decimals": (with_properties('{"a": 1.}'), REFUSED),
    "hexadecimal": (with_properties('{"a": 0x10}'), REFUSED),
    "True": (with_properties('{"a": True}'), REFUSED),
    "a timestamp that is a number": (body(event(timestamp=1767225600)), REFUSED),
    "a timestamp that is null": (body(event(timestamp=None)), REFUSED),
    "a long fraction of seconds in a property only": (with_properties('{"at": "2026-01-01T00:00:00.1234567Z"}'), VALID),
}  # fmt: skip

_DAY, _SECOND = 86_400_000_000, 1_000_000
_NEW_YEAR_2026 = 20_454 * _DAY

TIMESTAMPS: dict[str, int | None] = {
    "2026-01-01T00:00:00Z": _NEW_YEAR_2026,
    "2026-01-01t00:00:00z": _NEW_YEAR_2026,
    "2026-01-01 00:00:00Z": _NEW_YEAR_2026,
    "2026-01-01T00:00:00+00:00": _NEW_YEAR_2026,
    "2026-01-01T00:00:00-00:00": _NEW_YEAR_2026,
    "2026-01-01T05:45:00+05:45": _NEW_YEAR_2026,
    "2025-12-31T20:30:00-03:30": _NEW_YEAR_2026,
    "2026-01-01T23:59:00+23:59": _NEW_YEAR_2026,
    "2025-12-31T00:01:00-23:59": _NEW_YEAR_2026,
    "2026-01-01T14:00:00+14:00": _NEW_YEAR_2026,
    "2026-01-01T00:00:00.5Z": _NEW_YEAR_2026 + 500_000,
    "2026-01-01T00:00:00.000001Z": _NEW_YEAR_2026 + 1,
    "2026-01-01T00:00:00.0000009Z": _NEW_YEAR_2026,
    "2026-01-01T00:00:00.1234565Z": _NEW_YEAR_2026 + 123_456,
    "2026-01-01T00:00:00.999999999+00:00": _NEW_YEAR_2026 + 999_999,
    "2025-12-31T23:59:59.9999999Z": _NEW_YEAR_2026 - 1,
    "2026-01-01T00:00:00.12345678901234567890123456789012345678901234567890Z": _NEW_YEAR_2026 + 123_456,
    "1969-12-31T23:59:59.9999999Z": -1,
    "1970-01-01T00:00:00Z": 0,
    "2024-02-29T00:00:00Z": 19_782 * _DAY,
    "0001-01-01T00:00:00Z": -719_162 * _DAY,
    "9999-12-31T23:59:59Z": 2_932_897 * _DAY - _SECOND,
    "9999-12-31T23:59:59.9999999Z": 2_932_897 * _DAY - 1,
    "2026-01-01T00:00:00": None,
    "2026-01-01": None,
    "2026-01-01T00:00Z": None,
    "2026-01-01T00:00:60Z": None,
    "2016-12-31T23:59:60Z": None,
    "2026-01-01T24:00:00Z": None,
    "2026-01-01T00:60:00Z": None,
    "2026-02-29T00:00:00Z": None,
    "2026-02-30T00:00:00Z": None,
    "2026-13-01T00:00:00Z": None,
    "2026-00-01T00:00:00Z": None,
    "2026-01-00T00:00:00Z": None,
    "0000-01-01T00:00:00Z": None,
    "2026-01-01T00:00:00.Z": None,
    "2026-01-01T00:00:00,5Z": None,
    "2026-01-01T05:45:00+0545": None,
    "2026-01-01T05:45:00.5+0545": None,
    "2025-12-31T20:30:00.123456-0330": None,
    "2026-01-01T00:00:00+0000": None,
    "2026-01-01T00:00:00-0000": None,
    "2026-01-01T00:00:00.1234567+0000": None,
    "2026-01-01T00:00:00+05": None,
    "2026-01-01T00:00:00+5:00": None,
    "2026-01-01T00:00:00+05:60": None,
    "2026-01-01T00:00:00+24:00": None,
    "2026-01-01T00:00:00+2400": None,
    "2026-01-01T00:00:00.1234567+24:00": None,
    "2026-01-01T00:00:00.1234567": None,
    "2026-01-01T00:00:00+05:4": None,
    "2026-01-01T00:00:00 Z": None,
    "2026-01-01T00:00:00 +01:00": None,
    "2026-01-01T00:00:00UTC": None,
    "2026-01-01T00:00:00Z\n": None,
    " 2026-01-01T00:00:00Z": None,
    "2026-01-01_00:00:00Z": None,
    "20260101T000000Z": None,
    "2026-1-1T0:0:0Z": None,
    "+2026-01-01T00:00:00Z": None,
    "-2026-01-01T00:00:00Z": None,
    "12026-01-01T00:00:00Z": None,
    "2026-001T00:00:00Z": None,
    "2026-W01-1T00:00:00Z": None,
    "2026-01-01T00:00:00\u221201:00": None,  # A minus sign that is no hyphen.
    "\uff12026-01-01T00:00:00Z": None,  # A digit that is not ASCII.
    "2026-01-01T00:00:00.\u0661Z": None,
    "1767225600": None,
    "now": None,
    "": None,
}

_FEBRUARY_2026 = _NEW_YEAR_2026 + 31 * _DAY

ESCAPED_TIMESTAMPS: dict[str, int | None] = {
    r"2026-01-31T23:59:59\u002e9999999Z": _FEBRUARY_2026 - 1,
    r"2026-01-31T23:59:59\u002E9999999Z": _FEBRUARY_2026 - 1,
    r"2026-01-31T23:59:59.999999\u0039Z": _FEBRUARY_2026 - 1,
    r"2026-01-31T23:59:59.\u0039999999Z": _FEBRUARY_2026 - 1,
    r"2026-01-31T23\u003a59\u003a59.9999999Z": _FEBRUARY_2026 - 1,
    r"2026-01-31T23:59:\u0035\u0039.9999999Z": _FEBRUARY_2026 - 1,
    r"2026-01-31T23:59:59.9999999\u005a": _FEBRUARY_2026 - 1,
    r"2026-01-31T23:59:59.9999999\u002b00:00": _FEBRUARY_2026 - 1,
    r"\u0032\u0030\u0032\u0036-01-31T23:59:59\u002e\u0039\u0039\u0039\u0039\u0039\u0039\u0039Z": _FEBRUARY_2026 - 1,
    r"2026-02-01T00:00:00\u005a": _FEBRUARY_2026,
    r"2026-02-01T00:00:00\u002e0000009Z": _FEBRUARY_2026,
    r"2026-02-01T00:00:00\u002e5Z": _FEBRUARY_2026 + 500_000,
    r"2026-02-01T00:00:00\u002b00:00": _FEBRUARY_2026,
    r"2026-02-01T00:00:00\u002b0000": None,
    r"2026-02-01T00:00:00+000\u0030": None,
    r"2026-02-01T00:00:00\u002Z": None,
    r"2026-02-01T00:00:00\\u002e5Z": None,
    r"2026-02-01T00:00:00Z\n": None,
    r"2026-02-01T00:00:00\u0000Z": None,
    r"2026-02-01T00:00:0\uff10Z": None,  # A digit that is not ASCII.
}

BODIES |= {f"written {text}": (with_escaped_timestamp(text), us is not None) for text, us in ESCAPED_TIMESTAMPS.items()}
BODIES |= {f"timestamp {text!r}": (with_timestamp(text), us is not None) for text, us in TIMESTAMPS.items()}

_PICO = 10**12

QUANTITIES: list[tuple[object, int | None]] = [
    (0, 0),
    (3, 3 * _PICO),
    (-3, -3 * _PICO),
    (2**53, 2**53 * _PICO),
    (2**53 + 1, None),
    (-(2**53) - 1, None),
    (True, None),
    (False, None),
    (None, None),
    ("0", 0),
    ("-0", 0),
    ("-0.000000000001", -1),
    ("0.000000000001", 1),
    ("0.0000000000001", None),
    ("123456.25", 123_456_250_000_000_000),
    ("-1.5", -1_500_000_000_000),
    ("007", 7 * _PICO),
    ("9999999999999999.999999999999", 10**28 - 1),
    ("-9999999999999999.999999999999", -(10**28) + 1),
    ("10000000000000000", None),
    ("1" * 40, None),
    ("", None),
    ("-", None),
    (".5", None),
    ("5.", None),
    ("+5", None),
    ("--5", None),
    ("1_000", None),
    ("1,5", None),
    ("1 ", None),
    (" 1", None),
    ("1\n", None),
    ("1e3", None),
    ("0x10", None),
    ("NaN", None),
    ("Infinity", None),
    ("\u0661", None),
    ("true", None),
]

PAIRS: list[tuple[dict[str, object], dict[str, object], bool]] = [
    (event(), event(), True),
    (event(), event(properties={"calls": 3, "bytes": "123456.25", "region": "eu"}), True),
    (event(), event(timestamp="2026-01-31T13:00:00+01:00"), True),
    (event(), event(timestamp="2026-01-31T12:00:00.0000009Z"), True),
    (event(), event(timestamp="2026-01-31T12:00:00.000001Z"), False),
    (event(), event(customer_id="cust-2"), False),
    (event(), event(event_type="other"), False),
    (event(), event(properties={}), False),
    (event(properties=...), event(properties={}), True),
    (event(properties={"a": 1}), event(properties={"a": True}), False),
    (event(properties={"a": 0}), event(properties={"a": False}), False),
    (event(properties={"a": 1}), event(properties={"a": "1"}), False),
    (event(properties={"a": "1.0"}), event(properties={"a": "1.00"}), False),
    (event(properties={"a": None}), event(properties={}), False),
    (event(properties={"a": 0}), event(properties={"a": None}), False),
    (event(properties={"a": "\u00e9"}), event(properties={"a": "e\u0301"}), False),
]
