"""The JSON door, `/api/v1`: strict in, one sentence out. Every command comes through one endpoint."""
