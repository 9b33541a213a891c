"""Parts, their serials, where they lie, and the ledger of moves that says so."""
