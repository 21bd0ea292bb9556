import helper

helper.g = lambda n: n
