"""The table of faults: what is broken under load with real processes, and what must hold meanwhile and afterwards."""
