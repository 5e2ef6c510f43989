"""The HTTP door: the service's verbs under `/api/v1`."""
