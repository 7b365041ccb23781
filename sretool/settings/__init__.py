"""What holds for a whole repository: sretool.yaml, catalog.yaml and policy.yaml.

`repository` finds and reads them; `settings`, `catalog` and `policy` say what may stand in them; `context` is what the
readers of specifications need of it.
"""
