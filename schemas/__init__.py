"""What things are: types and the pure questions one may ask of them. No I/O, no clock, no randomness."""
