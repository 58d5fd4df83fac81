"""The self-contained page: template, style and scripts, put together by `build`."""
