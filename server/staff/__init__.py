"""Who works here: hiring, passwords, leaving."""
