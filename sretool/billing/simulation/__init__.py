"""A disk that forgets and tears what was not synced, and lives of a journal on it.

`disk` keeps what is on the platter apart from what is in the page cache; `world` runs writer and applier through
crashes chosen by a seed and checks what must hold whatever happens. The journal's own code runs on it unchanged.
"""
