class Fraction(int):
    def __truediv__(self, other: int) -> int:
        return 0
