"""The tablet's half of sync: its store, its queue of edits, its search, and the engine."""
