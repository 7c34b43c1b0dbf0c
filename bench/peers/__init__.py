"""Servers that are measured: each prints its port, and after a line on stdin sends 300-byte frames to everyone."""
