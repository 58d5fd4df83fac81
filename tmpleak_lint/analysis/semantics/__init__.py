"""What every operation of a graph means to the tracked file. The table of all of them stands in `table`."""
