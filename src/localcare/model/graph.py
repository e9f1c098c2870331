"""Two questions to a directed graph: which nodes form loops, and the shortest loop from a node."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

__all__ = ["components", "shortest_cycle"]

Node = TypeVar("Node", bound=Hashable)


def components(starts: Sequence[Node], needs: Callable[[Node], Sequence[Node]]) -> list[list[Node]]:
    """Strongly connected groups of all nodes reached from `starts`, each after what it needs
    (Tarjan's algorithm, without recursion).
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    groups: list[list[Node]] = []
    for start in starts:
        if start in index:
            continue
        work: list[tuple[Node, Iterator[Node]]] = []

        def enter(node: Node, work: list[tuple[Node, Iterator[Node]]] = work) -> None:
            index[node] = low[node] = len(index)
            stack.append(node)
            on_stack.add(node)
            work.append((node, iter(needs(node))))

        enter(start)
        while work:
            node, rest = work[-1]
            following = next(rest, None)
            if following is not None:
                if following not in index:
                    enter(following)
                elif following in on_stack:
                    low[node] = min(low[node], index[following])
                continue
            work.pop()
            if work:
                above = work[-1][0]
                low[above] = min(low[above], low[node])
            if low[node] == index[node]:
                group = [stack.pop()]
                while group[-1] != node:
                    group.append(stack.pop())
                on_stack.difference_update(group)
                groups.append(group[::-1])
    return groups


def shortest_cycle(start: Node, needs: Callable[[Node], Sequence[Node]]) -> list[Node]:
    """The shortest way from `start` back to itself, both ends named."""
    came: dict[Node, Node] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for following in needs(node):
            if following == start:
                path = [start, node]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if following not in came:
                came[following] = node
                waiting.append(following)
    return [start]
