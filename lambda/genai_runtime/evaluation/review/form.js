"use strict";
(() => {
  const form = document.getElementById("form");
  const items = [...document.querySelectorAll("article")];
  const status = document.getElementById("status");
  const store = `genai-review:${form.dataset.run}:${form.dataset.form}:${form.dataset.digest}`;

  const chosen = (item) => item.querySelector("input:checked");
  const comment = (item) => item.querySelector("textarea");
  // Half a character can't be written as UTF-8: what is kept is what can be sent.
  const whole = (text) => new TextDecoder().decode(new TextEncoder().encode(text));

  function progress() {
    const done = items.filter(chosen).length;
    status.textContent = `${done} of ${items.length} graded`;
  }

  function keep() {
    const kept = {};
    for (const item of items) {
      kept[item.dataset.item] = [chosen(item) ? chosen(item).value : null, comment(item).value];
    }
    try {
      localStorage.setItem(store, JSON.stringify(kept));
    } catch (error) {
      document.getElementById("kept").textContent = "This browser keeps no partial work: finish in one go.";
    }
    progress();
  }

  function restore() {
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(store)) || {};
    } catch (error) {
      kept = {};
    }
    for (const item of items) {
      const [level, text] = kept[item.dataset.item] || [null, ""];
      for (const input of item.querySelectorAll("input")) input.checked = input.value === level;
      comment(item).value = text;
    }
    progress();
  }

  function answers() {
    return items.map((item) => ({
      item: item.dataset.item,
      level: Number(chosen(item).value),
      comment: whole(comment(item).value),
    }));
  }

  function file() {
    const { run, form: name, reviewer, digest, signature } = form.dataset;
    const given = answers();
    const lines = [digest, signature];
    for (const { item, level, comment: text } of given) {
      lines.push(item, String(level), String(new TextEncoder().encode(text).length), text);
    }
    const checksum = sha256(new TextEncoder().encode(lines.join("\n")));
    return { form: { run, form: name, reviewer, digest }, answers: given, signature, checksum };
  }

  function save(event) {
    event.preventDefault();
    const missing = items.filter((item) => !chosen(item));
    for (const item of items) item.classList.toggle("missing", missing.includes(item));
    if (missing.length) {
      status.textContent = `${missing.length} of ${items.length} still to grade`;
      missing[0].querySelector("input").focus();
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(file(), null, 2) + "\n"], { type: "application/json" }));
    link.download = `answers-${form.dataset.run}-${form.dataset.form}.json`;
    link.click();
    status.textContent = `Saved as ${link.download}: hand it in`;
  }

  // FIPS 180-4. crypto.subtle isn't there for pages that some browsers open from a file.
  function sha256(bytes) {
    const primes = [];
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32);
    const k = primes.map((p) => fraction(Math.cbrt(p)));
    const hash = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
    const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
    view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let at = 0; at < padded.length; at += 64) {
      const w = new Array(64);
      for (let i = 0; i < 64; i++) {
        if (i < 16) {
          w[i] = view.getUint32(at + 4 * i);
          continue;
        }
        const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
        const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w[i] = (w[i - 16] + s0 + w[i - 7] + s1) >>> 0;
      }
      let [a, b, c, d, e, f, g, h] = hash;
      for (let i = 0; i < 64; i++) {
        const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) >>> 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) >>> 0, c, b, a, (t1 + t2) >>> 0];
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => (hash[i] = (hash[i] + x) >>> 0));
    }
    return hash.map((x) => x.toString(16).padStart(8, "0")).join("");
  }

  form.addEventListener("input", keep);
  form.addEventListener("submit", save);
  restore();
})();
