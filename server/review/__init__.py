"""What a person looks at again: conflicts, held edits, and what a field held before."""
