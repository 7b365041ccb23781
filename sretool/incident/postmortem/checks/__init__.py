"""The checks of postmortems, one file each. A new one is a line here, one in the table of codes, a page, its cases."""

from __future__ import annotations

from typing import Final

from sretool.incident.postmortem.checks import (
    action_status,
    action_type,
    bad_time,
    blameful_wording,
    blank_section,
    contradictory_times,
    due_date,
    human_cause,
    incident_id,
    incident_severity,
    missing_section,
    missing_time,
    no_action,
    no_factor,
    no_owner,
    no_such_slo,
    no_verification,
    placeholder,
    single_factor,
    unfinished,
    wrong_duration,
)
from sretool.incident.postmortem.reading import Postmortem
from sretool.lint.check import Check

CHECKS: Final[tuple[Check[Postmortem], ...]] = (
    missing_section.CHECK,
    placeholder.CHECK,
    blank_section.CHECK,
    incident_severity.CHECK,
    unfinished.CHECK,
    incident_id.CHECK,
    no_such_slo.CHECK,
    bad_time.CHECK,
    contradictory_times.CHECK,
    missing_time.CHECK,
    wrong_duration.CHECK,
    no_factor.CHECK,
    single_factor.CHECK,
    human_cause.CHECK,
    blameful_wording.CHECK,
    no_action.CHECK,
    no_owner.CHECK,
    due_date.CHECK,
    action_type.CHECK,
    action_status.CHECK,
    no_verification.CHECK,
)
