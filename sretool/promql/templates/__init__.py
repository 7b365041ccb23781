"""Templates in an alert's labels and annotations: that Prometheus can read them.

Prometheus loads a rule file whole or not at all, and one broken template is enough for it to refuse. The language is
Go's text/template; `words` has the functions and variables that an alert may use, `lexing` cuts a text into pieces,
`operands` reads what stands between braces, and `reading` is the door. Nothing here expands a template, or knows
whether a label that it names will be there.
"""
