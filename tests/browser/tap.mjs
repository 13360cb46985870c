// Points as TAP, counted over all parts.

let count = 0;
let failed = 0;

// point(GOOD, NAME, DETAIL…): details are told when it is not good.
export function point(good, name, ...details) {
  count++;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name.replace(/#/g, '\\#')}`);
  if (!good) {
    failed++;
    for (const detail of details.flat()) {
      console.log(`# ${String(detail).replace(/\n/g, '\n# ')}`);
    }
  }
  return good;
}

export function skip(name, reason) {
  count++;
  console.log(`ok ${count} - ${name} # SKIP ${reason}`);
}

export function note(text) {
  console.log(`# ${text}`);
}

// Tells the points of another program as ours; returns how many of them were not good.
export function relay(text) {
  let bad = 0;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const [, no, rest] = /^(not )?ok \d+ - (.*)$/.exec(line) ?? [];
    if (rest !== undefined) {
      count++;
      bad += no ? 1 : 0;
      console.log(`${no ?? ''}ok ${count} - ${rest}`);
    } else if (!/^1\.\.\d+$/.test(line)) {
      console.log(line);
    }
  }
  failed += bad;
  return bad;
}

export function finish() {
  console.log(`1..${count}`);
  return failed === 0 ? 0 : 1;
}
