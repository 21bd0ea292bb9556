# Ninety loops in one another.
# expect: postcondition at line 11
from __future__ import annotations
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import FIX512, I8, I32, I64, U3, U4, U7, U8, Fix, Range
@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> I64:
    if n >= 0:
     if n >= 1:
      if n >= 2:
       if n >= 3:
        if n >= 4:
         if n >= 5:
          if n >= 6:
           if n >= 7:
            if n >= 8:
             if n >= 9:
              if n >= 10:
               if n >= 11:
                if n >= 12:
                 if n >= 13:
                  if n >= 14:
                   if n >= 15:
                    if n >= 16:
                     if n >= 17:
                      if n >= 18:
                       if n >= 19:
                        if n >= 20:
                         if n >= 21:
                          if n >= 22:
                           if n >= 23:
                            if n >= 24:
                             if n >= 25:
                              if n >= 26:
                               if n >= 27:
                                if n >= 28:
                                 if n >= 29:
                                  if n >= 30:
                                   if n >= 31:
                                    if n >= 32:
                                     if n >= 33:
                                      if n >= 34:
                                       if n >= 35:
                                        if n >= 36:
                                         if n >= 37:
                                          if n >= 38:
                                           if n >= 39:
                                            if n >= 40:
                                             if n >= 41:
                                              if n >= 42:
                                               if n >= 43:
                                                if n >= 44:
                                                 if n >= 45:
                                                  if n >= 46:
                                                   if n >= 47:
                                                    if n >= 48:
                                                     if n >= 49:
                                                      if n >= 50:
                                                       if n >= 51:
                                                        if n >= 52:
                                                         if n >= 53:
                                                          if n >= 54:
                                                           if n >= 55:
                                                            if n >= 56:
                                                             if n >= 57:
                                                              if n >= 58:
                                                               if n >= 59:
                                                                if n >= 60:
                                                                 if n >= 61:
                                                                  if n >= 62:
                                                                   if n >= 63:
                                                                    if n >= 64:
                                                                     if n >= 65:
                                                                      if n >= 66:
                                                                       if n >= 67:
                                                                        if n >= 68:
                                                                         if n >= 69:
                                                                          if n >= 70:
                                                                           if n >= 71:
                                                                            if n >= 72:
                                                                             if n >= 73:
                                                                              if n >= 74:
                                                                               if n >= 75:
                                                                                if n >= 76:
                                                                                 if n >= 77:
                                                                                  if n >= 78:
                                                                                   if n >= 79:
                                                                                    if n >= 80:
                                                                                     if n >= 81:
                                                                                      if n >= 82:
                                                                                       if n >= 83:
                                                                                        if n >= 84:
                                                                                         if n >= 85:
                                                                                          if n >= 86:
                                                                                           if n >= 87:
                                                                                            if n >= 88:
                                                                                             if n >= 89:
                                                                                              return 0
    return 0
