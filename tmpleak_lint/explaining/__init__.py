"""What is told of one creation site: the path, why it can raise, what stays, who notices, the fix.

In: what the analysis knows of an obligation (`Verdict`, `Finding`, a proposed fix). Out: an `Account`,
and the account as text or as plain values. Pure functions: nothing here reads files or prints.
"""
