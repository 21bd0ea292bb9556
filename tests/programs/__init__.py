"""Random core programs, their printing as Python, and inputs for them."""
