"""What a running installation tells its operator: numbers and traces, never a person.

Labels are allow-lists: a method, a route's template, a status, a verdict. No path as it was asked, no query,
no header, no id ever becomes one.
"""
