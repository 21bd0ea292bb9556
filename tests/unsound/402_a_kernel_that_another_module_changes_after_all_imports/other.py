import helper

helper.g.__wrapped__.__code__ = (lambda n: n).__code__
