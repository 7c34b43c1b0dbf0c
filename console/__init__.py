"""The console of a live-stream selling team."""
