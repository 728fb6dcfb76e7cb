"""Delays of the daemon in real time, and what they cost: `scripts/bench`; eval/README.md explains the figures."""
