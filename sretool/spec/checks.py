"""Rules that every dialect obeys, for one value at a time: a node comes in, a value of the model or None comes out.

None means that the mistake is in the notes. PromQL has a module of its own, `expressions`; what is wrong between
several files is found by `merge`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from sretool.model.duration import DAY, HOUR, Duration
from sretool.model.objective import Objective, plain
from sretool.model.period import RollingPeriod
from sretool.model.slo import RESERVED_LABELS, Labels
from sretool.settings.context import SpecContext
from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar
from sretool.yamltext.remedies import meant

Unit = Literal["percent or ratio", "percent", "ratio"]

NAME_PATTERN: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
LABEL_PATTERN: Final = "[a-zA-Z_][a-zA-Z0-9_]*"
_NAME: Final = re.compile(NAME_PATTERN)
_LABEL: Final = re.compile(LABEL_PATTERN)
_NUMBER: Final = re.compile(r"([-+]?[0-9]{0,20}(?:\.[0-9]{0,12})?)\s*(%?)")
_DIGIT: Final = re.compile("[0-9]")
_UNIT: Final = re.compile(r"([0-9])\s*([A-Za-z]+)")
_UNITS: Final = {
    "second": "s",
    "sec": "s",
    "minute": "m",
    "min": "m",
    "hour": "h",
    "day": "d",
    "week": "w",
    "year": "y",
}
_LONGEST_PERIOD: Final = DAY * 366
_SCHEME: Final = re.compile("([A-Za-z][A-Za-z0-9+.-]*)://")
_WEB: Final = ("http", "https")
_USUAL: Final = Decimal("0.999")


def name(at: Scalar, notes: Notes, *, what: str) -> str | None:
    """The name of a service, an SLO or an invariant: it becomes a file name and a label value."""
    if _NAME.fullmatch(at.value):
        return at.value
    message = f"{what} is named by up to 63 lower-case letters, digits and dashes, not `{at.value}`"
    fitting = re.sub("[^a-z0-9]+", "-", at.value.lower()).strip("-")[:63].strip("-")
    notes.report("SL121", at, message, remedy=f"write {fitting}" if fitting else "write a name such as checkout-api")
    return None


def objective(at: Scalar, notes: Notes, *, unit: Unit = "percent or ratio") -> Objective | None:
    """The promise. `unit` says how the dialect writes it; the native one takes 99.9% and 0.999."""
    found = _NUMBER.fullmatch(at.value.strip())
    if found is None or not _DIGIT.search(found[1]) or (found[2] and unit != "percent or ratio"):
        _report_no_number(at, notes, unit)
        return None
    number = Decimal(found[1])
    is_percent = bool(found[2]) or unit == "percent"
    ratio = number / 100 if is_percent else number
    if 0 < ratio < 1:
        if is_percent and number < 1:
            message = f"an objective of {plain(number)}% lets nearly all events be bad"
            ratio_too = f" or {plain(number)}" if unit == "percent or ratio" else ""
            remedy = f"write {_written(number, unit)}{ratio_too}, or leave it if it is meant"
            notes.report("SL134", at, message, remedy=remedy)
        return Objective(ratio)
    message, remedy = _outside(number, ratio, unit, is_percent=is_percent)
    notes.report("SL101", at, message, remedy=remedy)
    return None


def _written(ratio: Decimal, unit: Unit) -> str:
    """A ratio as an objective is written."""
    percent = plain(ratio * 100)
    return {"percent or ratio": f"{percent}%", "percent": percent, "ratio": plain(ratio)}[unit]


def _report_no_number(at: Scalar, notes: Notes, unit: Unit) -> None:
    with_point = at.value.replace(",", ".", 1)
    fits = "," in at.value and _NUMBER.fullmatch(with_point)
    remedy = with_point if fits else f"a number such as {_written(_USUAL, unit)}, with at most 12 decimals"
    notes.report("SL101", at, f"an objective is a number, not `{at.value}`", remedy=f"write {remedy}")


def _outside(number: Decimal, ratio: Decimal, unit: Unit, *, is_percent: bool) -> tuple[str, str]:
    shown = f"{plain(number)}{'%' if is_percent else ''}"
    usual = _written(_USUAL, unit)
    if not is_percent and 1 < number < 100:
        needs = "is a ratio here" if unit == "ratio" else "needs its unit"
        return f"an objective {needs}: {shown} reads as a ratio above 1", f"write {_written(number / 100, unit)}"
    if ratio == 1 or (not is_percent and number == 100):
        remedy = f"write less, such as {usual}; what must never happen is an invariant"
        return f"an objective of {shown} leaves no error budget", remedy
    side = "above 0%" if ratio <= 0 else "below 100%"
    return f"an objective lies {side}, and this is {shown}", f"write the share of good events, such as {usual}"


def duration(at: Scalar, notes: Notes, *, what: str, example: str = "30d, 6h or 5m") -> Duration | None:
    """A length of time above zero. `what` begins the message: "a period"."""
    try:
        length = _parsed(at.value)
    except ValueError:
        meant_length = _units_shortened(at.value)
        remedy = f"write {meant_length}" if meant_length else f"write a whole number and a unit, such as {example}"
        notes.report("YA016", at, f"{what} is a duration, not `{at.value}`", remedy=remedy)
        return None
    if length.milliseconds:
        return length
    notes.report("YA016", at, f"{what} is longer than nothing", remedy=f"write a length above 0, such as {example}")
    return None


def _units_shortened(text: str) -> str | None:
    """`250 ms` as 250ms and `30 days` as 30d; None where that is no duration either."""
    shortened = _UNIT.sub(lambda unit: unit[1] + _UNITS.get(unit[2].lower().removesuffix("s"), unit[2]), text.strip())
    try:
        return shortened if _parsed(shortened).milliseconds else None
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Duration:
    return Duration.parse(text)


def rolling_period(at: Scalar, notes: Notes) -> RollingPeriod | None:
    """A period of 1d to 366d, in whole hours, since that is how its counts are kept."""
    length = duration(at, notes, what="a period")
    if length is None:
        return None
    if not DAY <= length <= _LONGEST_PERIOD:
        message = f"a period lasts from 1d to 366d, not {length.readable}"
        notes.report("SL105", at, message, remedy="write 30d, or what your promise is counted over")
        return None
    if length.milliseconds % HOUR.milliseconds:
        message = f"a period is made of whole hours, and {length.readable} is not"
        notes.report("SL105", at, message, remedy="write whole days, such as 30d")
        return None
    return _rolling(length)


@lru_cache(maxsize=1024)
def _rolling(length: Duration) -> RollingPeriod:
    return RollingPeriod(length)


def zone(at: Scalar, notes: Notes) -> str | None:
    """The name of an IANA time zone, with a did-you-mean over all of them."""
    from sretool import clock  # brings a tenth of the command's start with it, and few specifications name a zone

    try:
        return clock.zone(at.value).key
    except clock.UnknownZone as error:
        probably = _meant_zone(at.value, clock.zone_names())
        remedy = f"write {probably}" if probably else "write a name such as Europe/Berlin, America/New_York or UTC"
        notes.report("SL125", at, str(error), remedy=remedy)
        return None


def _meant_zone(written: str, names: Sequence[str]) -> str | None:
    """The zone of the city that is written, or of the same letters: a city that merely sounds alike may be far away."""
    from difflib import get_close_matches

    city = written.rpartition("/")[2].strip().replace(" ", "_").lower()
    of_city = [name for name in names if name.rpartition("/")[2].lower() == city]
    close = of_city or (get_close_matches(written, names, n=1, cutoff=0.85) if len(written) < 60 else [])
    return close[0] if close else None


def owner(at: Scalar, notes: Notes, context: SpecContext) -> str:
    """The owner as it is written; one that the catalogue does not know is reported."""
    no_template(at, notes, what="an owner")
    if context.teams is not None and at.value not in context.teams:
        probably = meant(at.value, context.teams)
        remedy = f"write {probably}" if probably else f"add `{at.value}` to `teams` of catalog.yaml"
        notes.report("SL133", at, f"no team of catalog.yaml is called `{at.value}`", remedy=remedy)
    return at.value


def runbook(at: Scalar, notes: Notes, context: SpecContext) -> None:
    """Report a runbook that nobody can open: a link of no kind, or a page that the repository does not have."""
    no_template(at, notes, what="a runbook")
    text = at.value.strip()
    scheme = _SCHEME.match(text)
    if "{{" in text or (scheme is not None and scheme[1].lower() in _WEB):
        return
    if scheme is not None:
        probably = meant(scheme[1], _WEB)
        remedy = f"write {probably}://{text[scheme.end() :]}" if probably else "write an http or https URL, or a path"
        notes.report("SL111", at, f"`{text}` is neither a URL of the web nor a page", remedy=remedy)
    elif text and context.has_page is not None and not context.has_page(text):
        message = f"the repository has no page `{text}`, so whoever is paged must find out alone"
        notes.report("SL111", at, message, remedy="write that page, or correct its path")


def no_template(at: Scalar, notes: Notes, *, what: str) -> None:
    """Report a template in what stands in alerts as it is written: Prometheus would read it as one."""
    if "{{" in at.value:
        notes.report("YA016", at, f"{what} is written out, without templates", remedy="replace {{ ... }} by its value")


def label_name(at: Scalar, notes: Notes, *, reserved: Collection[str] = RESERVED_LABELS) -> str | None:
    """A label's name; `reserved` are those that our rules need themselves."""
    label = at.value
    if not _LABEL.fullmatch(label):
        fitting = re.sub("[^a-zA-Z0-9_]", "_", label)
        fits = _LABEL.fullmatch(fitting) and not fitting.startswith("__")
        remedy = f"write {fitting}" if fits else "write a name such as region"
        notes.report("SL122", at, f"`{label}` is no label name: letters, digits and _ make one", remedy=remedy)
    elif label.startswith("__"):
        message = f"the label `{label}` begins with __, which Prometheus keeps for itself"
        notes.report("SL122", at, message, remedy="give the label another name")
    elif label in reserved:
        notes.report("SL122", at, f"the label `{label}` is written by our rules", remedy="give the label another name")
    else:
        return label
    return None


def labels(
    at: nodes.Mapping | None, texts: Mapping[str, str], notes: Notes, *, reserved: Collection[str] = RESERVED_LABELS
) -> Labels:
    """Labels sorted by name, without those whose name is reported. `texts` is what the mapping says."""
    if at is None:
        return ()
    wanted = [label for key in texts if (label := label_name(at.key(key), notes, reserved=reserved)) is not None]
    return tuple((label, texts[label]) for label in sorted(wanted))


def label_map(fields: Fields, key: str, notes: Notes, *, reserved: Collection[str] = RESERVED_LABELS) -> Labels:
    """The labels under a key of a mapping; see `labels`."""
    texts = fields.text_map(key)
    return labels(fields.mapping(key), texts, notes, reserved=reserved) if texts else ()
