"""The oracle: judges plain ledgers, a dump of the server and the raw files of tablets, and nothing else.

It knows nothing of the product: it imports the standard library alone and holds its own, hand-written table
of who may see what. Lines are JSON: what simulated sellers wrote down before and after they used the app,
what head office decided, and what the server's tables hold. Tablets are SQLite files.
"""
