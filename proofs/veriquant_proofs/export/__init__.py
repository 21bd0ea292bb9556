"""The core in other languages: printers, and what their tools make of the printed text."""
