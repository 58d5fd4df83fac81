"""Ownership: which temp files can stay behind, and the path on which they do."""
