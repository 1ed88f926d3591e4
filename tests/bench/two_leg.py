"""The same call through the box, by trunks and between IP telephones, and through Asterisk, which is the yardstick."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.bench import scene
from tests.bench.far_end import FarEnd
from tests.bench.measure import Figure, Measure
from tests.bench.usage import cpu_s, gateway_pid, group_of, memory_mb, registrar_pid
from tests.support.asterisk import Asterisk
from tests.support.sound import fingerprint
from tests.support.waiting import until

_TALK_S = 4.0
_EXTENSIONS = {"201": "secret-201", "202": "secret-202"}
_HOW = "G.711 both ways, answered at once by the far end; all take turns in the same run"
_ASTERISK = "Asterisk puts a call from one SIP peer through to another, without a password"


class Kind(NamedTuple):
    """What a figure is taken of, and its field in Cost."""

    field: str
    name: str
    unit: str
    how: str


_KINDS = (
    Kind("set_up_ms", "set-up", "ms", f"from the INVITE (with the password where one is asked for) to its 200; {_HOW}"),
    Kind("cpu_s", f"CPU of {_TALK_S:.0f} s", "s", "user and system time of the processes that carry the call"),
    Kind("memory_mb", "memory", "MB", "PSS of these processes at the call's end"),
)
_WAYS = {
    "trunk": "in by one trunk and out by another",
    "IP phones": "from one IP telephone to another, the registrar in between and counted",
}


@dataclass(frozen=True, slots=True)
class Rig:
    """Something that puts calls through from `caller` to `called`."""

    caller: FarEnd
    called: FarEnd
    user: str
    place: tuple[str, int]
    pids: list[int]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one call."""

    set_up_ms: float
    cpu_s: float
    memory_mb: float


def run(_: None, folder: Path, times: int) -> list[Figure]:
    """Call by call in turns: what disturbs one disturbs the other."""
    with ExitStack() as stack:
        rigs = stack.enter_context(_box(folder / "ours"))
        note = ""
        try:
            rigs["Asterisk"] = stack.enter_context(_asterisk(folder / "theirs"))
        except AssertionError as error:
            note = f"not measured: {error}"
        for rig in rigs.values():
            _call(rig, 1.0)  # the first call of a process loads code and fills caches
        costs = [{name: _call(rig, _TALK_S) for name, rig in rigs.items()} for _round in range(times)]
    return [figure for kind in _KINDS for figure in _figures(kind, costs, note)]


@contextmanager
def _box(folder: Path) -> Iterator[dict[str, Rig]]:
    with ExitStack() as stack:
        far = {name: stack.enter_context(FarEnd(folder / name)) for name in ("in", "out", *_EXTENSIONS)}
        trunks = [
            scene.trunk("in", far["in"], destination=f"number:{scene.NUMBER}"),
            scene.trunk("out", far["out"]),
        ]
        settings = {"trunks": trunks, "dialling/routes": ["out"]} | scene.registrar(_EXTENSIONS)
        ways = {"in": far["in"], "out": far["out"]}
        box = stack.enter_context(scene.box_with(folder / "box", ways, settings))
        place = scene.registrar_place(box)
        for user, password in _EXTENSIONS.items():
            far[user].register(user, password, place)
        gateway, registrar = gateway_pid(box), group_of(registrar_pid(box))
        yield {
            "trunk": Rig(far["in"], far["out"], "in", scene.sip_place(box), [gateway]),
            "IP phones": Rig(far["201"], far["202"], "202", place, [gateway, *registrar]),
        }


@contextmanager
def _asterisk(folder: Path) -> Iterator[Rig]:
    with (
        FarEnd(folder / "caller") as caller,
        FarEnd(folder / "called") as called,
        Asterisk.bridging(folder / "asterisk", called.place) as asterisk,
    ):
        yield Rig(caller, called, scene.NUMBER, (asterisk.address, asterisk.port), [asterisk.pid])


def _call(rig: Rig, seconds: float) -> Cost:
    before, before_id = cpu_s(*rig.pids), rig.called.last_id()
    call_id = rig.caller.call(rig.user, *rig.place)
    answered = rig.caller.wait("answered", call_id)
    stamps = rig.caller.stamps(call_id)
    set_up_ms = (answered - stamps.get("proven", stamps["invite"])) * 1000
    called_id = rig.called.last_id()
    assert called_id != before_id, "the call was answered, but not by the far end"
    for seed, far in enumerate((rig.caller, rig.called)):
        far.forget()
        far.speak(fingerprint(seed, seconds + 1))
    packets = int(seconds / 0.020)
    until(lambda: rig.caller.count() >= packets and rig.called.count() >= packets, seconds + 10, "RTP both ways")
    memory = memory_mb(*rig.pids)
    rig.caller.hang_up()
    rig.called.wait("bye", called_id)
    return Cost(set_up_ms, cpu_s(*rig.pids) - before, memory)


def _figures(kind: Kind, costs: list[dict[str, Cost]], note: str) -> Iterator[Figure]:
    """Each way, Asterisk, and each way beside Asterisk."""
    title = f"two-leg call, {kind.name}"
    values = {way: tuple(getattr(cost[way], kind.field) for cost in costs) for way in costs[0]}
    theirs = values.pop("Asterisk", ())
    for way, ours in values.items():
        yield Figure(Measure(f"{title}: box, {way}", kind.unit, f"{_WAYS[way]}; {kind.how}"), ours)
    yield Figure(Measure(f"{title}: Asterisk", kind.unit, f"likewise; {_ASTERISK}"), theirs, note)
    for way, ours in values.items():
        pairs = tuple(one / other for one, other in zip(ours, theirs, strict=False) if other)
        yield Figure(Measure(f"{title}: box, {way} / Asterisk", "ratio", "of each round of calls"), pairs)
