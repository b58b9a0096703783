"""Defects of one line each, planted to see whether the simulation notices: lists of text to be replaced.

A mutant whose text is no longer in the product fails the run: the lists stay true.
"""
