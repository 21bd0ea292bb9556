import os

M = int(os.environ.get("VERIQUANT_UNSOUND", "6"))
