"""What keeps a finding from being reported: comments, a baseline, per-file settings, unchanged lines."""
