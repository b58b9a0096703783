"""The load tests themselves."""
