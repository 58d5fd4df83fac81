"""Knowledge: what names mean to a temp file. Rows, and what is derived from them."""
