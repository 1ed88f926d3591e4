"""One-way delay between the analogue line and RTP, both ways, the 20 ms packet included."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.media_peer import PACKET_SAMPLES, MediaPeer
from tests.support.box import Box
from tests.support.sound import RATE_HZ, Samples, fingerprint, likeness
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Delays:
    """In ms: from a sample's sounding on one side to its sounding (or its packet's arrival) on the other."""

    line_to_rtp: list[float]
    rtp_to_line: list[float]


def trunk(name: str, peer: MediaPeer) -> dict[str, object]:
    """Settings of a trunk that needs no registration."""
    return {
        "name": name,
        "username": "box",
        "domain": f"{peer.sipp.address}:{peer.sipp.port}",
        "transport": "udp",
        "is_registering": False,
        "srtp": "off",
    }


def call(box: Box, peer: MediaPeer, phone: int = 1) -> None:
    """Telephone to peer, until audio flows."""
    box.wait_trunk("far", "registered")
    box.phone(phone).lift_and_dial("5551234")
    until(lambda: peer.is_heard, 10, "RTP from the box")


def line_to_rtp_ms(box: Box, peer: MediaPeer, folder: Path, seed: int, seconds: float = 2.0) -> list[float]:
    """For each half second: how long after it was spoken the packet with it came, by its first sample."""
    said = fingerprint(seed, seconds)
    peer.forget()
    begun = box.phone(1).play(said, folder, background=False)["started_at"]
    time.sleep(0.2)
    heard = peer.heard
    arrived, samples = np.array(heard.arrived), np.concatenate(heard.samples)
    return _delays(said, samples, lambda at: arrived[at // PACKET_SAMPLES] - (at % PACKET_SAMPLES) * 0, begun)


def _delays(said: Samples, heard: Samples, time_of: object, begun: float) -> list[float]:
    """By correlation in windows of half a second."""
    found = []
    half = RATE_HZ // 2
    for start in range(half // 2, len(said) - half, half):
        like = likeness(heard, said[start : start + half])
        if like.correlation > 0.7:
            place = round(-like.delay_ms * RATE_HZ / 1000)
            whole = -(-place // PACKET_SAMPLES) * PACKET_SAMPLES  # the next first sample of a packet
            spoken = begun + (start + whole - place) / RATE_HZ
            found.append((time_of(whole) - spoken) * 1000)  # type: ignore[operator]
    return found


def rtp_to_line_ms(box: Box, peer: MediaPeer, folder: Path, seed: int, seconds: float = 2.0) -> list[float]:
    """For each half second: how long after it was spoken (20 ms before its packet left, at the latest) it sounded."""
    said = fingerprint(seed, seconds)
    path = folder / "ear.wav"
    path.unlink(missing_ok=True)
    record = box.phone(1).do("record", seconds=seconds + 0.5, path=str(path), background=True)
    begun = peer.speak(said)
    from tests.support.sound import read_wav

    until(lambda: path.exists() and len(read_wav(path)[0]) >= (seconds + 0.4) * RATE_HZ, 5, "the recording")
    heard = read_wav(path)[0]
    found = []
    half = RATE_HZ // 2
    for start in range(half // 2, len(said) - half, half):
        like = likeness(heard, said[start : start + half])
        if like.correlation > 0.7:
            sounded = record["started_at"] - like.delay_ms / 1000
            found.append((sounded - (begun + start / RATE_HZ)) * 1000)
    return found


def main() -> None:
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with MediaPeer(folder / "peer") as peer:
            settings = {"trunks/-": trunk("far", peer), "codecs": ["pcmu"], "sip/address": "127.0.0.1"}
            settings |= {"audio/block_ms": int(sys.argv[1]) if len(sys.argv) > 1 else 10}
            with Box(folder / "box", settings) as box:
                call(box, peer)
                for seed in range(6):
                    up = line_to_rtp_ms(box, peer, folder, seed)
                    down = rtp_to_line_ms(box, peer, folder, 100 + seed)
                    print([round(x, 1) for x in up], [round(x, 1) for x in down], flush=True)
                print(box.line("fxs1"))
                box.phone(1).hang_up()
                box.wait_idle()


if __name__ == "__main__":
    main()
