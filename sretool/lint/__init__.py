"""Documents and checks to findings: specifications of every dialect, rule files of anybody's, pages of runbooks.

`documents` sorts what was read, `rulefile` makes values of rule files, `pages` of runbooks (an edge: it reads them, and
asks git which there are) · `check` is what a check is, `checks/` has one file a check · `engine` runs checks over
subjects: both are arguments, so that others bring their own · `generated` knows which SLO made a rule · `suppressions`
are comments that accept a finding · `linting` puts these together · `sarif` and `github` are formats.

What `sretool.spec` says of a specification is a finding as it is; nothing here looks at one a second time.
"""
