def kernel():
    return lambda function: lambda n: 7
