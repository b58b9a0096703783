"""Days of a house, each a file for `locust -f`."""
