"""Twin worlds: alike in all a role may see and unlike in all it may not, asked the same questions."""
