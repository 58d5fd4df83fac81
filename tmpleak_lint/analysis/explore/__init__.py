"""The exploration of one body: worklist, joins and widening, the trace that it leaves."""
