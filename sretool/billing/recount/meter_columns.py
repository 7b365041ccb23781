"""The meters of a catalogue as SQL over the columns of `event_columns`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sretool.billing.recount.event_columns import EVENTS
from sretool.billing.recount.metering import Meter, Meters

METERS_MAX = 40  # each is a column
_is_plain = re.compile(r"[A-Za-z0-9_.:/ -]*").fullmatch
_WHOLE = "-?[1-9][0-9]{0,14}|0"
_QUANTITY = f'"-?[0-9]{{1,16}}(\\.[0-9]{{1,12}})?"|{_WHOLE}'

# The numbers of cells as `calendar` has them: a month's inside, or a quarter-hour of its first and last day.
_CELL = (
    "CASE WHEN day(moment) = 1 OR moment::DATE = last_day(moment) THEN us // 900000000"
    " ELSE 1000000000 + year(moment) * 12 + month(moment) END"
)


class MeterColumns:
    """Statements for the meters in force; which of their meters have sums (name, aggregation), and which values."""

    def __init__(self, meters: Meters) -> None:
        by_type = {kind: of_kind for kind, of_kind in meters.of_type.items() if all(map(_is_expressible, of_kind))}
        if sum(map(len, by_type.values())) > METERS_MAX:
            by_type = {}
        numbered = list(enumerate((kind, meter) for kind, of_kind in by_type.items() for meter in of_kind))
        self.used = _used(by_type, numbered)
        measured = [(f"u{number}", meter) for number, (_, meter) in numbered if meter.aggregation != "unique"]
        self.sums = _sums(measured)
        self.totals = [(meter.name, meter.aggregation, _total(*one)) for one in measured for meter in one[1:]]
        self.distinct = {
            meter.name: _distinct(number) for number, (_, meter) in numbered if meter.aggregation == "unique"
        }


def _is_expressible(meter: Meter) -> bool:
    names = [key for key, _ in meter.filter] + ([] if meter.aggregation == "count" else [meter.property])
    wanted = [value for _, value in meter.filter]
    return all(name and _is_plain(name) for name in names) and all(
        type(value) is bool or (type(value) is str and _is_plain(value) is not None) for value in wanted
    )


def _used(by_type: dict[str, list[Meter]], numbered: list[tuple[int, tuple[str, Meter]]]) -> str:
    """A table of the events, with a column a meter: its amount or value, where the meter takes the event."""
    columns, found = list[str](), list[str]()
    for number, (kind, meter) in numbered:
        takes = " AND ".join([f"event_type = {_text(_json(kind))}", *(_matches(*one) for one in meter.filter)])
        columns.append(f"CASE WHEN {takes} THEN {_amount(meter)} END AS u{number}")
        if meter.aggregation != "count":
            found.append(f"(u{number} IS NOT NULL OR NOT coalesce({takes}, false))")
    types = ", ".join(_text(_json(kind)) for kind in by_type if _is_plain(kind)) or "NULL"
    listed = "".join(f", {column}" for column in columns)
    taken = f"SELECT *, make_timestamp(us) AS moment{listed} FROM ({EVENTS})"  # noqa: S608
    kept = f"SELECT * EXCLUDE (is_sure, moment, event_type, properties), {_CELL} AS cell"
    is_sure = " AND ".join(["is_sure", f"coalesce(event_type IN ({types}), false)", *found])
    return f"CREATE TEMP TABLE used AS {kept}, {is_sure} AS is_sure FROM ({taken})"


def _matches(key: str, value: object) -> str:
    wanted = ("true" if value else "false") if type(value) is bool else _json(str(value))
    return f"{_property(key)} = {_text(wanted)}"


def _amount(meter: Meter) -> str:
    if meter.aggregation == "count":
        return "0::DECIMAL(28, 12)"
    value = _property(meter.property)
    if meter.aggregation == "unique":
        return (
            f"CASE WHEN starts_with({value}, '\"') THEN 's' || {value}[2:-2]"
            f" WHEN regexp_full_match({value}, '{_WHOLE}') THEN 'i' || {value} END"
        )
    return f"CASE WHEN regexp_full_match({value}, '{_QUANTITY}') THEN trim({value}, '\"')::DECIMAL(28, 12) END"


def _sums(measured: Sequence[tuple[str, Meter]]) -> str:
    """Events and amount of each meter by tenant, customer and cell; of the latest with its instant and id."""
    figures = []
    for column, meter in measured:
        match meter.aggregation:
            case "count":
                amount = "NULL::VARCHAR"
            case "sum" | "max":
                amount = f"{meter.aggregation}({column})"
            case _:
                latest = f"{{{{'us': us, 'id': id[2:-2], 'amount': {column}}}}}"
                amount = f"max({latest}) FILTER (WHERE {column} IS NOT NULL)"
        figures.append(f", count({column}) AS c{column}, {amount} AS {column}")
    return f"SELECT tenant, customer, cell{''.join(figures)} FROM {{source}} GROUP BY tenant, customer, cell"  # noqa: S608


def _total(column: str, meter: Meter) -> str:
    """Rows of cells of a meter under a cut, from a table of such sums. Amounts are whole numbers of 10**-12."""
    match meter.aggregation:
        case "count":
            figures = "'0', 0, ''"
        case "sum" | "max":
            figures = f"{_pico(f'{meter.aggregation}({column})')}, 0, ''"
        case _:
            figures = f"{_pico(f'max({column}).amount')}, max({column}).us, max({column}).id"
    return (
        f"SELECT tenant, customer[2:-2], ?, cell, ?, sum(c{column})::BIGINT, {figures} FROM totals"  # noqa: S608
        f" WHERE c{column} > 0 GROUP BY tenant, customer, cell ORDER BY tenant, customer, cell"
    )


def _pico(amount: str) -> str:
    """DuckDB writes all twelve decimals of an amount."""
    return f"replace({amount}::VARCHAR, '.', '')::HUGEINT::VARCHAR"


def _distinct(number: int) -> str:
    value = f"u{number}"
    return f"SELECT DISTINCT tenant, customer[2:-2], us // 900000000, {value} FROM {{source}} WHERE {value} IS NOT NULL"  # noqa: S608


def _property(name: str) -> str:
    return f"CAST(json_extract(properties, '$.\"{name}\"') AS VARCHAR)"


def _json(text: str) -> str:
    return f'"{text}"'


def _text(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
