"""The second half of the loop: what comes of a page, and what is learnt of it."""

from __future__ import annotations

from sretool.clock import now
from sretool.demo.repository import answers
from sretool.demo.setting import TIMING, Scene
from sretool.incident.history import Incident
from sretool.incident.ledger import Ledger
from sretool.incident.outbox import trigger_of

_OPENED_SECONDS_MAX, _RESOLVED_SECONDS_MAX = 60, 60
_REPORT = "report.html"


def is_opened(parts: Scene, slo: str) -> Incident:
    """The Alertmanager's notification has opened an incident, and PagerDuty has been told."""
    stage = parts.stage

    def is_paged() -> bool:
        found = _of(parts, slo)
        page = trigger_of(found) if found else None
        return page is not None and page.state == "delivered"

    stage.wait("an incident, and its page at PagerDuty", is_paged, seconds_max=_OPENED_SECONDS_MAX)
    incident = _of(parts, slo)
    assert incident is not None
    stage.say(f"ok  {incident.incident_id}, opened by the Alertmanager's notification", "green")
    for line in _page(parts, incident):
        stage.say(f"    {line}")
    stage.say("Each SLO that pages has an incident of its own; the probe's may page too, for the same fault.")
    parts.shell("sretool incident list")
    parts.shell(f"sretool incident ack {incident.incident_id}")
    return incident


def is_resolved(parts: Scene, incident: Incident) -> None:
    """The groups of alerts are over, and so are their incidents, in the ledger and at PagerDuty."""

    def is_over() -> bool:
        return all(
            one.status == "resolved" and all(delivery.state != "pending" for delivery in one.deliveries)
            for one in _incidents(parts)
        )

    parts.stage.wait("the incidents to be resolved by their alerts", is_over, seconds_max=_RESOLVED_SECONDS_MAX)
    parts.stage.say("ok  resolved by the end of their alerts, at PagerDuty too", "green")
    for other in _incidents(parts):
        if other.incident_id != incident.incident_id:
            parts.stage.say(f"    {other.incident_id} was the same fault, as {other.slo} saw it")


def is_learnt(parts: Scene, incident: Incident) -> None:
    """A postmortem, the week's report, and the incident as it will be looked up."""
    stage, called = parts.stage, incident.incident_id
    stage.write("answers.yaml", answers(now().date()))
    stage.say("What can be known is filled in; answers.yaml is what only people know.")
    parts.shell(f"sretool postmortem new {called} --answers answers.yaml --time-scale {TIMING.scale}")
    parts.shell("sretool postmortem lint")
    parts.shell(f"sretool report weekly --at {now():%FT%TZ} --time-scale {TIMING.scale} --out {_REPORT}")
    stage.say(f"ok  the report of this week so far: {stage.out / _REPORT}", "green")
    parts.shell(f"sretool incident show {called}")


def _page(parts: Scene, incident: Incident) -> list[str]:
    """What PagerDuty tells of it."""
    if parts.pagerduty.real_service:
        told = incident.pagerduty
        return [f"PagerDuty has it: {told.url or told.reference}" if told else "PagerDuty has it"]
    (page,) = (one for one in parts.pagerduty.pages() if one["incident_key"] == incident.key)
    rows = {"woken": page["who"], "title": page["title"], "service": page["service"], "key": page["incident_key"]}
    return ["The sandbox in PagerDuty's place says:", *(f"{name:<18} {said}" for name, said in rows.items())]


def _of(parts: Scene, slo: str) -> Incident | None:
    return next((one for one in _incidents(parts) if one.slo == slo), None)


def _incidents(parts: Scene) -> tuple[Incident, ...]:
    return Ledger(parts.stage.out / "incidents").incidents()
