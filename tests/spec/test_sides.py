"""What may be bad or good among all events, and what looks alike and is fine. The mistakes are in mistakes.txt."""

import pytest
from specs import complaints, native_slo, read


@pytest.mark.parametrize(
    "events",
    [
        """{bad: 'a{code=~"5.."}', total: a}""",
        """{good: 'a{code!~"5.."}', total: a}""",
        """{bad: 'a{code="500"}', total: 'a{code!="429"}'}""",
        """{bad: 'a{code=~"5.."}', total: 'a{code=~".."}'}""",
        """{bad: a, total: b}""",
        """{bad: a, total: 'b{code="500"}'}""",
    ],
)
def test_some_events_of_all_are_fine(events: str):
    assert complaints(native_slo(f"sli: {{events: {events}}}")) == ""


SLOTH = """\
version: prometheus/v1
service: checkout
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(requests_total[{{.window}}]))
        total_query: sum(rate(requests_total{code=~"5.."}[{{.window}}]))
    alerting: {name: CheckoutAvailability}
"""


def test_another_dialect_swaps_them_no_better():
    told = [(str(found.place), found.code) for found in read(SLOTH).diagnostics]

    assert told == [("a.yaml:4:11", "SL137")]
