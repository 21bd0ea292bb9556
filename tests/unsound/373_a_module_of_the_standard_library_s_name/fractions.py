class Fraction(int):
    pass
