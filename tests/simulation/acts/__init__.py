"""What may happen in a story: one function for each step, by its name; its numbers choose to whom and how."""
