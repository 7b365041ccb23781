"""For every specification there are tests, or words that say why not."""

import yaml
from hypothesis import HealthCheck, given, settings
from specs import read
from strategies import native_specs

from sretool.rules.compile import compile_service
from sretool.rules.timing import Timing
from sretool.rules.unittests.generate import unit_tests


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(native_specs())
def test_every_slo_is_tested_or_named(text: str):
    (told,) = read(text).services

    made = unit_tests(told, compile_service(told, Timing()), Timing(), rules_path="../checkout.yaml")

    documents = [yaml.load(file, Loader=yaml.CSafeLoader) for _, file in made.files]
    tested = " ".join(test["name"] for document in documents for test in document["tests"])
    named = {story.subject for story in made.left_out}
    for slo in told.slos:
        assert slo.name in named or slo.name in tested
    for document in documents:
        assert document["rule_files"] == ["../checkout.yaml"]
        assert document["group_eval_order"][0].startswith("slo:checkout:")
