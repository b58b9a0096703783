"""What PostgreSQL in memory answers to each statement of replication, by what it is about.

Each answer is given a transaction, the statement's text and its arguments, and returns rows.
"""
