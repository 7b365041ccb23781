"""What holds for a whole repository: sretool.yaml and catalog.yaml.

`repository` finds and reads them, `settings` and `catalog` say what may stand in them, `context` is what the readers of
specifications need of it.
"""
