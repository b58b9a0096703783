"""Simulated tablets and the journeys they make."""
