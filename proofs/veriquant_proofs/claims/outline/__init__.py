"""The claims of the outline, one module per part of it; `index` lists them all."""
