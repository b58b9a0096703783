"""Which version of the app this is: told to the server, and read by the packaging from this line."""

APP_VERSION = "0.1.0"
