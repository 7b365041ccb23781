"""From promises to Prometheus rules: two series a SLO, then the same algebra over all SLOs of a service.

`compile` is the door: a Service in, a RuleFile out; `emit` writes it as YAML. Nothing here does IO.
`indicators` the two series · `windows` and `periods` the algebra · `parameters` numbers as series · `alerts`,
`health`, `invariants` what is told · `calendar` local time in PromQL · `timing` intervals and tiles · `unittests` tests
for promtool of all that.
"""
