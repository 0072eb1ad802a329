"""What a fleet costs the whole product, from the schedule to the rows: ``python -m bench.fleet``."""
