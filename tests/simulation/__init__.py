"""Tablets, people, a server and everything that may go wrong between them, run from a seed."""
