"""What rules may judge and no device tells: one file for each fact, with a module-level ``Fact``."""
