"""Tools that several tests share: running snippets under injected faults, reading the rule pages."""
