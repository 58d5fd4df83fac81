"""Flow: libcst bodies as graphs of operations with normal, branch and exceptional edges."""
