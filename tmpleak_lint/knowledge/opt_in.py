"""Tables of the opt-in codes that are no models: what a process enters or runs once."""

from __future__ import annotations

# A decorated function runs its body once, whoever calls it.
CACHING_DECORATORS = frozenset({
    "cache", "lru_cache", "cached_property", "memoize", "memoized", "singleton", "once",
})  # fmt: skip
# Functions that a process enters once.
ENTRY_POINTS = frozenset({
    "main", "_main", "__main__", "cli", "setUpModule", "pytest_configure", "pytest_sessionstart",
})  # fmt: skip
