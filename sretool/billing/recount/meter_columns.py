"""The meters of a catalogue as SQL over the columns of `columns`."""

from __future__ import annotations

import re

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
        self.measured = [(one.name, one.aggregation) for _, (_, one) in numbered if one.aggregation != "unique"]
        self.used = _used(by_type, numbered)
        self.sums = _sums([(number, meter) for number, (_, meter) in numbered if meter.aggregation != "unique"])
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
    """A table like `events`, with a column a meter: its amount or value, where the meter takes the event."""
    columns, found = list[str](), list[str]()
    for number, (kind, meter) in numbered:
        takes = " AND ".join([f"event_type = {_text(_json(kind))}", *(_matches(*one) for one in meter.filter)])
        columns.append(f"CASE WHEN {takes} THEN {_amount(meter)} END AS u{number}")
        if meter.aggregation != "count":
            found.append(f"(u{number} IS NOT NULL OR NOT coalesce({takes}, false))")
    types = ", ".join(_text(_json(kind)) for kind in by_type if _is_plain(kind)) or "NULL"
    listed = "".join(f", {column}" for column in columns)
    is_known = f"event_type IN ({types}) AND (tenant, customer) IN (SELECT (tenant, customer) FROM customers)"  # noqa: S608
    taken = f"SELECT *, make_timestamp(us) AS moment{listed} FROM events"  # noqa: S608
    kept = f"SELECT * EXCLUDE (is_sure, moment), {_CELL} AS cell"
    is_sure = " AND ".join(["is_sure", f"coalesce({is_known}, false)", *found])
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


def _sums(numbered: list[tuple[int, Meter]]) -> str:
    """Events, amount, instant and id of each meter, by tenant, customer and cell."""
    columns = []
    for number, meter in numbered:
        column = f"u{number}"
        match meter.aggregation:
            case "count":
                figures = "NULL, NULL, NULL"
            case "sum":
                figures = f"sum({column})::VARCHAR, NULL, NULL"
            case "max":
                figures = f"max({column})::VARCHAR, NULL, NULL"
            case _:
                latest = f"max({{'us': us, 'id': id, 'amount': {column}}}) FILTER (WHERE {column} IS NOT NULL)"
                figures = f"({latest}).amount::VARCHAR, ({latest}).us, ({latest}).id"
        columns.append(f"count({column}), {figures}")
    listed = ", ".join(columns).replace("{", "{{").replace("}", "}}")
    return f"SELECT tenant, customer[2:-2], cell, {listed} FROM {{source}} GROUP BY tenant, customer, cell"  # noqa: S608


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
