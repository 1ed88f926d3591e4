// Plays what a simulated telephone hears: 16-bit samples at 8 kHz from an endless answer.
const RATE_HZ = 8000;
const DEPTH_S = 0.12; // the jitter buffer: sound is played this long after it came
const LATE_S = 0.5; // more than this in hand, and the newest is thrown away until it is less

let context = null;

const words = document.getElementById("note").dataset; // in the visitor's language

export function readyToListen() {
  for (const button of document.querySelectorAll("[data-listen]")) {
    button.hidden = false;
    let player = null;
    button.addEventListener("click", async () => {
      if (player) return player.stop();
      context ??= new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
      await context.resume();
      player = new Player(button);
      await player.play();
      player = null;
    });
  }
}

class Player {
  constructor(button) {
    this.button = button;
    this.meter = button.parentElement.querySelector("meter");
    this.result = button.closest("article").querySelector(".result");
    this.cancel = new AbortController();
    this.next = 0;
    this.odd = new Uint8Array(0);
    this.wasStopped = false;
  }

  async play() {
    this.show(true);
    try {
      const answer = await fetch(this.button.dataset.listen, {
        signal: this.cancel.signal,
        headers: { Accept: "application/octet-stream, application/json" },
      });
      if (!answer.ok) return void (this.result.textContent = (await answer.json()).text);
      this.result.textContent = "";
      for (const reader = answer.body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        this.hear(value);
      }
      this.result.textContent = words.stopped;
    } catch {
      if (!this.wasStopped) this.result.textContent = words.ended;
    } finally {
      this.show(false);
    }
  }

  stop() {
    this.wasStopped = true;
    this.cancel.abort();
  }

  hear(bytes) {
    const all = new Uint8Array(this.odd.length + bytes.length);
    all.set(this.odd);
    all.set(bytes, this.odd.length);
    const count = all.length >> 1;
    this.odd = all.slice(count * 2);
    if (!count) return;
    const view = new DataView(all.buffer);
    const buffer = context.createBuffer(1, count, RATE_HZ);
    const samples = buffer.getChannelData(0);
    let peak = 0;
    for (let at = 0; at < count; at++) {
      samples[at] = view.getInt16(at * 2, true) / 32768;
      peak = Math.max(peak, Math.abs(samples[at]));
    }
    this.meter.value = Math.max(Math.sqrt(peak), this.meter.value * 0.8);
    this.schedule(buffer);
  }

  schedule(buffer) {
    if (this.next < context.currentTime) {
      if (this.next) this.button.dataset.gaps = Number(this.button.dataset.gaps || 0) + 1; // it ran dry
      this.next = context.currentTime + DEPTH_S;
    }
    if (this.next - context.currentTime > LATE_S) return;
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(this.next);
    this.next += buffer.duration;
    this.button.dataset.played = (Number(this.button.dataset.played || 0) + buffer.duration).toFixed(2);
  }

  show(isOn) {
    this.button.setAttribute("aria-pressed", String(isOn));
    this.button.querySelector("span").textContent = isOn ? words.hearing : words.hear;
    this.meter.hidden = !isOn;
    this.meter.value = 0;
  }
}
