"""The rewrites, one idea a module: each gives candidates for a subject, or says why it has none."""
