"""Who sees what: the policy read, drafted, previewed, published; and what a role sees of a customer."""
