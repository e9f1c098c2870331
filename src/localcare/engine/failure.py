"""What a simulation says when it has to stop.

A run stops rather than hand back numbers that mean nothing: at a value that is not a number or is
infinite, and at a stock outside the limits that its units field declares. The message names the
variable, its subscripts, the time and the member.
"""

from __future__ import annotations

from localcare.problems import CheckFailed

__all__ = ["SimulationError"]


class SimulationError(CheckFailed):
    """A run had to stop.

    `variable` is the variable's name as the model file writes it, `subscripts` its elements (empty
    for a variable without dimensions), `time` the model time, `member` counts from 0 in the batch
    and `reason` says what was found there.
    """

    def __init__(
        self, variable: str, subscripts: tuple[str, ...], time: float, member: int, reason: str
    ) -> None:
        self.variable = variable
        self.subscripts = subscripts
        self.time = time
        self.member = member
        self.reason = reason
        where = f"{variable}[{', '.join(subscripts)}]" if subscripts else variable
        super().__init__(f"{where} {reason} at time {time:.6g} (member {member}).")

    def __reduce__(self) -> tuple[type[SimulationError], tuple[object, ...]]:
        """Survive the journey between processes whole."""
        return type(self), (self.variable, self.subscripts, self.time, self.member, self.reason)
