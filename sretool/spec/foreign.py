"""What the readers of foreign dialects share: keys that are refused, words of alerts, tiers, ratios made elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sretool.model.burn import can_fire
from sretool.model.objective import Objective
from sretool.model.period import Period
from sretool.model.sli import WINDOW_PLACEHOLDER
from sretool.model.slo import RESERVED_LABELS, Labels, SeverityWords
from sretool.model.tiers import SEVERITIES, BurnTier, Severity
from sretool.settings.context import SpecContext
from sretool.spec import checks, shapes
from sretool.spec.part import Stated
from sretool.spec.shapes import Shape
from sretool.spec.templates import alert_map, check_templates
from sretool.spec.tiers import cannot_fire, standard_tiers
from sretool.yamltext.diagnostics import Notes
from sretool.yamltext.fields import Fields
from sretool.yamltext.nodes import Node, Scalar
from sretool.yamltext.remedies import one_of
from sretool.yamltext.source import Spot

_OWNER = "owner"
_SEVERITY = "severity"
_RUNBOOK = "runbook"
_RUNBOOK_LINK = "runbook_url"


# Keys.


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a key of a format cannot be honoured, as the end of a sentence that begins with its name, and what to do."""

    why: str
    remedy: str = "remove it"


def refuse(fields: Fields, refusals: Mapping[str, Refusal], notes: Notes) -> None:
    """Report the keys of a mapping that ask for what we do not do."""
    for key, refusal in refusals.items():
        fields.ignore(key)
        if key in fields.node:
            unsupported(fields.node.key(key), f"`{key}` {refusal.why}", notes, remedy=refusal.remedy)


def unsupported(at: Spot, message: str, notes: Notes, *, remedy: str = "remove it") -> None:
    notes.report("SL150", at, message, remedy=remedy)


def no_effect(fields: Fields, key: str, why: str, notes: Notes) -> None:
    """Say of a key of the format that it changes nothing here."""
    fields.ignore(key)
    if key in fields.node:
        notes.report("SL155", fields.node.key(key), f"`{key}` has no effect: {why}", remedy="remove it, or leave it")


def one_kind(fields: Fields, kinds: Collection[str], notes: Notes, *, what: str, code: str = "SL128") -> str | None:
    """The one of several keys that is given. `what` begins the message: "an SLI is of one kind"."""
    fields.ignore(*kinds)
    given = sorted((kind for kind in kinds if kind in fields.node), key=lambda kind: fields.node.key(kind).start)
    if not given:
        notes.report(code, fields.node, f"{what}, and here is none", remedy=f"write {one_of(kinds)}")
    for extra in given[1:]:
        message = f"{what}, and `{extra}` stands beside another"
        notes.report(code, fields.node.key(extra), message, remedy="keep one of the two")
    return given[0] if len(given) == 1 else None


def is_word(node: Node | None, word: str) -> bool:
    return isinstance(node, Scalar) and node.value == word


def reworded(at: Spot, text: str) -> Scalar:
    """Text that stands for what is written at a spot: a check of it shows its mistakes there."""
    return Scalar(at.source, at.start, at.end, text)


def kubernetes_metadata(fields: Fields) -> None:
    """Pass over what Kubernetes writes into an object for itself."""
    fields.ignore(
        *("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields"),
        *("deletionGracePeriodSeconds", "ownerReferences", "finalizers", "generateName", "selfLink"),
    )


# Labels, and what alerts carry.


@dataclass(frozen=True, slots=True)
class Words:
    """Labels and annotations of alerts. `severity` is a word of the file's own for theirs."""

    labels: Labels = ()
    annotations: Labels = ()
    severity: str | None = None


def labels_and_owner(fields: Fields, notes: Notes, context: SpecContext) -> tuple[Labels, Stated[str] | None]:
    """The `labels` of a mapping without `owner`, which is the owner."""
    texts, at = fields.text_map("labels"), fields.mapping("labels")
    if at is None or _OWNER not in texts:
        return checks.labels(at, texts, notes), None
    del texts[_OWNER]
    value = at.entries[_OWNER][1]
    assert isinstance(value, Scalar), "it was read as text"
    return checks.labels(at, texts, notes), Stated(checks.owner(value, notes, context), at.key(_OWNER))


def alert_words(fields: Fields, group_by: Collection[str], notes: Notes, context: SpecContext) -> Words:
    """The `labels` and `annotations` of a mapping that speaks of alerts."""
    texts, at = fields.text_map("labels"), fields.mapping("labels")
    severity = texts.pop(_SEVERITY, None)
    if at is not None and severity is not None:
        report_severity(at.key(_SEVERITY), severity, notes)
    if at is not None:
        check_templates(at, notes, context)
    labels = checks.labels(at, texts, notes, reserved=RESERVED_LABELS.union(group_by))
    return Words(labels, alert_map(fields, "annotations", notes, context), severity)


def report_severity(at: Spot, severity: str, notes: Notes) -> None:
    message = f"alerts will say severity={severity} and not page or ticket"
    notes.report("SL156", at, message, remedy="route by that word, or remove the label and route by ours")


def severity_words(shared: Words, own: Mapping[Severity, Words]) -> tuple[SeverityWords, ...]:
    """What the alerts of each severity in `own` carry beside what they share."""
    said = []
    for severity in SEVERITIES:
        words = own.get(severity)
        if words is None:
            continue
        word = words.severity or shared.severity
        labels = dict(words.labels) | ({_SEVERITY: word} if word else {})
        if labels or words.annotations:
            said.append(SeverityWords(severity, tuple(sorted(labels.items())), words.annotations))
    return tuple(said)


def merged(first: Labels, second: Labels) -> Labels:
    """Both, sorted; of labels with the same name the second."""
    return tuple(sorted((dict(first) | dict(second)).items()))


def runbook_and_rest(annotations: Labels) -> tuple[str, Labels]:
    """The runbook, and the annotations beside it. A link to one stays an annotation too, under its own name.

    One that is a template stays an annotation alone: it has a meaning only in an alert.
    """
    fixed = {name: text.strip() for name, text in annotations if "{{" not in text}
    runbook = fixed.get(_RUNBOOK) or fixed.get(_RUNBOOK_LINK, "")
    return runbook, tuple((name, text) for name, text in annotations if name != _RUNBOOK or name not in fixed)


def alert_name(fields: Fields, notes: Notes) -> str | None:
    at = fields.scalar("name")
    name = None if at is None else at.value.strip()
    if at is not None and name is not None and ("\n" in name or "{{" in name):
        message = "an alert's name is one line without templates"
        notes.report("SL121", at, message, remedy="write a name such as CheckoutBurn")
        return None
    return name


# Tiers.


def workbook_tiers(
    objective: Stated[Objective], period: Period, notes: Notes, *, off: Collection[Severity] = ()
) -> tuple[BurnTier, ...]:
    """The workbook's tiers for a period, without those that are switched off and those that could never fire."""
    return firing((tier for tier in standard_tiers(period.length) if tier.severity not in off), objective, notes)


def firing(tiers: Iterable[BurnTier], objective: Stated[Objective], notes: Notes) -> tuple[BurnTier, ...]:
    """The tiers that can fire; a warning at the objective for each of the others."""
    kept = []
    for tier in tiers:
        if can_fire(tier, objective.value):
            kept.append(tier)
        else:
            message = f"{cannot_fire(tier, objective.value)}; it is left out"
            remedy = "promise more, or convert the file and write tiers that fit"
            notes.report("SL152", objective.at, message, remedy=remedy)
    return tuple(kept)


# Queries.


def ratio_sli(ratio: str, at: Scalar, notes: Notes, *, of_good: bool = False) -> Shape:
    """The indicator of a query that is a ratio already: every moment weighs the same.

    A moment without a value (NaN, of 0/0) is left out: NaN >= 0 is nothing, while NaN in a sum is NaN for a month.
    """
    message = "a ratio made elsewhere does not say how many events it is made of: every moment will weigh the same"
    notes.report("SL153", at, message, remedy="give the queries of bad and of all events if you have them")
    value = f"(({ratio}) >= 0)"
    if WINDOW_PLACEHOLDER not in ratio:
        value = f"avg_over_time({value}[{WINDOW_PLACEHOLDER}:])"
    bad = f"clamp_min(1 - {value}, 0)" if of_good else value
    return shapes.as_written(bad, f"0 * {value} + 1")


def no_template_left(at: Scalar, text: str, notes: Notes) -> bool:
    """False, and reported, where a query still has a template: within quotes nothing fills it."""
    if "{{" not in text:
        return True
    start = max(at.value.find(f"{quote}{{{{") for quote in "\"'`")
    remedy = "read a series that has no window in its labels"
    notes.report("SL154", at.part(start + 1, start + 3), "a template within quotes is not filled", remedy=remedy)
    return False


def groups_are_free(shape: Shape, at: Scalar, notes: Notes) -> bool:
    """False, and reported, where a query is summed by a label that our rules write themselves."""
    taken = sorted(RESERVED_LABELS.intersection(shape.group_by))
    for label in taken:
        message = f"this query is summed by `{label}`, which is a label of our rules"
        notes.report("SL122", at, message, remedy=f"sum by another label, or leave out `{label}`")
    return not taken
