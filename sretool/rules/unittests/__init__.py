"""Unit tests for generated rules, as `promtool test rules` reads them: what each SLO should do, in made-up scrapes.

`generate` is the door. Each SLI becomes a `stimulus`, a set of series that can be made to fail; `burns`, `silences` and
`violations` tell stories with it and say what the rules must answer; `emit` writes them down, stories that do not
disturb each other side by side. What cannot be told so is left out, and said.
"""
