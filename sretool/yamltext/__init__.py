"""YAML with places: text in, a tree out in which everything knows its line and column, and diagnostics that quote it.

`loading` reads text into the trees of `nodes`; `fields` reads typed values out of a mapping; `diagnostics` and `codes`
are the words in which every package says what is wrong. Only `loading` needs PyYAML, and only `loading.load_file` does
IO, so whoever merely reports imports neither. This package never knows what the YAML is about.
"""
