"""How copies agree: clock, merge rules, reducer and digest, shared by the server and the tablet."""
