from origin import g

__all__ = ["g"]
