"""The words of the trade, frozen and free of IO, and the arithmetic of burn.

Nothing here reads a file, knows PromQL's grammar or formats a rule.
"""
