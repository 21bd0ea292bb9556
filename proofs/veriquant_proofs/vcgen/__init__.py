"""From a kernel's source and contracts to verification conditions."""
