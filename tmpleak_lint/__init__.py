"""tmpleak-lint: finds temp files and directories whose deletion isn't guaranteed on every way out."""

__version__ = "0.1.0"
