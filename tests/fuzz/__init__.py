"""Inputs by the thousand for every door of the tool: what is drawn (`mutations`, `layout`, `programs`, `surroundings`)
and what must hold whatever it is (`doors`). `python -m benchmarks.fuzz` is the long run, `test_fuzz.py` a fixed part.
"""
