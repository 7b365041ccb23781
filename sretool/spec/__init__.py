"""YAML text to services, and all that is wrong with it.

`sources` finds the files and is the only module here that does IO · `load` gives every document to the reader of its
dialect and merges what they say of a service · one module a dialect: `native` (sretool/v1) and the foreign ones ·
`checks` holds the rules that every dialect obeys. Nothing raises for a bad file: it becomes diagnostics.
"""
