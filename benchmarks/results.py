"""What a run of the benchmarks found; as JSON it holds every raw figure."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Measurement:
    """One engine on one case.

    Attributes:
        start_seconds: until the process had imported the engine and built the model.
        first_seconds: of the first round, compilation included; it counts nowhere else.
        seconds: of each round after it.
        wait_seconds: what stock Keras' `fit` then waited, round by round.
        losses: of the first round and of each after it.
        peak_memory: of the process, in bytes.
    """

    start_seconds: float
    first_seconds: float
    seconds: tuple[float, ...]
    wait_seconds: tuple[float, ...]
    losses: tuple[float, ...]
    peak_memory: int


@dataclass(frozen=True)
class CaseResult:
    """All engines on one case.

    Attributes:
        name: the case's.
        task: `train` or `predict`.
        reviews: of a round.
        table_reviews: what the tables' seconds stand for.
        multiply_adds: of a round, counted from the model.
        peak_gflops: the machine's in a large product of matrices, measured beside this case.
        measurements: by engine.
        absent: by engine, why it has no measurement.
    """

    name: str
    task: str
    reviews: int
    table_reviews: int
    multiply_adds: int
    peak_gflops: float
    measurements: dict[str, Measurement]
    absent: dict[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether a round is a whole epoch, or inference on all reviews."""
        return self.reviews == self.table_reviews

    def list_seconds(self, engine: str) -> list[float]:
        """Return each round's seconds; the wait after it counts where nothing is extrapolated."""
        measurement = self.measurements[engine]
        if not self.is_whole:
            return list(measurement.seconds)
        return [sum(pair) for pair in zip(measurement.seconds, measurement.wait_seconds, strict=True)]

    def list_ratios(self, engine: str, *, ours: str) -> list[float]:
        """Return, round by round, how many times as long as ours an engine took."""
        pairs = zip(self.list_seconds(engine), self.list_seconds(ours), strict=True)
        return [theirs / own for theirs, own in pairs]

    def compute_gflops(self, engine: str) -> float:
        """Return the model's arithmetic by the median round's time, in 10^9 operations a second."""
        return 2e-9 * self.multiply_adds / median(self.list_seconds(engine))


@dataclass(frozen=True)
class CoresResult:
    """A case where cores are missing.

    Attributes:
        name: the case's.
        seconds: of each round, by engine and by condition: `all cores`, `one core busy`, `one core`.
    """

    name: str
    seconds: dict[str, dict[str, tuple[float, ...]]]

    def compare(self, engine: str, condition: str) -> list[float]:
        """Return, round by round, how many times as long an engine took as on all cores."""
        pairs = zip(self.seconds[engine][condition], self.seconds[engine]["all cores"], strict=True)
        return [short / whole for short, whole in pairs]


@dataclass(frozen=True)
class CommandRun:
    """One process, from prompt to prompt.

    Attributes:
        seconds: of the whole process.
        epoch_seconds: of each epoch in it.
    """

    seconds: float
    epoch_seconds: tuple[float, ...]

    @property
    def start_seconds(self) -> float:
        """What the process took but for its epochs, of which the first also compiles: that counts here."""
        return self.seconds - len(self.epoch_seconds) * median(self.epoch_seconds)

    def extrapolate(self, epochs: int) -> float:
        """Return the seconds that the process would take with that many epochs."""
        return self.start_seconds + epochs * median(self.epoch_seconds)


@dataclass(frozen=True)
class CommandResult:
    """The whole command beside a stock Keras script.

    Attributes:
        model: the named configuration.
        cold: lstm-train with empty caches: reviews not encoded, kernels not compiled.
        ours: lstm-train, round by round.
        stock: the script, round by round.
    """

    model: str
    cold: CommandRun
    ours: tuple[CommandRun, ...]
    stock: tuple[CommandRun, ...]

    def list_ratios(self) -> list[float]:
        """Return, round by round, how many times as long as lstm-train the script took."""
        return [stock.seconds / ours.seconds for stock, ours in zip(self.stock, self.ours, strict=True)]


@dataclass(frozen=True)
class Report:
    """One run of the benchmarks.

    Attributes:
        machine: in words.
        versions: by package, `python` among them.
        rounds: after the first.
        quick: whether it was a quick look, with few batches.
        cases: in the order of the tables.
        command: the whole command, where it was asked for.
        cores: the cases with fewer cores, where that was asked for.
    """

    machine: str
    versions: dict[str, str]
    rounds: int
    quick: bool
    cases: tuple[CaseResult, ...]
    command: CommandResult | None
    cores: tuple[CoresResult, ...] = ()
