"""Measurements on real packages: accuracy against labelled sites, peers, speed, and a drawn second set."""
