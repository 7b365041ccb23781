"""The plans of billing.yaml: versions, their lines and prices."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Final

from sretool.billing.catalog.text import currency_of, day_of, identifier_of, known_name, price_of, unique_ids
from sretool.billing.catalog.values import (
    MINIMUM,
    Band,
    FixedLine,
    Graduated,
    Package,
    PerUnit,
    PlanLine,
    PlanVersion,
    Price,
    UsageLine,
    Volume,
)
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields, as_mapping
from sretool.yamltext.remedies import one_of

VERSION: Final = ("from", "currency", "minimum", "lines")
PRICES: Final = ("per_unit", "graduated", "volume", "package")
LINE: Final = ("id", "fixed", "meter", *PRICES)
BAND: Final = ("to", "unit")
PACKAGE: Final = ("size", "price")


def read_plan(name: str, node: nodes.Node, notes: Notes, *, meters: Collection[str]) -> tuple[PlanVersion, ...] | None:
    """The versions of a plan by their day; None where one of them cannot be read."""
    where = f"plans.{name}"
    if not isinstance(node, nodes.Sequence) or not len(node):
        message = f"`{where}` must be a list of versions, not {_kind(node)}"
        notes.report("YA013", node, message, remedy="write `- from:` and the first day on which it holds below it")
        return None
    found = [_version(item, f"{where}[{index}]", notes, meters=meters) for index, item in enumerate(node)]
    versions = [version for version in found if version is not None]
    if len(versions) < len(found):
        return None
    _report_same_day(node, versions, notes)
    return tuple(sorted(versions, key=lambda version: (version.from_day, version.currency)))


def _kind(node: nodes.Node) -> str:
    return "an empty one" if isinstance(node, nodes.Sequence) else nodes.kind(node)


def _report_same_day(node: nodes.Sequence, versions: list[PlanVersion], notes: Notes) -> None:
    seen = set()
    for item, version in zip(node, versions, strict=True):
        key = (version.from_day, version.currency)
        if key in seen:
            message = f"there is another version in {version.currency} from {version.from_day}"
            notes.report("BL105", item, message, remedy="give each version a day of its own")
        seen.add(key)


def _version(item: nodes.Node, where: str, notes: Notes, *, meters: Collection[str]) -> PlanVersion | None:
    mapping = as_mapping(item, notes, what=f"`{where}`")
    if mapping is None:
        return None
    with Fields(mapping, notes, where=where, known=VERSION) as fields:
        from_day = day_of(fields, "from", notes, required=True)
        currency = currency_of(fields, notes)
        minimum = price_of(fields, "minimum", notes)
        sections = fields.sections("lines", required=True, known=LINE)
    lines = [_line(section, notes, meters=meters) for section in sections]
    unique_ids([section.node.get("id") for section in sections], notes, what="line")
    if from_day is None or currency is None:
        return None
    return PlanVersion(from_day, currency, minimum, tuple(line for line in lines if line is not None))


def _line(fields: Fields, notes: Notes, *, meters: Collection[str]) -> PlanLine | None:
    with fields:
        line_id = fields.scalar("id", required=True)
        fixed = price_of(fields, "fixed", notes)
        meter = fields.scalar("meter")
        price = _price(fields, notes)
    _report_kinds(fields.node, notes)
    if meter is not None and not known_name(meter, meters, notes, what="meter", among="meters"):
        meter = None
    if line_id is None or not _good_id(line_id, notes):
        return None
    if fixed is not None:
        return FixedLine(line_id.value, fixed)
    return None if meter is None or price is None else UsageLine(line_id.value, meter.value, price)


def _good_id(line_id: nodes.Scalar, notes: Notes) -> bool:
    if line_id.value == MINIMUM:
        message = f"`{MINIMUM}` is the line that tops up a plan's usage lines"
        notes.report("BL105", line_id, message, remedy="give this line another id, and the plan a `minimum:`")
        return False
    return identifier_of(line_id, notes, what="a line")


def _report_kinds(line: nodes.Mapping, notes: Notes) -> None:
    """A line is a fixed fee, or a meter with one price."""
    given = [name for name in ("fixed", *PRICES) if name in line]
    if len(given) != 1:
        said = f"has {' and '.join(given)}" if given else "has no price"
        remedy = f"write one of {one_of(('fixed', *PRICES))}"
        notes.report("BL110", line.key(given[1]) if given else line, f"the line {said}", remedy=remedy)
    elif given == ["fixed"] and "meter" in line:
        message = "a fixed fee does not look at a meter"
        notes.report("BL110", line.key("meter"), message, remedy=f"remove the meter, or write {one_of(PRICES)}")
    elif given != ["fixed"] and "meter" not in line:
        message = f"the price {given[0]} needs a meter to count what it is of"
        notes.report("BL110", line.key(given[0]), message, remedy="write `meter:` and the name of one")


def _price(fields: Fields, notes: Notes) -> Price | None:
    """The one price of a line; all that may stand in its place are asked for, so that all mistakes are seen."""
    unit = price_of(fields, "per_unit", notes)
    graduated = _bands(fields, "graduated", notes)
    volume = _bands(fields, "volume", notes)
    package = _package(fields.section("package", known=PACKAGE), notes)
    if unit is not None:
        return PerUnit(unit)
    if graduated is not None:
        return Graduated(graduated)
    return package if volume is None else Volume(volume)


def _package(fields: Fields | None, notes: Notes) -> Package | None:
    if fields is None:
        return None
    with fields:
        size = price_of(fields, "size", notes, required=True)
        price = price_of(fields, "price", notes, required=True)
    if size is None or price is None:
        return None
    if size == 0:
        message = "a package holds more than nothing"
        notes.report("BL101", fields.node.key("size"), message, remedy="write how many units are in one")
        return None
    return Package(size, price)


def _bands(fields: Fields, name: str, notes: Notes) -> tuple[Band, ...] | None:
    sections = fields.sections(name, known=BAND)
    bands = [_band(section, notes) for section in sections]
    if not sections:
        if isinstance(fields.node.get(name), nodes.Sequence):
            notes.report("BL102", fields.node.key(name), "there are no bands", remedy='write [{unit: "0.01"}]')
        return None
    if None in bands:
        return None
    found = tuple(band for band in bands if band is not None)
    _report_bands(sections, found, notes)
    return found


def _band(fields: Fields, notes: Notes) -> Band | None:
    with fields:
        to = price_of(fields, "to", notes)
        unit = price_of(fields, "unit", notes, required=True)
    if unit is None or (to is None and "to" in fields.node):
        return None
    return Band(to, unit)


def _report_bands(sections: list[Fields], bands: tuple[Band, ...], notes: Notes) -> None:
    if bands[-1].to is not None:
        message = f"nothing says what units above {bands[-1].to} cost"
        notes.report("BL102", sections[-1].node, message, remedy="leave out the `to` of the last band")
    for section, band in zip(sections[:-1], bands[:-1], strict=True):
        if band.to is None:
            message = "a band without an end is not the last one"
            notes.report("BL102", section.node, message, remedy="write its `to:`, or move it to the end")
    edges = [(section, band.to) for section, band in zip(sections, bands, strict=True) if band.to is not None]
    if edges and edges[0][1] == 0:
        message = "the first band ends at 0 and holds nothing"
        notes.report("BL102", edges[0][0].node.key("to"), message, remedy="remove it, or write where it ends")
    for (_, before), (section, after) in pairwise(edges):
        if after <= before:
            message = f"a band ends at {after}, not above {before}, where the one before it ends"
            notes.report("BL102", section.node.key("to"), message, remedy="write the bands with rising ends")
