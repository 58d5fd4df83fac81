"""Questions about the project that need no exploration, and the record of who hangs on which answer."""
