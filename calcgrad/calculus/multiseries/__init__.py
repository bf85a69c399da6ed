"""Expansions of functions by multiseries: limits, signs, slopes and series from one engine that probes nothing."""
