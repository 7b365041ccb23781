"""The only place where PromQL is text: names of our series, reading expressions, writing them.

`names` every metric and label our rules write · `tokens` text to tokens · `parse` text to a checked expression,
behind guards that keep a hostile text from taking the process down · the rest builds text from checked parts.
"""
