"""From explorations to findings: who deletes, which code, how sure, on which way."""
