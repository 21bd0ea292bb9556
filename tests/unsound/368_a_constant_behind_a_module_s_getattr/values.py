def __getattr__(name: str) -> int:
    return 6
