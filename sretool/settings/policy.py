"""policy.yaml: how much of a budget must be left for changes to ship, and which exceptions somebody agreed to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from sretool.yamltext import nodes
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Scalar

FILE_NAME: Final = "policy.yaml"
KEYS: Final = ("freeze_below", "caution_below", "min_coverage", "on_no_data", "exceptions")
EXCEPTION: Final = ("slo", "service", "reason", "approver", "until")
FREEZE_BELOW: Final = Decimal(0)
CAUTION_BELOW: Final = Decimal("0.25")
_SHARE: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,10})?)%")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class AgreedException:
    """`subject` is service/slo, or a service and so all of its SLOs. `until` is the last day, UTC, on which it counts.

    It lifts what is said of the budget that is left, and nothing else.
    """

    subject: str
    reason: str
    approver: str
    until: date

    def covers(self, full_name: str) -> bool:
        """Whether it is about an SLO, given as service/slo."""
        return self.subject in (full_name, full_name.partition("/")[0])

    def is_over(self, today: date) -> bool:
        return today > self.until


@dataclass(frozen=True, slots=True)
class Policy:
    """Ratios: of the budget that must be left, and of its period that an SLO must have been seen.

    Below `freeze_below` only what makes the service more reliable ships, below `caution_below` changes ship with care.
    """

    freeze_below: Decimal = FREEZE_BELOW
    caution_below: Decimal = CAUTION_BELOW
    min_coverage: Decimal = Decimal(0)
    on_no_data: Literal["close", "open"] = "close"
    exceptions: tuple[AgreedException, ...] = ()

    def agreed(self, full_name: str, today: date) -> AgreedException | None:
        """The exception that counts for an SLO today: of several, the one that lasts longest."""
        found = [one for one in self.exceptions if one.covers(full_name) and not one.is_over(today)]
        return max(found, key=lambda one: (one.until, one.subject, one.approver), default=None)

    def over(self, full_names: Iterable[str], today: date) -> tuple[AgreedException, ...]:
        """The exceptions about any of these SLOs that counted once."""
        names = list(full_names)
        return tuple(one for one in self.exceptions if one.is_over(today) and any(map(one.covers, names)))


def share(text: str) -> Decimal:
    """The ratio of a percentage from 0% to 100%, exact. Raises ValueError."""
    found = _SHARE.fullmatch(text)
    ratio = Decimal(-1) if found is None else Decimal(found[1]) / 100
    if not 0 <= ratio <= 1:
        raise ValueError(f"{text} is no share: write a percentage from 0% to 100%, such as 10%")
    return ratio


def read_policy(document: nodes.Mapping, notes: Notes) -> Policy:
    """The policy of a document; what is missing or wrong is as it is by default, and a wrong exception is none."""
    with Fields(document, notes, known=KEYS) as fields:
        freeze = _share(fields, "freeze_below", notes)
        caution = _share(fields, "caution_below", notes)
        freeze_below = FREEZE_BELOW if freeze is None else freeze
        if caution is not None and caution < freeze_below:
            _report_order(fields, notes)
        exceptions = [_exception(section, notes) for section in fields.sections("exceptions", known=EXCEPTION)]
        return Policy(
            freeze_below,
            caution_below=max(freeze_below, CAUTION_BELOW if caution is None else caution),
            min_coverage=_share(fields, "min_coverage", notes) or Decimal(0),
            on_no_data=fields.choice("on_no_data", ("close", "open")) or "close",
            exceptions=tuple(one for one in exceptions if one is not None),
        )


def _share(fields: Fields, key: str, notes: Notes) -> Decimal | None:
    at = fields.scalar(key)
    if at is None:
        return None
    try:
        return share(at.value.strip())
    except ValueError:
        message = f"`{key}` must be a percentage from 0% to 100%, not `{at.value}`"
        notes.report("YA016", at, message, remedy="write such as 25%, with its sign")
        return None


def _report_order(fields: Fields, notes: Notes) -> None:
    at = fields.scalar("caution_below")
    assert at is not None, "it has been read"
    message = "`caution_below` is less than `freeze_below`: what is frozen would not even be in need of care"
    notes.report("YA016", at, message, remedy="make `caution_below` the greater of the two, or leave it out")


def _exception(fields: Fields, notes: Notes) -> AgreedException | None:
    with fields:
        subject = _subject(fields, notes)
        reason = _line(fields, "reason")
        approver = _line(fields, "approver")
        until = _day(fields.scalar("until", required=True), notes)
    if subject is None or reason is None or approver is None or until is None:
        return None
    return AgreedException(subject, reason, approver, until)


def _subject(fields: Fields, notes: Notes) -> str | None:
    """Of exactly one of `slo` and `service`."""
    slo, service = fields.scalar("slo"), fields.scalar("service")
    if slo is not None and service is not None:
        message = "an exception is about an SLO or about a service, not both"
        notes.report("YA016", service, message, remedy="remove `service`, or write two exceptions")
        return None
    if slo is not None and not all(slo.value.partition("/")):
        message = f"`{slo.value}` does not say whose SLO it is"
        notes.report("YA016", slo, message, remedy=f"write it as SERVICE/{slo.value.strip('/')}")
        return None
    if service is not None and "/" in service.value:
        remedy = f"write slo: {service.value}"
        notes.report("YA016", service, f"`{service.value}` is the name of an SLO, not of a service", remedy=remedy)
        return None
    at = slo or service
    if at is None:
        fields.one_required("slo", "service")
        return None
    return at.value


def _line(fields: Fields, key: str) -> str | None:
    """A text that is shown on one line, however it is folded in the file, without what a terminal would obey."""
    text = fields.text(key, required=True)
    if text is None:
        return None
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _day(at: Scalar | None, notes: Notes) -> date | None:
    if at is None:
        return None
    try:
        if _DAY.fullmatch(at.value):
            return date.fromisoformat(at.value)
    except ValueError:  # Such as the 31st of June; told below, as what is no date at all.
        pass
    notes.report("YA016", at, f"`{at.value}` is no day", remedy="write the last day of it, such as 2026-12-31")
    return None
