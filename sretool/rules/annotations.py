"""What an alert says: how fast, how many, how long, what to run, where to read on. Go templates, as Prometheus has."""

from __future__ import annotations

from sretool.model.slo import Labels, Service
from sretool.model.tiers import BurnTier
from sretool.promql import names
from sretool.rules.timing import Timing


def as_text(words: str) -> str:
    """Words of a user's, with what a template would obey made harmless: braces in a selector are no action."""
    return words.replace("{{", '{{ "{{" }}')


def burn_annotations(service: Service, tier: BurnTier, timing: Timing) -> Labels:
    """Annotations of a burn alert, whose value is the burn rate over the long window. Lengths are as the rules say."""
    selector, arguments = _identity(service)
    long, bad = tier.long.readable, names.bad_events(tier.long)
    # Seconds until nothing is left, if it goes on like this; nothing is printed once the budget is spent.
    exhaustion = (
        f"({names.PERIOD_REMAINING}{selector} > 0)"
        f" * on (service, slo) group_left () {names.PERIOD_LENGTH}{{service=%q,slo=%q}} / %f"
        f"{f' * {timing.scale}' if timing.scale > 1 else ''}"
    )
    return (
        (
            "summary",
            "{{ $labels.service }}/{{ $labels.slo }} spends its error budget "
            f"{{{{ $value | humanize }}}} times too fast (over {long})",
        ),
        ("burn_rate", "{{ $value | humanize }}"),
        (
            "bad_events",
            # Whole, though at a window's ends what is recorded shares events out.
            _first(f"{bad}{selector}", arguments, "{{ . | first | value | printf `%.0f` }}", otherwise="unknown")
            + f" in {long}",
        ),
        (
            "time_to_exhaustion",
            _first(
                exhaustion,
                f"{arguments} $labels.service $labels.slo $value",
                "{{ . | first | value | humanizeDuration }}",
                otherwise="the budget of this period is spent, or not known yet",
            ),
        ),
        ("status_command", "sretool slo status {{ $labels.service }}/{{ $labels.slo }}"),
        *_told_by_info(service),
    )


def _told_by_info(service: Service) -> Labels:
    """Runbook and user labels differ from SLO to SLO, so a shared rule looks them up on slo:info."""
    info, arguments = f"{names.INFO}{{service=%q,slo=%q}}", "$labels.service $labels.slo"
    told = []
    if any(slo.runbook for slo in service.slos):
        told.append((names.RUNBOOK, _first(info, arguments, '{{ . | first | label "runbook" }}', otherwise="")))
    if any(slo.labels for slo in service.slos):
        shown = (
            "{{ range $name, $value := (. | first).Labels }}"
            f'{{{{ if match "^{names.USER_LABEL_PREFIX}" $name }}}}'
            f'{{{{ reReplaceAll "^{names.USER_LABEL_PREFIX}" "" $name }}}}={{{{ $value }}}} {{{{ end }}}}{{{{ end }}}}'
        )
        told.append(("labels", _first(info, arguments, shown, otherwise="")))
    return tuple(told)


def _identity(service: Service) -> tuple[str, str]:
    """A selector with %q for each identity label, and the template arguments that fill it.

    A group label that an SLO does not have is empty in the alert, and an empty matcher selects its absence.
    """
    grouped = sorted({label for slo in service.slos for label in slo.group_by})
    labels = [names.SERVICE, names.SLO, *grouped]
    return "{" + ",".join(f"{label}=%q" for label in labels) + "}", " ".join(f"$labels.{label}" for label in labels)


def _first(query: str, arguments: str, shown: str, *, otherwise: str) -> str:
    found = f"{{{{ with printf `{query}` {arguments} | query }}}}{shown}"
    return f"{found}{{{{ else }}}}{otherwise}{{{{ end }}}}" if otherwise else f"{found}{{{{ end }}}}"
