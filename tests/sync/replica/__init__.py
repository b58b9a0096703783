"""The tablet's half of sync."""
