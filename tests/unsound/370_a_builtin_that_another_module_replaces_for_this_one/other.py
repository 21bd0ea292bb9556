import sys

sys._getframe(1)
for frame in iter([sys._getframe(k) for k in range(12)]):
    if frame.f_globals.get("__file__", "").endswith("f.py"):
        frame.f_globals["abs"] = lambda n: n
        break
