"""Invoices: a fold over the journal's decisions, and nothing else makes one.

    controls   what a record decides: a catalogue, a grant, a cut, a void
    usage      quantities of meters, as of a cut, from the ledger's rollups
    owed       what periods owe, with the commits that run over several of them
    drafting   the pure middle: what is owed, what was billed, what is in force -> one document
    documents  documents as values, their ids, digests and JSON
    history    a customer's documents so far, and what of them was in force when
    store      invoices.db
    run        record after record, in chunks that can be interrupted anywhere
    due        which cuts are needed, what is due and overdue
    late       what late usage is owed and on no document yet

The core (owed, drafting, documents, history) does no IO. `usage` reads the ledger's database and `store` owns its own.
"""
