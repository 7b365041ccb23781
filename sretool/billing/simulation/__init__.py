"""A disk that forgets and tears what was not synced, and lives of journal and applier on it.

`disk` keeps what is on the platter apart from what is in the page cache; `applied` runs the applier on a ledger in
memory that has what was committed; `world` runs both through crashes chosen by a seed and checks what must hold
whatever happens, the rollups against `model`. The journal's and the applier's own code run on it unchanged.
"""
