"""A second generator that others wrote: the core printed as WhyML and proved by Why3."""
