"""The rows of the model table, a module for each subject. Each name has one row."""
