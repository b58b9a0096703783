"""Promises of the project, each attacked by a program that tries to break it."""
