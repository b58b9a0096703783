"""One module a command of `comptoir`: its options, and what it prints."""
