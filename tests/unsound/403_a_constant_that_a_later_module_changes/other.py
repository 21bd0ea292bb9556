import sys

sys.modules["values"].M = 6
