"""The browser interface, mounted on the HTTP API."""
