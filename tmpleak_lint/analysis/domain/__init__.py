"""What an exploration computes with: values, the abstract state, exceptions in flight."""
