"""What the functions of an expression mean, to the last case: one text for every engine.

Arithmetic is IEEE double precision without contraction. A logical argument is true unless it
equals 0; logical results are 1 and 0. NaN goes through everything that computes, `minimum`,
`maximum`, lookups and reductions included, so that a run can stop at it; only the branch of an
`if` that is not taken, and the quotient that `xidz` and `zidz` set aside, hide one.

With t the time of the stage, s the start of its step, h the step and m = s + h/2 the middle of
the step (at every stage of it):

- `integer(x)` truncates towards zero. `quantum(a, b)` is `b * integer(a / b)`, or a where
  b < SMALL. `modulo(a, b)` is `a - quantum(a, b)`, so its sign is that of a.
- `xidz(a, b, x)` is x where |b| < SMALL, else a / b; `zidz(a, b)` is `xidz(a, b, 0)`.
- `step(height, at)` is height where m > at, else 0.
- `ramp(slope, start, finish)` is `slope * (min(t, finish) - start)` where t > start, else 0.
- `pulse(start, width)` is 1 where m > start and m < start + max(width, h), else 0.
- `pulse_train(start, width, interval, end)` is 1 where m > start, s <= end (to rounding: m is less
  than end + (1/2 + JUMP) h) and the remainder of (m - start) / interval is less than max(width, h),
  else 0: a pulse that begins at the end lasts one step, as in Vensim.

What jumps is decided at the middle of the step (Vensim's rule, robust to rounding) and holds for
all stages of the step, so that a Runge-Kutta method sees no jump inside a step and keeps its order
where jumps fall between steps.

`Reduce` starts from the first element and combines the others one by one in row-major order.

Inputs over time. A path or a linear series has knots (time, values). Knot j is passed when
t >= its time; where it shares its time with another knot of other values (a jump), when
s + JUMP * h >= its time; and never before an earlier knot. Before the first knot passed the value
is the first knot's; after the last, the last one's; else `a + (b - a) * w` between the last passed
knot and the next, with w = (t - t_a) / (t_b - t_a), not below 0 nor above 1. Trailing knots that
repeat the one before them are dropped first. A series that is not linear is read at s + JUMP * h:
"hold" gives the last point not after it (the first before all); "next" the first point not before
s - JUMP * h (the last after all); "raw" the point within JUMP * h of s, else NaN.

Lookups: "hold" is linear between points and keeps the end values outside; "extrapolate" continues
the first and last segments; "forward" is the first point not below the argument (the last beyond);
"backward" the last point not above it (the first below). At a point the value is the point's own.
"""

from __future__ import annotations

__all__ = ["JUMP", "SMALL"]

#: Divisors smaller than this count as zero for XIDZ, ZIDZ and QUANTUM, as Vensim documents.
SMALL = 1e-6
#: A jump that rounding has put this share of a step after a step's start belongs to the step.
JUMP = 1e-6
