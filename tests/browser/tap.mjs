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

export function finish() {
  console.log(`1..${count}`);
  return failed === 0 ? 0 : 1;
}
