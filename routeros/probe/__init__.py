"""The probe: what a device is, can and lacks, asked without changing anything, and what librouteros reads there."""
