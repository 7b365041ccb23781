from sretool.demo.verdicts import RuleSeen, are_final, foreign_metrics, verdicts


def rule(name: str, expr: str, *, has_value: bool = False, error: str = "", is_alert: bool = False) -> RuleSeen:
    return RuleSeen(name, expr, is_alert, True, error, has_value)


RULES = [
    rule("slo:all_events:rate", "sum(rate(requests_total[6m]))"),
    rule("slo:error:ratio5m", "slo:bad_events:rate / slo:all_events:rate"),
    rule("slo:objective:ratio", "vector(0.999)", has_value=True),
]


def test_what_no_rule_records_comes_from_elsewhere():
    assert foreign_metrics(RULES) == {"requests_total", "slo:bad_events:rate"}


def test_a_rule_waits_for_the_metric_behind_what_it_reads():
    found = verdicts(RULES, frozenset({"requests_total"}))

    assert [(verdict.standing, verdict.waiting_for) for verdict in found] == [
        ("waits", ("requests_total",)),
        ("waits", ("requests_total",)),
        ("has a value", ()),
    ]


def test_a_rule_without_a_value_and_without_a_reason_is_not_settled():
    found = verdicts(RULES, frozenset())

    assert [verdict.is_settled for verdict in found] == [False, False, True]


def test_an_error_is_never_settled():
    (found,) = verdicts([rule("a:b:c", "x", has_value=True, error="many-to-many")], frozenset())

    assert (found.standing, found.is_settled) == ("failed", False)


def test_an_alert_that_does_not_fire_is_quiet():
    (found,) = verdicts([rule("Burns", "x > 1", is_alert=True)], frozenset({"x"}))

    assert (found.standing, found.is_settled) == ("quiet", True)


def test_verdicts_are_final_once_each_rule_has_run_again_and_nothing_new_is_recorded():
    missing = frozenset({"requests_total"})
    either = "slo:all_events:rate or slo:age:seconds"  # It waits for requests, until it is found that an age will do.
    early = verdicts([*RULES, rule("slo:age:seconds", "time()"), rule("slo:any", either)], missing)
    waiting = verdicts([*RULES, rule("slo:any", either)], missing)
    valued = verdicts([*RULES, rule("slo:any", either, has_value=True)], missing)

    assert not are_final(early, early)
    assert not are_final(valued, waiting)
    assert are_final(valued, valued)


def test_an_alert_that_comes_or_goes_makes_no_verdict_provisional():
    quiet = verdicts([rule("SloDataFault", "absent(up)", is_alert=True)], frozenset())
    firing = verdicts([rule("SloDataFault", "absent(up)", is_alert=True, has_value=True)], frozenset())

    assert are_final(firing, quiet)
