import values

values.M = 6
