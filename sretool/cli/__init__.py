"""The command line: one module a noun. Parse, call one function, render; no logic.

Heavy imports (rich, the readers, the rules) stand inside the commands, so that `--help` answers at once.
"""
