"""The table of diagnostic codes. Every code has a page, docs/checks/<CODE>.md, whoever raises it.

YA is about YAML and the shape of a file, SL about SLOs, PQ about PromQL, AL about alerts, NL about names and labels, RB
about runbooks, GD about generated files, PM about postmortems, LN about comments that accept a finding, BL about price
catalogues. A line here and its page come in the same commit.
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    slug: str
    level: Level
    title: str


_TABLE = (
    Code("YA001", "yaml-syntax", "error", "YAML does not parse"),
    Code("YA002", "duplicate-key", "error", "A key is given twice"),
    Code("YA003", "unknown-key", "error", "A key is not known here"),
    Code("YA004", "record-and-alert", "error", "A rule is of both kinds, or of none"),
    Code("YA005", "group-name", "error", "Two groups of a file have one name"),
    Code("YA006", "not-utf8-text", "error", "A file is not UTF-8 text"),
    Code("YA007", "too-large", "error", "A file is too large"),
    Code("YA008", "too-deep", "error", "YAML is nested too deep"),
    Code("YA009", "empty-file", "error", "A file holds nothing"),
    Code("YA010", "alias-expansion", "error", "Aliases expand to too much"),
    Code("YA011", "broken-alias", "error", "An alias has nothing to stand for"),
    Code("YA012", "unsupported-tag", "error", "A YAML tag is not supported"),
    Code("YA013", "wrong-kind", "error", "A value is of the wrong kind"),
    Code("YA014", "missing-key", "error", "A required key is missing"),
    Code("YA015", "empty-value", "warning", "A key has no value"),
    Code("YA016", "bad-value", "error", "A value cannot be read, or is out of range"),
    Code("YA017", "key-not-text", "error", "A key is not text"),
    Code("YA018", "unreadable-file", "error", "A file cannot be read"),
    Code("SL101", "objective", "error", "An objective is not between 0% and 100%"),
    Code("SL104", "burn-factor", "error", "A burn tier alerts always, or never"),
    Code("SL105", "window", "error", "A window or a period does not fit"),
    Code("SL107", "mean-of-ratios", "warning", "A mean of ratios is NaN after a pause"),
    Code("SL111", "owner-or-runbook", "warning", "An SLO has no owner or no runbook"),
    Code("SL112", "duplicate-slo", "error", "An SLO or invariant is there twice"),
    Code("SL120", "unknown-dialect", "error", "A document is no SLO specification that we know"),
    Code("SL121", "bad-name", "error", "A name has characters that it cannot have"),
    Code("SL122", "bad-label", "error", "A label has a name that it cannot have here"),
    Code("SL123", "grouping", "error", "group_by, groups and max_groups do not fit"),
    Code("SL124", "no-data", "error", "no_data says nothing here, or not enough"),
    Code("SL125", "unknown-zone", "error", "A time zone is not known"),
    Code("SL126", "schedule", "error", "A day, a time of day or an interval does not fit"),
    Code("SL127", "unequal-service", "error", "Two documents say different things of a service"),
    Code("SL128", "sli-kind", "error", "An SLI is not of exactly one kind"),
    Code("SL129", "not-a-selector", "error", "A plain selector is wanted"),
    Code("SL130", "histogram", "error", "A histogram is not given by its own name"),
    Code("SL131", "not-a-comparison", "error", "A time slice is not one comparison"),
    Code("SL132", "no-window", "error", "An expression lacks the placeholder of its window"),
    Code("SL133", "unknown-owner", "error", "An owner is no team of the catalogue"),
    Code("SL134", "tiny-objective", "warning", "An objective is below 1%"),
    Code("SL135", "no-unit", "warning", "A threshold above a minute has no unit"),
    Code("SL136", "template", "error", "Prometheus cannot read a template"),
    Code("SL137", "no-share", "error", "Bad or good events are all events, or more"),
    Code("SL150", "unsupported", "error", "A file asks for what is not done here"),
    Code("SL151", "dangling-reference", "error", "A reference finds nothing"),
    Code("SL152", "tier-left-out", "warning", "A tier could never fire and is left out"),
    Code("SL153", "unweighted-ratio", "info", "A ratio is not weighted by events"),
    Code("SL154", "template-not-filled", "error", "A template in a query is not filled"),
    Code("SL155", "no-effect", "info", "A key has no effect here"),
    Code("SL156", "own-severity", "info", "Alerts carry a severity of their own"),
    Code("SL157", "duplicate-object", "error", "An OpenSLO object is there twice"),
    Code("BL101", "amount", "error", "A price or an amount is not one"),
    Code("BL102", "bands", "error", "Price bands do not rise, or do not end open"),
    Code("BL103", "currency", "error", "A currency is not known"),
    Code("BL104", "no-such-name", "error", "A name refers to nothing in the catalogue"),
    Code("BL105", "id-taken", "error", "An id or a day is taken"),
    Code("BL106", "plan-gap", "error", "A plan does not hold when its customer begins"),
    Code("BL107", "meter-property", "error", "A meter's property does not fit its aggregation"),
    Code("BL108", "subscription-days", "error", "Days of a subscription or a commit do not fit"),
    Code("BL109", "api-key", "error", "An API key cannot be used"),
    Code("BL110", "line-price", "error", "A line is not of exactly one price"),
    Code("PQ201", "promql-syntax", "error", "PromQL does not parse"),
    Code("PQ202", "newer-promql", "error", "The oldest Prometheus does not know this"),
    Code("PQ203", "raw-counter", "warning", "A counter is used as it is"),
    Code("PQ204", "rate-of-sum", "error", "A rate is taken of what is no counter"),
    Code("PQ205", "short-range", "error", "A range does not hold two samples"),
    Code("PQ209", "quantile", "error", "A quantile can have no result"),
    Code("PQ212", "window-in-name", "error", "A name says another window than its rule"),
    Code("PQ215", "regexp-as-text", "warning", "A regular expression is compared as text"),
    Code("AL301", "no-comparison", "error", "An alert compares nothing"),
    Code("AL302", "lost-label", "warning", "A template names a label that is not there"),
    Code("AL303", "value-in-label", "error", "A label holds the value"),
    Code("AL306", "alert-template", "error", "Prometheus cannot read a template of an alert"),
    Code("NL403", "severity", "warning", "An alert has no usual severity"),
    Code("NL406", "rule-name", "error", "A name has characters that Prometheus refuses"),
    Code("NL407", "duplicate-rule", "warning", "Two rules make the same"),
    Code("RB701", "no-runbook", "warning", "An alert has no runbook"),
    Code("RB702", "missing-runbook", "error", "A runbook is not in this commit"),
    Code("RB703", "empty-section", "warning", "A section of a runbook is empty"),
    Code("GD601", "drift", "error", "A generated file is not what its SLOs make"),
    Code("PM001", "missing-section", "error", "A postmortem lacks a section"),
    Code("PM002", "placeholder", "error", "A postmortem still asks something"),
    Code("PM003", "blank-section", "warning", "A section of a postmortem is empty"),
    Code("PM004", "incident-severity", "error", "The severity of an incident is not known"),
    Code("PM005", "status", "error", "A postmortem is a draft, or closed too early"),
    Code("PM008", "incident-id", "error", "The id of a postmortem is that of another incident, or of none"),
    Code("PM009", "no-such-slo", "warning", "A postmortem names an SLO that is not there"),
    Code("PM010", "bad-time", "error", "A time of a postmortem cannot be read"),
    Code("PM011", "contradictory-times", "error", "Times of a postmortem contradict each other"),
    Code("PM012", "missing-time", "error", "A time of a postmortem is missing without a reason"),
    Code("PM016", "wrong-duration", "error", "A duration does not fit its times"),
    Code("PM030", "no-factor", "error", "A postmortem names nothing that contributed"),
    Code("PM031", "single-factor", "info", "A postmortem names one thing alone that contributed"),
    Code("PM032", "human-cause", "warning", "A human is named as the cause"),
    Code("PM033", "blameful-wording", "warning", "Words judge with what was known afterwards"),
    Code("PM040", "no-action", "error", "A postmortem has no action"),
    Code("PM041", "no-owner", "error", "A postmortem or an action has no owner that is known"),
    Code("PM042", "due-date", "error", "An action is due on no day"),
    Code("PM044", "action-type", "error", "An action has no type that is known"),
    Code("PM045", "action-status", "error", "An action is neither open, done on a day, nor dropped for a reason"),
    Code("PM047", "no-verification", "warning", "Nothing says how an action is verified"),
    Code("LN001", "unused-suppression", "warning", "A comment accepts what is not there"),
    Code("LN002", "expired-suppression", "warning", "A comment accepts something no longer"),
    Code("LN003", "suppression-without-reason", "warning", "A comment does not say why"),
)

CODES: dict[str, Code] = {code.code: code for code in _TABLE}
