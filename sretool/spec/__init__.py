"""YAML text to services, and all that is wrong with it.

`sources` finds the files and is the only module here that does IO · `load` gives every document to the reader of its
dialect (`dialects`), `merge` puts together what they say of a service · one module a dialect: `native` (sretool/v1) and
the foreign ones, which share `foreign` and `shapes` · `checks`, `expressions` and `tiers` are the rules that every
dialect obeys · `write` makes sretool/v1 of any of them. Nothing raises for a bad file: it becomes diagnostics.
"""
