"""One figure: what was promised, what was measured, and the peer beside it."""

from dataclasses import dataclass


@dataclass
class Row:
    what: str
    goal: float
    unit: str
    measured: float
    less_is_better: bool = False
    detail: str = ""
    peer: str = ""
    peer_measured: float = 0

    def met(self):
        return self.measured <= self.goal if self.less_is_better else self.measured >= self.goal

    def cells(self):
        number = lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        ratio = ""
        if self.peer_measured:
            ratio = self.peer_measured / self.measured if self.less_is_better else self.measured / self.peer_measured
            ratio = f"{ratio:.1f} times"
        beside = f"{self.peer}: {number(self.peer_measured)} {self.unit}" if self.peer_measured else self.peer
        return [self.what, f"{number(self.goal)} {self.unit}", f"{number(self.measured)} {self.unit}",
                "yes" if self.met() else "**no**", beside, ratio, self.detail]
