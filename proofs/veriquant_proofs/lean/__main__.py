import sys
from pathlib import Path
from veriquant_proofs.lean import package
from veriquant_proofs.lean.build import build, LeanCheckError
root = package.default_root()
try:
    for b in build(root, root.parent / "build" / "lean", progress=print):
        pass
except LeanCheckError as e:
    sys.exit(str(e))
