"""Alerts: rules, what they judge of what devices tell, and which alert stands for which cause. Pure."""
